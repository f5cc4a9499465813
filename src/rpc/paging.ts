/**
 * Page tokens: opaque, signed, and bound to the list that they continue. One that was altered, made up, or taken
 * from another list or caller is refused.
 */
import type { AnyId } from "../base/ids.ts";
import { parseId } from "../base/ids.ts";
import { DomainError } from "../domain/errors.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Page } from "../storage/storage.ts";

/** The contract's; its maximum of 100 is the proto's rule. */
export const pageSizeDefault = 25;

const signatureBytes = 16;

export interface PageRequest {
  readonly pageSize: number;
  readonly token: string;
}

export interface Listing<Item> {
  readonly items: readonly Item[];
  readonly pagination: { readonly nextToken: string };
}

/** How the place where a page begins is written in a token. */
export interface PositionText<Position> {
  write(position: Position): string;
  /** Of what `write` made. */
  read(text: string): Position;
}

/** What storage gives of a list that knows by itself where its next page begins. */
export interface Found<Item, Position> {
  readonly items: readonly Item[];
  /** Undefined on the last page. */
  readonly next: Position | undefined;
}

/**
 * One page of a list in the order of ids, which `fetch` reads.
 *
 * @param list names the list: method, caller, organization, and whatever narrows it
 * @param idOf what the list is in the order of
 * @throws invalid_argument for a token that is not this list's
 */
export async function paginateBy<Id extends AnyId, Item>(
  keyring: Keyring,
  list: readonly string[],
  request: PageRequest | undefined,
  idOf: (item: Item) => Id,
  fetch: (page: Page<Id>) => Promise<readonly Item[]>,
): Promise<Listing<Item>> {
  const ids: PositionText<Id> = { write: (id) => id, read: (text) => parseId<Id>(text) };
  return await paginateFrom(keyring, list, request, ids, async (afterId, limit) => {
    // One more than asked for tells whether there is a next page, so that the last one carries no token.
    const found = await fetch({ afterId, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last !== undefined ? idOf(last) : undefined };
  });
}

/** The same of items in the order of their own ids. */
export function paginate<Id extends AnyId, Item extends { readonly id: Id }>(
  keyring: Keyring,
  list: readonly string[],
  request: PageRequest | undefined,
  fetch: (page: Page<Id>) => Promise<readonly Item[]>,
): Promise<Listing<Item>> {
  return paginateBy(keyring, list, request, ({ id }) => id, fetch);
}

/** The same of a list in any order: its pages begin after a position, which the token carries. */
export async function paginateFrom<Position, Item>(
  keyring: Keyring,
  list: readonly string[],
  request: PageRequest | undefined,
  positions: PositionText<Position>,
  fetch: (after: Position | undefined, limit: number) => Promise<Found<Item, Position>>,
): Promise<Listing<Item>> {
  const scope = JSON.stringify(list);
  const after = request?.token ? positions.read(readToken(keyring, scope, request.token)) : undefined;
  const { items, next } = await fetch(after, request?.pageSize || pageSizeDefault);
  const nextToken = next === undefined ? "" : makeToken(keyring, scope, positions.write(next));
  return { items, pagination: { nextToken } };
}

function makeToken(keyring: Keyring, scope: string, position: string): string {
  const payload = Buffer.from(position);
  return Buffer.concat([keyring.sign(signed(scope, payload)), payload]).toString("base64url");
}

function readToken(keyring: Keyring, scope: string, token: string): string {
  const bytes = Buffer.from(token, "base64url");
  const payload = bytes.subarray(signatureBytes);
  const genuine =
    // Lenient decoding accepts several spellings of the same bytes: only ours is a token.
    bytes.toString("base64url") === token &&
    keyring.verify(signed(scope, payload), bytes.subarray(0, signatureBytes));
  if (!genuine) {
    throw new DomainError(
      "invalid_argument",
      "pagination.token: not a token of this list; start again without one",
    );
  }
  return payload.toString("utf8");
}

/** Latin-1 has a character for each byte, so that no two payloads are signed alike. */
function signed(scope: string, payload: Buffer): string {
  return `page|${scope}|${payload.toString("latin1")}`;
}
