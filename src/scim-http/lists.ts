/** Lists and searches over HTTP. */
import type { HttpResponse } from "../base/http.ts";
import { type Listed, type Listing, list } from "../domain/directory/lists.ts";
import { parseSelection, type Selection, selects } from "../scim/projection/selection.ts";
import type { ResourceTypeName } from "../scim/schema/attribute.ts";
import { resourceTypes } from "../scim/schema/registry.ts";
import { StorageError } from "../storage/errors.ts";
import { readObject } from "./body.ts";
import type { Exchange } from "./exchange.ts";
import { renderListedGroup, withMembers } from "./group-body.ts";
import { fromQuery, fromSearchRequest, type ListQuery } from "./list-query.ts";
import { answer, messages } from "./media.ts";
import { renderGroupWithoutMembers, renderUser } from "./representation.ts";

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

/** With fewer members than this on a page, the list is answered whole, with a length. */
const membersInOnePiece = 5_000;
const attemptsMax = 3;

async function answerList(
  exchange: Exchange,
  types: readonly ResourceTypeName[],
  query: ListQuery,
): Promise<HttpResponse> {
  const selections = selectionsOf(query);
  for (let attempt = 1; ; attempt += 1) {
    const listing = await list(exchange.context, exchange.caller, { ...query, types });
    const members = membersOf(listing, selections);
    if (members === 0) return answer(200, renderList(exchange, query, listing, selections));
    const pieces = renderListInPieces(exchange, query, listing, selections);
    if (members > membersInOnePiece) return answer(200, pieces);
    try {
      return answer(200, await joined(pieces));
    } catch (error) {
      // A group changed between the list and its members: nothing was sent yet, so it is read again.
      if (!isChanged(error) || attempt === attemptsMax) throw error;
    }
  }
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

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += piece;
  return text;
}

function isChanged(error: unknown): boolean {
  return error instanceof StorageError && error.fault.kind === "changed";
}

function renderList(exchange: Exchange, query: ListQuery, listing: Listing, selections: Selections): string {
  const items = listing.items.map((item) => renderWithoutMembers(exchange, item, selections));
  return `${openList(query, listing)}${items.join(",")}]}`;
}

async function* renderListInPieces(
  exchange: Exchange,
  query: ListQuery,
  listing: Listing,
  selections: Selections,
): AsyncGenerator<string> {
  yield openList(query, listing);
  for (const [index, item] of listing.items.entries()) {
    if (index > 0) yield ",";
    if (item.type === "Group") yield* renderListedGroup(exchange, item.group, selections.Group);
    else yield renderWithoutMembers(exchange, item, selections);
  }
  yield "]}";
}

/** All of the list before its first resource. */
function openList({ page }: ListQuery, { items, total, nextCursor }: Listing): string {
  const head = JSON.stringify({
    schemas: [messages.listResponse],
    totalResults: total,
    itemsPerPage: items.length,
    ...(page.kind === "index" ? { startIndex: page.startIndex } : {}),
    ...(nextCursor === undefined ? {} : { nextCursor }),
  });
  return `${head.slice(0, -1)},"Resources":[`;
}

/** A group that has members to be shown is `renderListedGroup`'s. */
function renderWithoutMembers({ base }: Exchange, item: Listed, selections: Selections): string {
  if (item.type === "User") return renderUser(base, item.user, selections.User);
  const rest = renderGroupWithoutMembers(base, item.group, selections.Group);
  return selects(selections.Group, "members") ? withMembers(rest, "") : rest;
}
