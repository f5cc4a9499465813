/** A group with all its members, a page after the other on a snapshot that is held. */
import type { GroupId, UserId } from "../base/ids.ts";
import type { DirectoryTenant, MemberReference, MembersReading } from "./directory.ts";
import type { Executor, HeldSnapshot } from "./operation.ts";
import { pageOfMembers } from "./operations/directory-group-members.ts";
import { getDirectoryGroup } from "./operations/directory-groups.ts";

export async function openMembersReading(
  hold: Executor["hold"],
  tenant: DirectoryTenant,
  id: GroupId,
  pageSize: number,
): Promise<MembersReading> {
  const snapshot = await hold();
  try {
    const group = await snapshot.read(() => getDirectoryGroup(tenant, id));
    return {
      group,
      pages: () => pagesOf(snapshot, tenant, id, pageSize),
      [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
    };
  } catch (error) {
    await snapshot[Symbol.asyncDispose]();
    throw error;
  }
}

async function* pagesOf(
  snapshot: HeldSnapshot,
  tenant: DirectoryTenant,
  id: GroupId,
  pageSize: number,
): AsyncGenerator<readonly MemberReference[]> {
  let after: UserId | undefined;
  do {
    const start = after;
    const page = await snapshot.read(() => pageOfMembers(tenant, id, start, pageSize));
    after = page.nextAfter;
    // The last page may be taken slowly: nothing needs to be held for it.
    if (after === undefined) await snapshot[Symbol.asyncDispose]();
    if (page.members.length > 0) yield page.members;
  } while (after !== undefined);
}
