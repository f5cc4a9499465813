import type { PoolClient } from "pg";
import type { Clock } from "../../base/clock.ts";
import { pageSql, type TableTarget, toValues } from "../copy.ts";
import { StorageOpenError } from "../errors.ts";
import type { Row } from "../operation.ts";
import { type Table, tables } from "../tables.ts";
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

/**
 * Opens a database to copy into, migrated and empty.
 *
 * @throws StorageOpenError when it holds anything already
 */
export async function openPostgresTarget(url: string, clock: Clock): Promise<OpenTableTarget> {
  const pool = createPool({ url, connectionsMax: 2, onIdleError: () => {} });
  try {
    await migrate(pool, clock.nowMs());
    const client = await pool.connect();
    client.on("error", () => {});
    await begin(client, url);
    return {
      ...createTarget(client),
      async close() {
        client.release(true);
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw toOpenError(error, url);
  }
}

/** Locks the tables: an instance that starts meanwhile would write beside the copy. */
async function begin(client: PoolClient, url: string): Promise<void> {
  await client.query("BEGIN; SET LOCAL lock_timeout = 2000; SET LOCAL statement_timeout = 0");
  await client.query(`LOCK TABLE ${tables.map(({ name }) => name).join(", ")} IN EXCLUSIVE MODE`);
  for (const { name } of tables) {
    const { rowCount } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (rowCount === 0) continue;
    client.release(true);
    throw new StorageOpenError(`${describeUrl(url)} is not empty (${name}): copy into a new database`);
  }
}

function createTarget(client: PoolClient): TableTarget {
  return {
    async insert(table, rows) {
      for (let start = 0; start < rows.length; start += rowsPerInsert) {
        const batch = rows.slice(start, start + rowsPerInsert);
        await client.query(toPostgres(insertSql(table, batch.length)), batch.flat());
      }
    },
    async page(table, after, limit) {
      const sql = toPostgres(pageSql(table, after !== undefined));
      const { rows } = await client.query<Row>(sql, [...(after ?? []), limit]);
      return rows.map((row) => toValues(table, row));
    },
    async commit() {
      await client.query("COMMIT");
    },
  };
}

function insertSql({ name, columns }: Table, rows: number): string {
  const row = `(${columns.map(() => "?").join(", ")})`;
  return `INSERT INTO ${name} (${columns.join(", ")}) VALUES ${Array<string>(rows).fill(row).join(", ")}`;
}
