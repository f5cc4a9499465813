/** Conditional requests on versions (RFC 7644 section 3.14, RFC 9110 section 13). */
import type { Precondition } from "../domain/directory/versions.ts";
import { HttpError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";

export function toEtag(version: string): string {
  return `"${version}"`;
}

/** What PUT, PATCH and DELETE ask of the version that they find. @throws ScimError 428 where the settings want If-Match */
export function preconditionOf({ request, settings }: Pick<Exchange, "request" | "settings">): Precondition {
  const ifMatch = request.header("if-match");
  const ifNoneMatch = request.header("if-none-match");
  if (settings.requireIfMatch && ifMatch === undefined) {
    throw new HttpError(428, "send the header If-Match with the version that the change is made to");
  }
  return preconditionFor(ifMatch, ifNoneMatch);
}

export function preconditionFor(ifMatch: string | undefined, ifNoneMatch?: string): Precondition {
  return (version) => {
    if (ifMatch !== undefined && !matches(ifMatch, version)) throw stale();
    if (ifNoneMatch !== undefined && matches(ifNoneMatch, version)) throw stale();
  };
}

/** For GET: the client has this version already. */
export function isUnmodified({ request }: Pick<Exchange, "request">, version: string): boolean {
  const ifNoneMatch = request.header("if-none-match");
  return ifNoneMatch !== undefined && matches(ifNoneMatch, version);
}

/** Some clients mark our strong tags as weak, or leave the quotes out, when they send them back. */
function matches(header: string, version: string): boolean {
  return header.split(",").some((entry) => {
    const tag = entry.trim();
    if (tag === "*") return true;
    const opaque = tag.startsWith("W/") ? tag.slice(2) : tag;
    return opaque === toEtag(version) || opaque === version;
  });
}

function stale(): HttpError {
  return new HttpError(412, "the resource has another version by now: read it again, and repeat the change");
}
