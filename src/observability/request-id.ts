import { randomUUID } from "node:crypto";
import { looksLikeToken } from "./redaction.ts";

const acceptable = /^[A-Za-z0-9._-]{1,128}$/;

/**
 * The id under which a request is logged and answered: the client's own X-Request-Id when it is harmless, else a
 * fresh one. A token sent in that header by mistake must not become an id, since ids are logged and echoed.
 */
export function requestIdFrom(header: string | undefined): string {
  if (header !== undefined && acceptable.test(header) && !looksLikeToken(header)) return header;
  return randomUUID();
}
