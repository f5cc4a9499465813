/** One real answer of the service, as it was on the wire. */
import { bytesOf, type Fields, headersOf } from "./processes/fields.ts";

export interface RecordedResponse {
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  /** Empty but for gRPC. */
  readonly trailers: Record<string, string>;
}

export function parseRecordedResponse(fields: Fields): RecordedResponse {
  return {
    headers: headersOf(fields, "headers"),
    body: bytesOf(fields, "body"),
    trailers: headersOf(fields, "trailers"),
  };
}

/** What every server of Node adds by itself. */
const automatic = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

export function recordableHeaders(
  headers: Iterable<readonly [string, string | string[] | number | undefined]>,
): Record<string, string> {
  return Object.fromEntries(
    [...headers]
      .filter(([name, value]) => value !== undefined && !name.startsWith(":") && !automatic.has(name))
      .map(([name, value]) => [name, String(value)]),
  );
}
