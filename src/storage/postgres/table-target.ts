import pg, { type ClientBase, type Pool, type PoolClient } from "pg";
import type { Clock } from "../../base/clock.ts";
import { pageSql, type TableTarget, toValues } from "../copy.ts";
import { StorageOpenError } from "../errors.ts";
import type { Row } from "../operation.ts";
import { type Table, tables } from "../tables.ts";
import { isOutcomeUnknown } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { toOpenError } from "./open-error.ts";
import { createPool } from "./pool.ts";
import { toPostgres } from "./runner.ts";
import { describeUrl } from "./url.ts";

export interface OpenTableTarget extends TableTarget {
  /** Without a commit, nothing of the copy stays. */
  close(): Promise<void>;
}

/** PostgreSQL takes 65,535 parameters in a statement; the widest table has fewer than 20 columns. */
const rowsPerInsert = 500;
const lockTimeoutMs = 2_000;
/** What no text of PostgreSQL can hold: U+0000. */
const unstorableText = "22021";

/**
 * Opens a database to copy into, migrated and empty.
 *
 * @throws StorageOpenError when it holds anything already
 */
export async function openPostgresTarget(url: string, clock: Clock): Promise<OpenTableTarget> {
  const connections = createPool({ url, connectionsMax: 2, onIdleError: () => {} });
  try {
    await migrate(connections.pool, clock.nowMs());
    const client = await begin(connections.pool, url);
    return {
      ...createTarget(client, url),
      async close() {
        // Closed with the transaction open, it leaves nothing of it.
        client.release(client.getTransactionStatus() !== "I");
        await connections.close();
      },
    };
  } catch (error) {
    await connections.close();
    throw toOpenError(error, url);
  }
}

async function begin(pool: Pool, url: string): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await lockEmptyTables(client, url);
    return client;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Locked, because an instance that starts meanwhile would write beside the copy. */
async function lockEmptyTables(client: ClientBase, url: string): Promise<void> {
  await client.query(`BEGIN ISOLATION LEVEL READ COMMITTED;
    SET LOCAL lock_timeout = ${lockTimeoutMs};
    SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0`);
  await client.query(`LOCK TABLE ${tables.map(({ name }) => name).join(", ")} IN EXCLUSIVE MODE`);
  for (const { name } of tables) {
    const { rowCount } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (rowCount === 0) continue;
    throw new StorageOpenError(`${describeUrl(url)} is not empty (${name}): copy into a new database`);
  }
}

function createTarget(client: ClientBase, url: string): TableTarget {
  return {
    async insert(table, rows) {
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        const batch = rows.slice(start, start + rowsPerInsert);
        try {
          await client.query(toPostgres(insertSql(table, batch.length)), batch.flat());
        } catch (error) {
          throw isUnstorable(error) ? unstorable(table, error) : error;
        }
      }
    },
    async page(table, after, limit) {
      const sql = toPostgres(pageSql(table, after !== undefined));
      const { rows } = await client.query<Row>(sql, [...(after ?? []), limit]);
      return rows.map((row) => toValues(table, row));
    },
    async commit() {
      try {
        await client.query("COMMIT");
      } catch (error) {
        throw isOutcomeUnknown(error) ? lostCommit(url, error) : error;
      }
    },
  };
}

function insertSql({ name, columns }: Table, rows: number): string {
  const row = `(${columns.map(() => "?").join(", ")})`;
  return `INSERT INTO ${name} (${columns.join(", ")}) VALUES ${Array<string>(rows).fill(row).join(", ")}`;
}

function isUnstorable(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === unstorableText;
}

function unstorable({ name }: Table, cause: unknown): StorageOpenError {
  return new StorageOpenError(
    `${name} has text with the character U+0000, which PostgreSQL cannot keep: nothing was copied`,
    { cause },
  );
}

/** All was verified and is there, or nothing is: the next attempt tells. */
function lostCommit(url: string, cause: unknown): StorageOpenError {
  return new StorageOpenError(
    `the connection to ${describeUrl(url)} was lost at the end: copy again; if it is then not empty, the copy is whole`,
    { cause },
  );
}
