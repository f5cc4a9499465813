/**
 * Groups with their members, of one moment however many there are. Up to a page of them is read at once. Of more, the snapshot
 * is held while the client takes them, a page at a time: memory stays flat, and whatever changes meanwhile does not show.
 */
import type { BodyPieces } from "../base/http.ts";
import type { GroupId } from "../base/ids.ts";
import { tenantOf } from "../domain/directory/caller.ts";
import { type Selection, selects } from "../scim/projection/selection.ts";
import type { DirectoryGroup, MemberReference, MembersReading } from "../storage/directory.ts";
import type { Exchange } from "./exchange.ts";
import { renderGroupWithoutMembers, renderMembers } from "./representation.ts";

/** Also the number of members up to which a group is answered whole, with a length. */
const memberPageSize = 1_000;

interface PartRead {
  readonly group: DirectoryGroup;
  /** Undefined when they are not selected, and not read then. */
  readonly members: readonly MemberReference[] | undefined;
}

/** A reading is open: whoever has it renders it, and disposes of what comes of it. */
export type GroupRead = PartRead | MembersReading;

/** @throws StorageError not_found, unavailable */
export async function readGroup(
  { context, caller }: Pick<Exchange, "context" | "caller">,
  id: GroupId,
  selection: Selection,
): Promise<GroupRead> {
  const { directoryGroups } = context.storage;
  const tenant = tenantOf(caller);
  if (!selects(selection, "members")) {
    return { group: await directoryGroups.get(tenant, id), members: undefined };
  }
  const { group, page } = await directoryGroups.getWithMembers(tenant, id, memberPageSize);
  if (page.nextAfter === undefined) return { group, members: page.members };
  return await directoryGroups.readMembers(tenant, id, memberPageSize);
}

/** The group as JSON text, in pieces when it has more members than were read with it. */
export function renderGroup(base: string, read: GroupRead, selection: Selection): string | BodyPieces {
  if ("pages" in read) return piecesOf(read, renderReading(base, read, selection));
  const rest = renderGroupWithoutMembers(base, read.group, selection);
  return read.members === undefined ? rest : withMembers(rest, renderMembers(base, read.members, selection));
}

/** `members` are rendered elements, separated by commas. */
function withMembers(rest: string, members: string): string {
  return `${openMembers(rest)}${members}]}`;
}

/** Members come last, so that all the rest is there before the first of them. */
function openMembers(rest: string): string {
  return `${rest.slice(0, -1)},"members":[`;
}

/** The reading ends with the pieces, also with those of which none is taken. */
function piecesOf(reading: MembersReading, pieces: AsyncGenerator<string>): BodyPieces {
  return {
    [Symbol.asyncIterator]: () => pieces,
    [Symbol.asyncDispose]: () => reading[Symbol.asyncDispose](),
  };
}

async function* renderReading(
  base: string,
  reading: MembersReading,
  selection: Selection,
): AsyncGenerator<string> {
  yield openMembers(renderGroupWithoutMembers(base, reading.group, selection));
  let separator = "";
  for await (const members of reading.pages()) {
    const text = renderMembers(base, members, selection);
    if (text === "") continue;
    yield separator + text;
    separator = ",";
  }
  yield "]}";
}
