import { badRequest, ScimError } from "../../scim/error.ts";
import { referencesIn } from "./references.ts";
import type { BulkOperation, ReadOperation } from "./request.ts";

/** An operation with its place in the message, and what must be there before it. */
export interface PlannedOperation {
  readonly index: number;
  readonly operation: BulkOperation;
  /** The bulkIds that it refers to and that were created before it. */
  readonly needs: ReadonlySet<string>;
  /** Those that come after it, since they need it themselves: set once all are there. */
  readonly pending: ReadonlySet<string>;
}

export interface Plan {
  /** In an order in which whatever is referred to comes first, and otherwise the message's. */
  readonly operations: readonly PlannedOperation[];
  /** By place in the message: what is refused before anything is done. */
  readonly refusals: ReadonlyMap<number, ScimError>;
}

/** References may point in any direction, and in circles (RFC 7644 section 3.7.1). */
export function planOperations(read: readonly ReadOperation[]): Plan {
  const { creators, refusals } = creatorsOf(read);
  const planned: PlannedOperation[] = [];
  const state = new Map<number, "begun" | "done">();

  function visit(index: number): void {
    const entry = read[index];
    if (entry?.ok !== true || refusals.has(index) || state.has(index)) return;
    state.set(index, "begun");
    const references = referencesOf(entry.operation);
    const pending = new Set<string>();
    for (const bulkId of references) {
      const creator = creators.get(bulkId);
      if (creator === undefined) {
        refusals.set(index, unresolved());
        state.set(index, "done");
        return;
      }
      visit(creator);
      if (state.get(creator) === "begun") pending.add(bulkId);
    }
    state.set(index, "done");
    const needs = new Set([...references].filter((bulkId) => !pending.has(bulkId)));
    planned.push({ index, operation: entry.operation, needs, pending });
  }

  for (const index of read.keys()) visit(index);
  return { operations: planned, refusals };
}

function creatorsOf(read: readonly ReadOperation[]) {
  const creators = new Map<string, number>();
  const refusals = new Map<number, ScimError>();
  for (const [index, entry] of read.entries()) {
    if (!entry.ok) refusals.set(index, entry.malformed.error);
    else if (entry.operation.method === "POST" && entry.operation.bulkId !== undefined) {
      if (creators.has(entry.operation.bulkId)) {
        refusals.set(index, badRequest("invalidValue", "bulkId: another operation has the same"));
      } else creators.set(entry.operation.bulkId, index);
    }
  }
  return { creators, refusals };
}

function referencesOf({ data, id }: BulkOperation): Set<string> {
  const references = new Set(referencesIn(data));
  for (const bulkId of referencesIn(id)) references.add(bulkId);
  return references;
}

export function unresolved(): ScimError {
  return new ScimError(
    409,
    undefined,
    "a bulkId is referred to that no operation of this request has created",
  );
}
