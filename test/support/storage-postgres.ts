/**
 * PostgreSQL for tests: one server for a test file, and on it a database for each test that asks for one. Fresh stores
 * for the suite share databases, which are emptied in between: that costs a tenth of a new one.
 *
 * With TEST_PGBOUNCER (the path of its executable) everything but administration goes through PgBouncer in transaction
 * mode.
 */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { createEmbeddedPostgres, type EmbeddedPostgres } from "../../scripts/embedded-postgres.ts";
import { systemClock } from "../../src/base/clock.ts";
import { migrations } from "../../src/storage/migrations/all.ts";
import { ledger } from "../../src/storage/migrations/ledger.ts";
import type { Parameter, Row } from "../../src/storage/operation.ts";
import { openPostgres, type PostgresOptions } from "../../src/storage/postgres/postgres-storage.ts";
import { toPostgres } from "../../src/storage/postgres/runner.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { type PgBouncer, startPgBouncer } from "../postgres/support/pgbouncer.ts";
import { type StoreFactory, tables } from "./storage-harness.ts";

/** Not synced to disk: nothing here cuts the power. Deadlocks are looked for sooner than after a second. */
const settings = {
  fsync: "off",
  full_page_writes: "off",
  autovacuum: "off",
  checkpoint_timeout: "1h",
  max_wal_size: "4GB",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_connections: "300",
  deadlock_timeout: "50ms",
};
/** Copied for each new database: a migration costs more than a copy. */
const template = "migrated";
const pgBouncerPath = process.env.TEST_PGBOUNCER;

/** Of what PgBouncer answers in PostgreSQL's place: users, and databases that are not there. */
export const isBehindPgBouncer = pgBouncerPath !== undefined;

export interface TestDatabase {
  /** Where an instance connects to. */
  readonly url: string;
  /** One statement past the storage and past PgBouncer, as the server's superuser. */
  execute(sql: string, ...parameters: readonly Parameter[]): Promise<readonly Row[]>;
}

export interface PostgresServer {
  /** The server itself, to be stopped and started. */
  embedded(): EmbeddedPostgres;
  /** A new database, migrated, with nothing in it. */
  database(): Promise<TestDatabase>;
  /** A new database without our schema. */
  emptyDatabase(options?: string): Promise<TestDatabase>;
  /** For the suite. */
  readonly store: StoreFactory;
}

/** To be called at the top of a test file: starts the server before its tests and removes it after them. */
export function postgresServer(changed: Readonly<Record<string, string>> = {}): PostgresServer {
  const resources = new AsyncDisposableStack();
  const idle: TestDatabase[] = [];
  let server: EmbeddedPostgres | undefined;
  let bouncer: PgBouncer | undefined;
  let count = 0;

  function running(): EmbeddedPostgres {
    if (server === undefined) throw new Error("PostgreSQL runs only while tests do");
    return server;
  }

  beforeAll(async () => {
    const started = await createEmbeddedPostgres({ settings: { ...settings, ...changed } });
    resources.defer(() => started.destroy());
    server = started;
    if (pgBouncerPath !== undefined)
      bouncer = resources.use(await startPgBouncer(pgBouncerPath, started.port));
    const storage = await openOn(await started.createDatabase(template));
    await storage.close();
  }, 60_000);
  afterAll(() => resources.disposeAsync(), 60_000);

  async function create(from?: string): Promise<TestDatabase> {
    count += 1;
    const name = `test_${count}`;
    const direct = await running().createDatabase(name, from);
    const pool = createAdministration(direct);
    resources.defer(() => pool.end());
    return { url: bouncer?.url(name) ?? direct, execute: executeOn(pool) };
  }

  return {
    embedded: running,
    database: () => create(template),
    emptyDatabase: create,
    async store() {
      const database = idle.pop() ?? (await create(template));
      const storage = await openOn(database.url);
      return {
        storage,
        execute: database.execute,
        async [Symbol.asyncDispose]() {
          await storage.close();
          if (await clear(database)) idle.push(database);
        },
      };
    },
  };
}

export function openOn(url: string, options: Partial<PostgresOptions> = {}): Promise<Storage> {
  return openPostgres({ url, connectionsMax: 10, clock: systemClock, onIdleError: () => {}, ...options });
}

/** Every row but the ledger's is gone; false when the ledger is not whole. */
async function clear({ execute }: TestDatabase): Promise<boolean> {
  // Past the triggers, one of which refuses to delete events.
  const deletions = tables.map((table) => `DELETE FROM ${table};`).join(" ");
  await execute(`BEGIN; SET LOCAL session_replication_role = replica; ${deletions} COMMIT`);
  const [row] = await execute(`SELECT count(*) AS count FROM ${ledger}`);
  return row?.count === migrations.length;
}

function createAdministration(url: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: url, max: 1, types: { getTypeParser } });
  // The server of a test may be stopped.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

function executeOn(pool: pg.Pool): TestDatabase["execute"] {
  return async (sql, ...parameters) => {
    const { rows } = await pool.query<Row>(toPostgres(sql), [...parameters]);
    return rows;
  };
}

/** The storage's own reading of 64-bit integers. */
const int8 = 20;
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === int8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format);
