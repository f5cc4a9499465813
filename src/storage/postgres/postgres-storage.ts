/** PostgreSQL behind the storage contract: stateless instances over one database. */
import type { Pool } from "pg";
import type { Clock } from "../../base/clock.ts";
import { integer } from "../columns.ts";
import { schemaVersion } from "../migrations/all.ts";
import { ledger } from "../migrations/ledger.ts";
import { first, type Row } from "../operation.ts";
import { createRepositories } from "../repositories.ts";
import type { Storage } from "../storage.ts";
import { unavailable } from "./errors.ts";
import { createExecutor } from "./executor.ts";
import { migrate } from "./migrate.ts";
import { toOpenError } from "./open-error.ts";
import { createPool } from "./pool.ts";

export interface PostgresOptions {
  readonly url: string;
  readonly connectionsMax: number;
  readonly clock: Clock;
  readonly onIdleError: (error: Error) => void;
}

/** @throws StorageOpenError with one line that says what to do */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const pool = createPool(options);
  try {
    await migrate(pool, options.clock.nowMs());
  } catch (error) {
    await pool.end();
    throw toOpenError(error, options.url);
  }
  return assemble(pool);
}

function assemble(pool: Pool): Storage {
  const executor = createExecutor(pool);
  let closing: Promise<void> | undefined;
  return {
    ...createRepositories(executor),
    async ping() {
      const version = await executor.read(() => first(selectVersion));
      if (version !== schemaVersion) throw unavailable("the schema is not this version's");
    },
    async backup() {
      throw unavailable("PostgreSQL is backed up by its own tools: use pg_dump");
    },
    close() {
      closing ??= executor.close().then(() => pool.end());
      return closing;
    },
  };
}

const selectVersion = {
  sql: `SELECT version FROM ${ledger} ORDER BY version DESC LIMIT 1`,
  decode: (row: Row) => integer(row, "version"),
};
