/**
 * The form of our tokens: `orgsvc_<kind>_<43 random><6 checksum>`, base62. 43 digits carry 256 bits; the prefix lets
 * secret scanners match each kind; the checksum (CRC-32 of all before it) rejects typos without a database read.
 */
import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** What a token opens: SCIM of one configuration, RPC as a person, RPC as the operator. */
export type TokenKind = "scim" | "pat" | "op";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const randomDigits = 43;
const checksumDigits = 6;
const pattern = /^orgsvc_(scim|pat|op)_[0-9A-Za-z]{49}$/;

export function mintToken(kind: TokenKind): string {
  const unchecked = `orgsvc_${kind}_${randomBase62(randomDigits)}`;
  return unchecked + checksumOf(unchecked);
}

/** The kind of a well-formed token, or undefined for anything else. */
export function tokenKindOf(token: string): TokenKind | undefined {
  const kind = pattern.exec(token)?.[1];
  if (kind !== "scim" && kind !== "pat" && kind !== "op") return undefined;
  const unchecked = token.slice(0, -checksumDigits);
  return checksumOf(unchecked) === token.slice(-checksumDigits) ? kind : undefined;
}

/** Rejects the bytes past the last multiple of 62: a plain remainder would favour the first digits. */
function randomBase62(length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let digits = "";
  while (digits.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < limit && digits.length < length) digits += alphabet.charAt(byte % alphabet.length);
    }
  }
  return digits;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let index = 0; index < checksumDigits; index += 1) {
    digits = alphabet.charAt(rest % alphabet.length) + digits;
    rest = Math.floor(rest / alphabet.length);
  }
  return digits;
}
