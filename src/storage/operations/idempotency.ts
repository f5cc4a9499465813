/** Creations that happen once for each key that their caller gives, however often they are asked for. */
import type { AnyId } from "../../base/ids.ts";
import { bytes, integer, text } from "../columns.ts";
import { StorageError } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, IdempotencyKey } from "../records.ts";
import { inPieces } from "./pieces.ts";
import { fromStored, type StoredForm, toStored } from "./stored-results.ts";

/** How long a key is kept. */
const lifetimeMs = 24 * 60 * 60 * 1000;
/** Of one purge. */
const purgedMax = 256;

interface Made {
  readonly requestHash: Uint8Array;
  readonly result: string;
}

const selectOne = {
  sql: "SELECT request_hash, result FROM idempotency_keys WHERE caller_id = ? AND key = ?",
  decode: (row: Row): Made => ({ requestHash: bytes(row, "request_hash"), result: text(row, "result") }),
};
const selectOldest = {
  sql: "SELECT created_at FROM idempotency_keys WHERE created_at <= ? ORDER BY created_at LIMIT ?",
  decode: (row: Row) => integer(row, "created_at"),
};

/**
 * Without a key, the operation itself. With one, the first to come runs it; whoever comes later, or waits meanwhile, is
 * answered what the first was.
 *
 * @param form how the result is kept. Undefined for one that goes with a secret, which is shown once: repeating is refused
 * @throws key_reused for another request's key; already_made
 */
export function* once<Result>(
  audit: Audit,
  operation: () => Operation<Result>,
  form: StoredForm<Result> | undefined,
): Operation<Result> {
  const { idempotency } = audit;
  if (idempotency === undefined) return yield* operation();
  const isFirst = yield* claim(audit, idempotency);
  if (!isFirst) return yield* repeat(audit, idempotency, form);
  const result = yield* operation();
  if (form !== undefined) yield* keep(audit, idempotency, toStored(form, result));
  return result;
}

/**
 * Before anything else, because what comes second has to wait here: on PostgreSQL an INSERT waits for another transaction's
 * of the same key. A key that has outlived its time is anybody's again.
 */
function* claim({ actorId, atMs }: Audit, { key, requestHash }: IdempotencyKey): Operation<boolean> {
  const claimed = yield* run(
    `INSERT INTO idempotency_keys (caller_id, key, request_hash, result, created_at) VALUES (?, ?, ?, '', ?)
     ON CONFLICT (caller_id, key) DO UPDATE
     SET request_hash = excluded.request_hash, result = '', created_at = excluded.created_at
     WHERE idempotency_keys.created_at <= ?`,
    actorId,
    key,
    requestHash,
    atMs,
    atMs - lifetimeMs,
  );
  return claimed > 0;
}

function* repeat<Result>(
  { actorId }: Audit,
  { key, requestHash }: IdempotencyKey,
  form: StoredForm<Result> | undefined,
): Operation<Result> {
  const made = yield* first(selectOne, actorId, key);
  if (made === undefined) throw new Error("a key that was taken is gone in the same transaction");
  if (Buffer.compare(made.requestHash, requestHash) !== 0) {
    throw new StorageError({ kind: "key_reused", entity: "record" });
  }
  if (form === undefined) throw new StorageError({ kind: "already_made", entity: "record" });
  return fromStored(form, made.result);
}

function* keep({ actorId }: Audit, { key }: IdempotencyKey, result: string): Operation<void> {
  yield* run("UPDATE idempotency_keys SET result = ? WHERE caller_id = ? AND key = ?", result, actorId, key);
}

const deleteKeys = inPieces({
  table: "idempotency_keys",
  change: "DELETE FROM idempotency_keys",
  where: "caller_id = ?",
  by: ["key"],
});

export function* deleteKeysOf(callerId: AnyId): Operation<void> {
  yield* deleteKeys(callerId);
}

/** Deletes the oldest of those that have outlived their time, a bounded number of them. */
export function* purgeKeys(atMs: number): Operation<void> {
  const times = yield* all(selectOldest, atMs - lifetimeMs, purgedMax);
  const [oldest] = times;
  const last = times.at(-1);
  if (oldest === undefined || last === undefined) return;
  // With both bounds: PostgreSQL, which does not know them beforehand, takes half a range for most of the table.
  yield* run("DELETE FROM idempotency_keys WHERE created_at >= ? AND created_at <= ?", oldest, last);
}
