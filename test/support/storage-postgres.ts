/** Fresh PostgreSQL stores for the suite: one server for a test file, one database for a test. */
import pg from "pg";
import { afterAll, beforeAll } from "vitest";
import { createEmbeddedPostgres, type EmbeddedPostgres } from "../../scripts/embedded-postgres.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { Row } from "../../src/storage/operation.ts";
import { openPostgres } from "../../src/storage/postgres/postgres-storage.ts";
import { toPostgres } from "../../src/storage/postgres/runner.ts";
import type { StoreFactory, StoreUnderTest } from "./storage-harness.ts";

/** Not synced to disk: nothing here cuts the power. */
const settings = { fsync: "off", full_page_writes: "off", max_connections: "300" };
/** Copied for each test: a migration costs more than a copy. */
const template = "migrated";

export interface PostgresStores {
  readonly server: () => EmbeddedPostgres;
  /** A new database, migrated, with nothing in it. */
  readonly database: () => Promise<string>;
  readonly store: StoreFactory;
}

/** To be called at the top of a test file: starts the server before its tests and removes it after them. */
export function postgresStores(): PostgresStores {
  let server: EmbeddedPostgres | undefined;
  let count = 0;
  const running = (): EmbeddedPostgres => {
    if (server === undefined) throw new Error("PostgreSQL runs only while tests do");
    return server;
  };
  beforeAll(async () => {
    server = await createEmbeddedPostgres({ settings });
    const storage = await open(await server.createDatabase(template));
    await storage.close();
  }, 60_000);
  afterAll(async () => await server?.destroy());

  async function database(): Promise<string> {
    count += 1;
    return await running().createDatabase(`test_${count}`, template);
  }
  return {
    server: running,
    database,
    store: async () => await storeOn(await database()),
  };
}

function open(url: string) {
  return openPostgres({ url, connectionsMax: 10, clock: systemClock, onIdleError: () => {} });
}

async function storeOn(url: string): Promise<StoreUnderTest> {
  const storage = await open(url);
  return {
    storage,
    async execute(sql, ...parameters) {
      const client = new pg.Client({ connectionString: url, types: { getTypeParser } });
      await client.connect();
      try {
        return (await client.query<Row>(toPostgres(sql), [...parameters])).rows;
      } finally {
        await client.end();
      }
    },
    [Symbol.asyncDispose]: () => storage.close(),
  };
}

/** The storage's own reading of 64-bit integers. */
const int8 = 20;
const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === int8 && format !== "binary" ? Number : pg.types.getTypeParser(oid, format);
