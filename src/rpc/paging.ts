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

/**
 * One page of a list that `fetch` reads.
 *
 * @param list names the list: method, caller, organization, and whatever narrows it
 * @throws invalid_argument for a token that is not this list's
 */
export async function paginate<Id extends AnyId, Item extends { readonly id: Id }>(
  keyring: Keyring,
  list: readonly string[],
  request: PageRequest | undefined,
  fetch: (page: Page<Id>) => Promise<readonly Item[]>,
): Promise<Listing<Item>> {
  const size = request?.pageSize || pageSizeDefault;
  const scope = JSON.stringify(list);
  const afterId = request?.token ? readToken<Id>(keyring, scope, request.token) : undefined;
  // One more than asked for tells whether there is a next page, so that the last one carries no token.
  const found = await fetch({ afterId, limit: size + 1 });
  const items = found.slice(0, size);
  const last = items.at(-1);
  const nextToken = found.length > size && last !== undefined ? makeToken(keyring, scope, last.id) : "";
  return { items, pagination: { nextToken } };
}

function makeToken(keyring: Keyring, scope: string, afterId: string): string {
  const payload = Buffer.from(afterId);
  return Buffer.concat([keyring.sign(`page|${scope}|${afterId}`), payload]).toString("base64url");
}

function readToken<Id extends AnyId>(keyring: Keyring, scope: string, token: string): Id {
  const bytes = Buffer.from(token, "base64url");
  const afterId = bytes.subarray(signatureBytes).toString("latin1");
  const genuine =
    // Lenient decoding accepts several spellings of the same bytes: only ours is a token.
    bytes.toString("base64url") === token &&
    keyring.verify(`page|${scope}|${afterId}`, bytes.subarray(0, signatureBytes));
  if (!genuine) {
    throw new DomainError(
      "invalid_argument",
      "pagination.token: not a token of this list; start again without one",
    );
  }
  return parseId<Id>(afterId);
}
