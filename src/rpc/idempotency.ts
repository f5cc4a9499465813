/** The key that a client gives to a call which creates something, so that it can send it again when no answer came. */
import { createHash } from "node:crypto";
import { type DescMessage, type DescMethodUnary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { DomainError } from "../domain/errors.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { IdempotencyKey } from "../storage/records.ts";

export const idempotencyHeader = "Idempotency-Key";

const visibleAscii = /^[!-~]{1,255}$/;

/**
 * Undefined without the header.
 *
 * @throws invalid_argument for a key that is none
 */
export function idempotencyOf<I extends DescMessage, O extends DescMessage>(
  keyring: Keyring,
  header: Headers,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I>,
): IdempotencyKey | undefined {
  const key = header.get(idempotencyHeader);
  if (key === null) return undefined;
  if (!visibleAscii.test(key)) {
    throw new DomainError(
      "invalid_argument",
      `${idempotencyHeader}: must be 1 to 255 visible ASCII characters, such as a UUID`,
    );
  }
  return { key, requestHash: hashOf(keyring, method, request) };
}

/** Signed: a request may have a secret in it that could be guessed, and whose hash would confirm the guess. */
function hashOf<I extends DescMessage, O extends DescMessage>(
  keyring: Keyring,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I>,
): Uint8Array {
  const bytes = toBinary(method.input, request, { writeUnknownFields: false });
  const digest = createHash("sha256").update(bytes).digest("hex");
  return keyring.sign(`request|${method.parent.typeName}/${method.name}|${digest}`);
}
