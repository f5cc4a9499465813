/**
 * Cursors of lists (RFC 9865): opaque, signed, and bound to the directory, the query and the page size. One that was altered,
 * made up, or taken from another list is refused with the same words, so that nothing can be learned from it.
 */
import { badRequest } from "../../scim/error.ts";
import { limits } from "../../scim/limits.ts";
import type { ResourceTypeName } from "../../scim/schema/attribute.ts";
import type { ListPosition } from "../../storage/directory.ts";
import type { DomainContext } from "../context.ts";

export interface Cursor {
  readonly type: ResourceTypeName;
  /** Undefined at the beginning of that type's resources. */
  readonly after: ListPosition | undefined;
  readonly count: number;
}

const signatureBytes = 16;

/** @param scope names the list: the configuration and all that decides what is in it, and in which order */
export function writeCursor({ keyring, clock }: DomainContext, scope: string, cursor: Cursor): string {
  const { type, after, count } = cursor;
  const position = after === undefined ? [] : [after.id, after.key ?? null];
  const payload = JSON.stringify([clock.nowMs(), type, count, ...position]);
  const signature = keyring.sign(`cursor|${scope}|${payload}`);
  return Buffer.concat([signature, Buffer.from(payload)]).toString("base64url");
}

/** @throws ScimError invalidCursor, expiredCursor */
export function readCursor({ keyring, clock }: DomainContext, scope: string, text: string): Cursor {
  const bytes = Buffer.from(text, "base64url");
  const payload = bytes.subarray(signatureBytes).toString("utf8");
  const genuine =
    // Lenient decoding accepts several spellings of the same bytes: only ours is a cursor.
    bytes.toString("base64url") === text &&
    keyring.verify(`cursor|${scope}|${payload}`, bytes.subarray(0, signatureBytes));
  if (!genuine) throw invalidCursor();
  const { writtenAtMs, cursor } = decode(payload);
  if (clock.nowMs() - writtenAtMs > limits.cursorTimeoutSeconds * 1000) {
    throw badRequest("expiredCursor", "cursor: it is too old; start again with an empty cursor");
  }
  return cursor;
}

function invalidCursor(): Error {
  return badRequest("invalidCursor", "cursor: not one of this list; start again with an empty cursor");
}

function decode(payload: string): { readonly writtenAtMs: number; readonly cursor: Cursor } {
  const value: unknown = JSON.parse(payload);
  if (!Array.isArray(value)) throw invalidCursor();
  const [writtenAtMs, type, count, id, key]: unknown[] = value;
  if (typeof writtenAtMs !== "number" || typeof count !== "number") throw invalidCursor();
  if (type !== "User" && type !== "Group") throw invalidCursor();
  if (id === undefined) return { writtenAtMs, cursor: { type, count, after: undefined } };
  if (typeof id !== "string") throw invalidCursor();
  const after = { id, key: typeof key === "string" || typeof key === "number" ? key : undefined };
  return { writtenAtMs, cursor: { type, count, after } };
}
