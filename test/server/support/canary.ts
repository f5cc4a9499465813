/** What is planted into bad input, to see whether it comes back. */
import type { WireAnswer } from "./wire.ts";

/** Long enough that its parts are not found by chance. */
export const canary = "CANARY-5a17f09c3be2";

const base64 = /[A-Za-z0-9+/_-]{16,}={0,2}/g;

/** Everything in the answer that a reader could make out, with what is in base64 (error details) decoded. */
export function readableParts({ headers, trailers, body }: WireAnswer): string {
  const plain = [JSON.stringify(headers), JSON.stringify(trailers), body.toString("latin1")].join("\n");
  const decoded = (plain.match(base64) ?? []).map((text) => Buffer.from(text, "base64").toString("latin1"));
  return [plain, ...decoded].join("\n");
}
