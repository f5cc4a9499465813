/** Lists and searches over HTTP. */
import type { BodyPieces, HttpResponse } from "../base/http.ts";
import { type Listed, type Listing, list } from "../domain/directory/lists.ts";
import { parseSelection, type Selection, selects } from "../scim/projection/selection.ts";
import type { ResourceTypeName } from "../scim/schema/attribute.ts";
import { resourceTypes } from "../scim/schema/registry.ts";
import type { DirectoryGroup } from "../storage/directory.ts";
import { StorageError } from "../storage/errors.ts";
import { readObject } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { type GroupRead, readGroup, renderGroup } from "./group-body.ts";
import { fromQuery, fromSearchRequest, type ListQuery } from "./list-query.ts";
import { answer, messages } from "./media.ts";
import { renderUser } from "./representation.ts";

/** RFC 7644 section 3.4.2. */
export async function handleList(
  exchange: Exchange,
  types: readonly ResourceTypeName[],
): Promise<HttpResponse> {
  return await answerList(exchange, types, fromQuery(exchange.query));
}

/** RFC 7644 section 3.4.3: the same by POST, which keeps filters out of URLs. */
export async function handleSearch(
  exchange: Exchange,
  types: readonly ResourceTypeName[],
): Promise<HttpResponse> {
  return await answerList(exchange, types, fromSearchRequest(await readObject(exchange)));
}

type Selections = Readonly<Record<ResourceTypeName, Selection>>;

/** Up to so many members on a page, the list is answered whole, with a length. */
const membersInOnePiece = 5_000;

async function answerList(
  exchange: Exchange,
  types: readonly ResourceTypeName[],
  query: ListQuery,
): Promise<HttpResponse> {
  const selections = selectionsOf(query);
  const listing = await list(exchange.context, exchange.caller, { ...query, types });
  const body =
    membersOf(listing, selections) <= membersInOnePiece
      ? await renderList(exchange, query, listing, selections)
      : renderListInPieces(exchange, query, listing, selections);
  return answer(200, body);
}

function selectionsOf({ attributes, excludedAttributes }: ListQuery): Selections {
  return {
    User: parseSelection(resourceTypes.User, attributes, excludedAttributes),
    Group: parseSelection(resourceTypes.Group, attributes, excludedAttributes),
  };
}

function membersOf({ items }: Listing, selections: Selections): number {
  if (!selects(selections.Group, "members")) return 0;
  return items.reduce((sum, item) => sum + (item.type === "Group" ? item.group.memberCount : 0), 0);
}

async function renderList(
  exchange: Exchange,
  query: ListQuery,
  listing: Listing,
  selections: Selections,
): Promise<string> {
  const resources: string[] = [];
  for (const item of listing.items) {
    const body = await renderItem(exchange, item, selections);
    if (body !== undefined) resources.push(typeof body === "string" ? body : await joined(body));
  }
  const head = headOf(query, listing, countsOf(listing, resources.length));
  return `${openResources(head)}${resources.join(",")}]}`;
}

async function joined(body: BodyPieces): Promise<string> {
  await using pieces = body;
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

/** The counts come last: of the groups that are still to be read, some may be gone by then. */
async function* renderListInPieces(
  exchange: Exchange,
  query: ListQuery,
  listing: Listing,
  selections: Selections,
): AsyncGenerator<string> {
  yield openResources(headOf(query, listing));
  let count = 0;
  for (const item of listing.items) {
    const body = await renderItem(exchange, item, selections);
    if (body === undefined) continue;
    const separator = count === 0 ? "" : ",";
    count += 1;
    if (typeof body === "string") {
      yield separator + body;
      continue;
    }
    await using pieces = body;
    yield separator;
    yield* pieces;
  }
  yield `],${JSON.stringify(countsOf(listing, count)).slice(1)}`;
}

interface Counts {
  readonly totalResults: number;
  readonly itemsPerPage: number;
}

/** What was deleted since the list was read is in neither. */
function countsOf({ items, total }: Listing, count: number): Counts {
  return { totalResults: total - (items.length - count), itemsPerPage: count };
}

function headOf({ page }: ListQuery, { nextCursor }: Listing, counts?: Counts): object {
  return {
    schemas: [messages.listResponse],
    ...counts,
    ...(page.kind === "index" ? { startIndex: page.startIndex } : {}),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  };
}

function openResources(head: object): string {
  return `${JSON.stringify(head).slice(0, -1)},"Resources":[`;
}

/** Undefined for a group that was deleted since the list was read. */
async function renderItem(
  exchange: Exchange,
  item: Listed,
  selections: Selections,
): Promise<string | BodyPieces | undefined> {
  const { base } = exchange;
  if (item.type === "User") return renderUser(base, item.user, selections.User);
  const read = await readListed(exchange, item.group, selections.Group);
  return read && renderGroup(base, read, selections.Group);
}

/** A group with its members, all of one moment: it may have changed since the list was read. */
async function readListed(
  exchange: Exchange,
  group: DirectoryGroup,
  selection: Selection,
): Promise<GroupRead | undefined> {
  if (!selects(selection, "members")) return { group, members: undefined };
  if (group.memberCount === 0) return { group, members: [] };
  try {
    return await readGroup(exchange, group.id, selection);
  } catch (error) {
    if (error instanceof StorageError && error.fault.kind === "not_found") return undefined;
    throw error;
  }
}
