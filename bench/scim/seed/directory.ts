/** A directory of many users, made through the service's own domain: every row is what a provider's request would have left. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { GroupId, UserId } from "../../../src/base/ids.ts";
import type { DomainContext } from "../../../src/domain/context.ts";
import { type DirectoryCaller, directoryAuditOf, tenantOf } from "../../../src/domain/directory/caller.ts";
import { createGroup } from "../../../src/domain/directory/groups.ts";
import { type ListRequest, list } from "../../../src/domain/directory/lists.ts";
import { createUser } from "../../../src/domain/directory/users.ts";
import { parseSelection } from "../../../src/scim/projection/selection.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { renderUser } from "../../../src/scim-http/representation.ts";
import { groupBody, userBody } from "../resources.ts";

/** A user as they are answered, for the bare server to answer the same. */
export interface AnsweredUser {
  readonly id: UserId;
  readonly userName: string;
  readonly json: string;
}

export interface SeededGroup {
  readonly id: GroupId;
  readonly members: readonly UserId[];
}

/** Creates that are under way at a time: they share commits. */
const concurrency = 500;
/** Members of one change. */
const membersAtOnce = 10_000;

/** In the order of their ids. */
export async function seedUsers(
  context: DomainContext,
  caller: DirectoryCaller,
  count: number,
): Promise<readonly UserId[]> {
  const ids: UserId[] = [];
  for (let first = 0; first < count; first += concurrency) {
    const size = Math.min(concurrency, count - first);
    const users = await Promise.all(
      Array.from({ length: size }, (_, place) => createUser(context, caller, userBody(first + place))),
    );
    ids.push(...users.map(({ id }) => id));
    await nextTurn();
  }
  return ids;
}

export async function seedGroup(
  context: DomainContext,
  caller: DirectoryCaller,
  name: string,
  members: readonly UserId[],
): Promise<SeededGroup> {
  const { id } = await createGroup(context, caller, groupBody(name));
  for (let first = 0; first < members.length; first += membersAtOnce) {
    const add = members.slice(first, first + membersAtOnce);
    const change = { members: { kind: "delta", add, remove: [] } } as const;
    const audit = directoryAuditOf(context, caller);
    await context.storage.directoryGroups.update(tenantOf(caller), id, () => change, audit);
  }
  return { id, members };
}

const wholeUser = parseSelection(resourceTypes.User, undefined, undefined);
/** As long as the service's own when it runs. */
const base = "http://127.0.0.1:54321/scim/v2";

export interface LastPage {
  /** Good for an hour: longer than a run. */
  readonly cursor: string;
  /** The id that it comes after. */
  readonly idBefore: string;
}

/** Goes through the list of users by pages of so many, to the last one. */
export async function readPages(
  context: DomainContext,
  caller: DirectoryCaller,
  count: number,
  onPage: (users: readonly AnsweredUser[]) => void,
): Promise<LastPage> {
  let cursor = "";
  let idBefore = "";
  for (;;) {
    const { items, nextCursor } = await list(context, caller, pageAt(cursor, count));
    const users = items.flatMap((item) => (item.type === "User" ? [item.user] : []));
    onPage(
      users.map((user) => ({
        id: user.id,
        userName: user.userName,
        json: renderUser(base, user, wholeUser),
      })),
    );
    if (nextCursor === undefined) return { cursor, idBefore };
    cursor = nextCursor;
    idBefore = users.at(-1)?.id ?? "";
    await nextTurn();
  }
}

function pageAt(cursor: string, count: number): ListRequest {
  return {
    types: ["User"],
    filter: undefined,
    sortBy: undefined,
    sortOrder: undefined,
    page: { kind: "cursor", cursor, count },
  };
}
