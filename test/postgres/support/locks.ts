/** A transaction that somebody else holds open. */
import pg from "pg";
import type { AnyId } from "../../../src/base/ids.ts";
import type { TestDatabase } from "../../support/storage-postgres.ts";

const keys = { organizations: "id", members: "user_id" } as const;

/** Locks one row until it is disposed of. */
export function holdRow(
  database: TestDatabase,
  table: keyof typeof keys,
  id: AnyId,
): Promise<AsyncDisposable> {
  return hold(database, `SELECT 1 FROM ${table} WHERE ${keys[table]} = $1 FOR UPDATE`, id);
}

/** Begins with the statement, and ends when it is disposed of. */
export async function hold(
  { url }: TestDatabase,
  statement: string,
  ...parameters: readonly string[]
): Promise<AsyncDisposable> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN");
  await client.query(statement, [...parameters]);
  let ended: Promise<void> | undefined;
  return {
    [Symbol.asyncDispose]() {
      ended ??= client.end();
      return ended;
    },
  };
}
