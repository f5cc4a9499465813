/** Parsers of settings whose value must not be shown: no problem here quotes any of it. */
import { type Parsed, parsed, refused } from "./parsers.ts";
import { Secret } from "./secret.ts";

const tokenLengthMin = 32;
/** Short enough to travel in a header whatever HEADERS_MAX_BYTES is. */
const tokenLengthMax = 512;
const makeOne = "make one with: openssl rand -hex 32";

/** Searched in the letters alone, so that CHANGE_ME, change-me and ChangeMe are one. */
const placeholders =
  /changeme|changethis|replaceme|replacethis|replacewith|placeholder|insertyour|your(?:admin)?(?:token|secret|password|key)|exampletoken|supersecret|correcthorse|qwertyuiop|loremipsum/;

/** The operator's token: any string of 32 visible characters or more that nobody would guess. */
export function parseAdminToken(text: string): Parsed<Secret<string>> {
  if (/[\s\p{Cc}]/u.test(text)) {
    return refused(
      "it has a blank, a line end or a control character",
      "remove it; check for one at the end",
    );
  }
  if (!/^[\x21-\x7e]+$/.test(text)) return refused("it has a character that a header cannot carry", makeOne);
  if (text.length < tokenLengthMin)
    return refused(`it is shorter than ${tokenLengthMin} characters`, makeOne);
  if (text.length > tokenLengthMax) return refused(`it is longer than ${tokenLengthMax} characters`, makeOne);
  if (isGuessable(text)) return refused("it is easy to guess", makeOne);
  return parsed(new Secret(text));
}

const keyLengthBytes = 32;

/** 32 bytes as 64 hex digits, base64 or base64url. */
export function parseEncryptionKey(text: string): Parsed<Secret<Buffer>> {
  const key = decodeKey(text);
  if (key === undefined) return refused("it is not 32 bytes as base64, base64url or 64 hex digits", makeOne);
  if (new Set(key).size < 8) return refused("it is easy to guess", makeOne);
  return parsed(new Secret(key));
}

function decodeKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  if (!/^(?:[A-Za-z0-9+/]{43}=?|[A-Za-z0-9_-]{43}=?)$/.test(text)) return undefined;
  const key = Buffer.from(text, "base64");
  // 43 digits hold two bits more than 32 bytes; where they are set, a digit was lost or mistyped.
  const canonical =
    key.toString("base64url") === text.replace("=", "").replaceAll("+", "-").replaceAll("/", "_");
  return canonical && key.length === keyLengthBytes ? key : undefined;
}

function isGuessable(text: string): boolean {
  const few = new Set(text).size < 8;
  return few || isRepetition(text) || isSequence(text) || placeholders.test(letters(text));
}

/** The same few characters again and again: found again in its own double before its end. */
function isRepetition(text: string): boolean {
  const shift = `${text}${text}`.indexOf(text, 1);
  return shift < text.length;
}

/** Mostly runs such as 0123456789 or zyxwv. */
function isSequence(text: string): boolean {
  let steps = 0;
  for (let index = 1; index < text.length; index += 1) {
    if (Math.abs(text.charCodeAt(index) - text.charCodeAt(index - 1)) <= 1) steps += 1;
  }
  return steps > (text.length - 1) * 0.75;
}

function letters(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z]/g, "");
}
