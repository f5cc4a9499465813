/** Under which URL a client reached us, as far as its request says. */
import type { NodeRequest } from "./listener/types.ts";

export interface OriginOptions {
  /** Whether we end TLS ourselves. */
  readonly tls: boolean;
  /** With proxies in front, they know the scheme that the client speaks. */
  readonly trustedProxyHops: number;
}

/** A host name, an IPv4 address or a bracketed IPv6 address, with or without a port. */
const authorityPattern = /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;

/** `scheme://authority`; undefined when the request names no authority, or several, or one that is none. */
export function originOf(req: NodeRequest, options: OriginOptions): string | undefined {
  const authority = authorityOf(req);
  if (authority === undefined || !authorityPattern.test(authority)) return undefined;
  return `${schemeOf(req, options)}://${authority}`;
}

function authorityOf(req: NodeRequest): string | undefined {
  if (hostFields(req) > 1) return undefined;
  const pseudo = req.headers[":authority"];
  return typeof pseudo === "string" ? pseudo : req.headers.host;
}

function schemeOf(req: NodeRequest, { tls, trustedProxyHops }: OriginOptions): "http" | "https" {
  const own = tls ? "https" : "http";
  if (trustedProxyHops === 0) return own;
  const forwarded = String(req.headers["x-forwarded-proto"] ?? "");
  // The proxy next to us writes last.
  const last = forwarded.split(",").at(-1)?.trim().toLowerCase();
  return last === "http" || last === "https" ? last : own;
}

/** RFC 9112 section 3.2 wants a request with several Host fields refused. Node itself takes the first. */
export function hostFields({ rawHeaders }: NodeRequest): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    if (name.length === 4 && name.toLowerCase() === "host") count += 1;
  }
  return count;
}
