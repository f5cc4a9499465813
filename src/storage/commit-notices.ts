/** Notices of commits that appended to an organization's log: taken where every engine acknowledges a commit. */
import type { OrganizationId } from "../base/ids.ts";
import type { Executor, Operation } from "./operation.ts";
import type { AppendListener, Storage } from "./storage.ts";

export interface Noticed {
  readonly executor: Executor;
  readonly onAppended: Storage["onAppended"];
}

export function withNotices({ read, snapshot, write, hold }: Executor): Noticed {
  const listeners = new Set<AppendListener>();
  return {
    executor: {
      read,
      snapshot,
      hold,
      async write(operation, marker) {
        const organizations = new Set<OrganizationId>();
        const observed = () => {
          // Of an attempt that is made again, the last one counts.
          organizations.clear();
          return noting(operation(), organizations);
        };
        const result = await write(observed, marker);
        for (const organizationId of organizations) {
          for (const listener of listeners) listener(organizationId);
        }
        return result;
      },
    },
    onAppended(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The operation, step by step, with the organizations to whose logs it appends. */
function* noting<Result>(
  operation: Operation<Result>,
  organizations: Set<OrganizationId>,
): Operation<Result> {
  let next = operation.next();
  while (!next.done) {
    const { appendsTo } = next.value;
    if (appendsTo !== undefined) organizations.add(appendsTo);
    next = operation.next(yield next.value);
  }
  return next.value;
}
