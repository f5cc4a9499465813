/** Finds a secret in text or bytes, in whatever way it may have been written there. */
import { escapedInUrl } from "./misplaced.ts";

/** At least so many characters of a secret in a row count as the secret. */
const partLength = 12;
const step = 6;
/** What our tokens have in common tells nothing. */
const commonPrefix = /^orgsvc_(?:scim|pat|op)_/;

export interface Haystack {
  readonly what: string;
  readonly bytes: Buffer;
}

/** Where and how the secret was found: empty when it was not. */
export function leaksOf(secret: string, haystacks: readonly Haystack[]): string[] {
  const forms = formsOf(secret);
  return haystacks.flatMap(({ what, bytes }) =>
    [...forms].filter(([, needle]) => bytes.includes(needle)).map(([form]) => `${what}: ${form}`),
  );
}

function formsOf(secret: string): Map<string, Buffer> {
  const random = secret.replace(commonPrefix, "");
  const forms = new Map<string, Buffer>();
  for (let start = 0; start + partLength <= random.length; start += step) {
    const part = random.slice(start, start + partLength);
    forms.set(`characters ${start} to ${start + partLength}`, Buffer.from(part));
    forms.set(
      `characters ${start} to ${start + partLength}, escaped for a URL`,
      Buffer.from(escapedInUrl(part)),
    );
  }
  const bytes = Buffer.from(random);
  forms.set("hex", Buffer.from(bytes.toString("hex")));
  forms.set("HEX", Buffer.from(bytes.toString("hex").toUpperCase()));
  forms.set("UTF-16", Buffer.from(random, "utf16le"));
  // Base64 depends on where in a group of three the secret begins; its first and last digits on the neighbours.
  for (const offset of [0, 1, 2]) {
    for (const encoding of ["base64", "base64url"] as const) {
      const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString(encoding);
      forms.set(`${encoding} at ${offset}`, Buffer.from(text.slice(4, text.length - 5)));
    }
  }
  return forms;
}
