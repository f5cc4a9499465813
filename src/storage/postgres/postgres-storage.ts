/** PostgreSQL behind the storage contract: stateless instances over one database. */
import type { Pool } from "pg";
import type { Clock } from "../../base/clock.ts";
import { withNotices } from "../commit-notices.ts";
import { isMigrated } from "../migrations/ledger.ts";
import { createRepositories } from "../repositories.ts";
import type { Storage } from "../storage.ts";
import { unavailable } from "./errors.ts";
import { createExecutor } from "./executor.ts";
import { migrate } from "./migrate.ts";
import { toOpenError } from "./open-error.ts";
import { type ConnectionPool, createPool } from "./pool.ts";

export interface PostgresOptions {
  readonly url: string;
  readonly connectionsMax: number;
  readonly clock: Clock;
  readonly onIdleError: (error: Error) => void;
  readonly observer?: PostgresObserver;
}

/** Sees what the engine works with: for tests that ask the database itself. */
export interface PostgresObserver {
  opened?(pool: Pool): void;
  /** Told each statement that an operation runs. */
  running?(sql: string, adHoc: boolean): void;
}

/** Of the connections, how many may be held by snapshots. */
const heldShare = 1 / 4;

/** @throws StorageOpenError with one line that says what to do */
export async function openPostgres(options: PostgresOptions): Promise<Storage> {
  const connections = createPool(options);
  try {
    await migrate(connections.pool, options.clock.nowMs());
  } catch (error) {
    await connections.close();
    throw toOpenError(error, options.url);
  }
  options.observer?.opened?.(connections.pool);
  return assemble(connections, options);
}

function assemble(connections: ConnectionPool, { connectionsMax, observer }: PostgresOptions): Storage {
  const heldMax = Math.max(Math.floor(connectionsMax * heldShare), 1);
  const executor = createExecutor(connections.pool, heldMax, observer?.running);
  const noticed = withNotices(executor);
  let closing: Promise<void> | undefined;
  return {
    ...createRepositories(noticed.executor),
    onAppended: noticed.onAppended,
    async ping() {
      if (!(await executor.read(isMigrated))) throw unavailable("a migration is missing");
    },
    async backup() {
      throw unavailable("PostgreSQL is backed up by its own tools: use pg_dump");
    },
    close() {
      closing ??= executor.close().then(() => connections.close());
      return closing;
    },
  };
}
