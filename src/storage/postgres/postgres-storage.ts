/** PostgreSQL behind the storage contract: stateless instances over one database. */
import type { Pool } from "pg";
import type { Clock } from "../../base/clock.ts";
import { StorageError } from "../errors.ts";
import { createRepositories } from "../repositories.ts";
import type { Storage } from "../storage.ts";
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
  let closed = false;
  return {
    ...createRepositories(executor),
    async ping() {
      await executor.read(function* ping() {
        yield { sql: "SELECT 1", parameters: [], kind: "row" };
      });
    },
    async backup() {
      throw new StorageError({
        kind: "unavailable",
        reason: "PostgreSQL is backed up by its own tools: use pg_dump",
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await pool.end();
    },
  };
}
