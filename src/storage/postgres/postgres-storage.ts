/** PostgreSQL behind the storage contract: stateless instances over one database. */
import type { Pool } from "pg";
import type { Clock } from "../../base/clock.ts";
import { StorageError, StorageOpenError } from "../errors.ts";
import { createRepositories } from "../repositories.ts";
import type { Storage } from "../storage.ts";
import { fromPostgresError, isConnectionLoss, sqlStateOf } from "./errors.ts";
import { createExecutor } from "./executor.ts";
import { migrate } from "./migrate.ts";
import { createPool } from "./pool.ts";
import { describeUrl } from "./url.ts";

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

/** Never the URL: it holds the password. */
function toOpenError(error: unknown, url: string): unknown {
  if (error instanceof StorageOpenError) return error;
  const where = describeUrl(url);
  const code = sqlStateOf(error);
  if (code?.startsWith("28")) {
    return new StorageOpenError(`${where} refuses the user or the password of DATABASE_URL`, {
      cause: error,
    });
  }
  if (code === "3D000") {
    return new StorageOpenError(`${where} does not exist: create the database`, { cause: error });
  }
  if (code?.startsWith("42")) {
    return new StorageOpenError(
      `${where} cannot be migrated (SQLSTATE ${code}): its user needs the right to create tables, and the schema must be free of other programs' tables of the same names`,
      { cause: error },
    );
  }
  if (isConnectionLoss(error) || fromPostgresError(error) instanceof StorageError) {
    return new StorageOpenError(`${where} cannot be reached: check DATABASE_URL, and that PostgreSQL runs`, {
      cause: error,
    });
  }
  return error;
}
