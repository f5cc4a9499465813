/**
 * Cross-origin calls from browsers (Fetch standard). Credentials are in the Authorization header and never in
 * cookies, so an allowed origin gains nothing but the right to read answers to tokens that it holds itself.
 */
import { cors } from "@connectrpc/connect";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";

export type AllowedOrigins = "any" | readonly string[];

const preflightMaxAgeSeconds = 7200;
const allowedHeaders = [...cors.allowedHeaders, "Authorization", "Idempotency-Key", "X-Request-Id"].join(
  ", ",
);
const allowedMethods = cors.allowedMethods.join(", ");
const exposedHeaders = [...cors.exposedHeaders, "X-Request-Id", "Retry-After", "WWW-Authenticate"].join(", ");

/** Sets the headers for an allowed origin. True when the request was a preflight, which is answered then. */
export function handleCors(req: NodeRequest, res: NodeResponse, origins: AllowedOrigins): boolean {
  const { origin } = req.headers;
  if (origin === undefined) return false;
  const allowed = origins === "any" || origins.includes(origin);
  res.setHeader("Vary", "Origin");
  if (allowed) res.setHeader("Access-Control-Allow-Origin", origins === "any" ? "*" : origin);
  if (req.method !== "OPTIONS" || req.headers["access-control-request-method"] === undefined) {
    if (allowed) res.setHeader("Access-Control-Expose-Headers", exposedHeaders);
    return false;
  }
  if (allowed) {
    res.setHeader("Access-Control-Allow-Methods", allowedMethods);
    res.setHeader("Access-Control-Allow-Headers", allowedHeaders);
    res.setHeader("Access-Control-Max-Age", String(preflightMaxAgeSeconds));
  }
  res.statusCode = 204;
  res.end();
  return true;
}
