/**
 * Groups with their members. Members are read a page at a time, as the client takes them: memory stays flat however large
 * a group is. A group that changes meanwhile cannot be finished, and the response is cut off: a client sees a failure that it
 * repeats, never a list that was true at no time.
 */
import type { GroupId } from "../base/ids.ts";
import { tenantOf } from "../domain/directory/caller.ts";
import { type Selection, selects } from "../scim/projection/selection.ts";
import type { DirectoryGroup, MemberPage } from "../storage/directory.ts";
import type { Exchange } from "./exchange.ts";
import { renderGroupWithoutMembers, renderMembers } from "./representation.ts";

/** Also the number of members up to which a group is answered whole, with a length. */
export const memberPageSize = 1_000;

export interface GroupRead {
  readonly group: DirectoryGroup;
  /** The first of its members; undefined when they are not selected, and not read then. */
  readonly page: MemberPage | undefined;
}

type Reading = Pick<Exchange, "context" | "caller" | "base">;

/** @throws StorageError not_found */
export async function readGroup(
  { context, caller }: Reading,
  id: GroupId,
  selection: Selection,
): Promise<GroupRead> {
  const { directoryGroups } = context.storage;
  if (selects(selection, "members")) {
    return await directoryGroups.getWithMembers(tenantOf(caller), id, memberPageSize);
  }
  return { group: await directoryGroups.get(tenantOf(caller), id), page: undefined };
}

/** The group as JSON text, in pieces when it has more members than were read with it. */
export function renderGroup(
  reading: Reading,
  { group, page }: GroupRead,
  selection: Selection,
): string | AsyncIterable<string> {
  const rest = renderGroupWithoutMembers(reading.base, group, selection);
  if (page === undefined) return rest;
  const first = renderMembers(reading.base, page.members, selection);
  return page.nextAfter === undefined
    ? withMembers(rest, first)
    : renderInPieces(reading, group, rest, first, page, selection);
}

/** `members` are rendered elements, separated by commas. */
export function withMembers(rest: string, members: string): string {
  return `${openMembers(rest)}${members}]}`;
}

/** Members come last, so that all the rest is there before the first of them. */
function openMembers(rest: string): string {
  return `${rest.slice(0, -1)},"members":[`;
}

async function* renderInPieces(
  reading: Reading,
  group: DirectoryGroup,
  rest: string,
  first: string,
  page: MemberPage,
  selection: Selection,
): AsyncGenerator<string> {
  yield `${openMembers(rest)}${first}`;
  yield* renderMembersAfter(reading, group, page, selection);
  yield "]}";
}

/** The members after a page, each piece with the comma before it. @throws StorageError changed */
async function* renderMembersAfter(
  { context, caller, base }: Reading,
  group: DirectoryGroup,
  page: MemberPage,
  selection: Selection,
): AsyncGenerator<string> {
  const tenant = tenantOf(caller);
  const { directoryGroups } = context.storage;
  let after = page.nextAfter;
  while (after !== undefined) {
    const next = await directoryGroups.members(tenant, group.id, group.version, after, memberPageSize);
    const text = renderMembers(base, next.members, selection);
    if (text !== "") yield `,${text}`;
    after = next.nextAfter;
  }
}

/** A group of a list, whose members have not been read yet. @throws StorageError changed */
export async function* renderListedGroup(
  reading: Reading,
  group: DirectoryGroup,
  selection: Selection,
): AsyncGenerator<string> {
  const rest = renderGroupWithoutMembers(reading.base, group, selection);
  if (group.memberCount === 0) {
    yield withMembers(rest, "");
    return;
  }
  const tenant = tenantOf(reading.caller);
  const page = await reading.context.storage.directoryGroups.members(
    tenant,
    group.id,
    group.version,
    undefined,
    memberPageSize,
  );
  const first = renderMembers(reading.base, page.members, selection);
  yield* renderInPieces(reading, group, rest, first, page, selection);
}
