/** A lock that somebody else holds. */
import pg from "pg";
import type { AnyId } from "../../../src/base/ids.ts";
import type { TestDatabase } from "../../support/storage-postgres.ts";

const keys = { organizations: "id", members: "user_id" } as const;

/** Locks one row until it is disposed of. */
export async function holdRow(
  { url }: TestDatabase,
  table: keyof typeof keys,
  id: AnyId,
): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN");
  await client.query(`SELECT 1 FROM ${table} WHERE ${keys[table]} = $1 FOR UPDATE`, [id]);
  let released: Promise<void> | undefined;
  return {
    [Symbol.asyncDispose]() {
      released ??= client.end();
      return released;
    },
  };
}
