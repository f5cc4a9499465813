import { type OperatorId, parseId } from "../../base/ids.ts";
import { text } from "../columns.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { TokenHash } from "../records.ts";

type Key = "operator_id" | "operator_token_hash" | "key_check";

const select = {
  sql: "SELECT value FROM instance WHERE key = ?",
  decode: (row: Row) => text(row, "value"),
};

function* keepFirst(key: Key, candidate: string): Operation<string> {
  yield* run("INSERT INTO instance (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING", key, candidate);
  return (yield* first(select, key)) ?? candidate;
}

export function* keepOperatorId(candidate: OperatorId): Operation<OperatorId> {
  return parseId<OperatorId>(yield* keepFirst("operator_id", candidate));
}

export function* keepKeyCheck(candidate: string): Operation<string> {
  return yield* keepFirst("key_check", candidate);
}

export function* getOperatorTokenHash(): Operation<TokenHash | undefined> {
  const value = yield* first(select, "operator_token_hash");
  return value === undefined ? undefined : Buffer.from(value, "hex");
}

export function* setOperatorTokenHash(hash: TokenHash, options: { replace: boolean }): Operation<boolean> {
  const value = Buffer.from(hash).toString("hex");
  // Asked by the value, not by what changed: run again after a lost answer, it changes nothing and is set all the same.
  if (!options.replace) return (yield* keepFirst("operator_token_hash", value)) === value;
  yield* run(
    "INSERT INTO instance (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    "operator_token_hash",
    value,
  );
  return true;
}
