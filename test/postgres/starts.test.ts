/** R19: instances that start, at once and one after the other, on databases of every age. */

import { once } from "node:events";
import { createServer } from "node:net";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { StorageOpenError } from "../../src/storage/errors.ts";
import type * as AllMigrations from "../../src/storage/migrations/all.ts";
import { ledger } from "../../src/storage/migrations/ledger.ts";
import { checksum, type Migration } from "../../src/storage/migrations/migration.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { isBehindPgBouncer, openOn, postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import { startProxy } from "./support/proxy.ts";
import { until, waitingFor } from "./support/storages.ts";

/** The versions of this program: each test decides what the present one knows. */
const known = vi.hoisted(() => ({ migrations: [] as Migration[] }));
vi.mock("../../src/storage/migrations/all.ts", () => ({
  migrations: known.migrations,
  get schemaVersion() {
    return known.migrations.length;
  },
}));

const { migrations: shipped } = await vi.importActual<typeof AllMigrations>(
  "../../src/storage/migrations/all.ts",
);

/** Of the version after this one. */
const next: Migration = {
  version: shipped.length + 1,
  name: "next",
  statements: [
    "CREATE TABLE next (id TEXT NOT NULL PRIMARY KEY) {STRICT}",
    "INSERT INTO next VALUES ('once')",
    "ALTER TABLE organizations ADD COLUMN next TEXT",
  ],
};

function versionKnows(...migrations: readonly Migration[]): void {
  known.migrations.splice(0, Number.POSITIVE_INFINITY, ...migrations);
}

const server = postgresServer();
beforeEach(() => versionKnows(...shipped));

const instances = 5;

function startAll(url: string): Promise<Storage[]> {
  return Promise.all(Array.from({ length: instances }, () => openOn(url)));
}

async function serveAndClose(storages: readonly Storage[]): Promise<void> {
  for (const storage of storages) {
    await storage.ping();
    await storage.organizations.create(newOrganization(), undefined, newAudit());
    await storage.close();
  }
}

async function applied({ execute }: TestDatabase): Promise<readonly unknown[]> {
  return await execute(`SELECT version, name, checksum FROM ${ledger} ORDER BY version`);
}

function entriesOf(...migrations: readonly Migration[]): readonly unknown[] {
  return migrations.map((one) => ({ version: one.version, name: one.name, checksum: checksum(one) }));
}

/** The one line that a start is refused with. */
async function refusalOf(opening: Promise<Storage>): Promise<string> {
  try {
    await (await opening).close();
  } catch (error) {
    if (!(error instanceof StorageOpenError)) throw error;
    expect(error.message).not.toContain("\n");
    return error.message;
  }
  throw new Error("it was opened");
}

describe("instances that start at once", () => {
  it("on an empty database all come up, and each migration was applied once", async () => {
    const database = await server.emptyDatabase();
    await serveAndClose(await startAll(database.url));
    expect(await applied(database)).toEqual(entriesOf(...shipped));
  });

  it("on an older schema all come up, and the newer migration was applied once", async () => {
    const database = await server.emptyDatabase();
    await serveAndClose([await openOn(database.url)]);
    versionKnows(...shipped, next);
    await serveAndClose(await startAll(database.url));
    expect(await applied(database)).toEqual(entriesOf(...shipped, next));
    expect(await database.execute("SELECT * FROM next")).toEqual([{ id: "once" }]);
    expect(await database.execute("SELECT * FROM organizations")).toHaveLength(1 + instances);
  });

  it("wait for one that migrates for long, and then come up", async () => {
    const database = await server.emptyDatabase();
    versionKnows(...shipped, { ...next, statements: [...next.statements, "SELECT pg_sleep(5.5)"] });
    await serveAndClose(await startAll(database.url));
    expect(await applied(database)).toHaveLength(next.version);
  });

  it("on a database whose transactions are serializable by default all come up", async () => {
    const database = await server.emptyDatabase();
    await database.execute(
      `ALTER DATABASE "${new URL(database.url).pathname.slice(1)}" SET default_transaction_isolation = serializable`,
    );
    await serveAndClose(await startAll(database.url));
    expect(await applied(database)).toEqual(entriesOf(...shipped));
  });
});

describe("a migration", () => {
  it("whose connection is ended leaves nothing of itself, and the instance that waited completes it", async () => {
    const database = await server.emptyDatabase();
    versionKnows(...shipped, { ...next, statements: [...next.statements, "SELECT pg_sleep(60)"] });
    const migrating = refusalOf(openOn(database.url));
    await until(async () => (await sleepers(database)).length === 1);
    const waiting = openOn(database.url);
    await until(async () => (await waitingFor(database, "SELECT pg_advisory_xact_lock")) === 1);
    expect(await database.execute("SELECT to_regclass('organizations') AS organizations")).toEqual([
      { organizations: null },
    ]);
    versionKnows(...shipped, next);
    for (const pid of await sleepers(database)) await database.execute("SELECT pg_terminate_backend(?)", pid);
    expect(await migrating).toMatch(/^the PostgreSQL database \S+ cannot be reached \(57P01\): /);
    await serveAndClose([await waiting]);
    expect(await applied(database)).toEqual(entriesOf(...shipped, next));
    expect(await database.execute("SELECT * FROM next")).toEqual([{ id: "once" }]);
  });

  it("that fails leaves nothing of itself nor of those before it in the same start", async () => {
    const database = await server.emptyDatabase();
    versionKnows(...shipped, { ...next, statements: [...next.statements, "SELECT 1 / 0"] });
    await expect(openOn(database.url)).rejects.toThrow("division by zero");
    expect(await database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    versionKnows(...shipped, next);
    await serveAndClose([await openOn(database.url)]);
    expect(await applied(database)).toEqual(entriesOf(...shipped, next));
  });
});

describe("the schema", () => {
  it.each(["UPDATE events SET action = 'forged'", "DELETE FROM events", "TRUNCATE events"])(
    "refuses %s, whoever asks",
    async (sql) => {
      const database = await server.database();
      const storage = await openOn(database.url);
      await storage.organizations.create(newOrganization(), undefined, newAudit());
      await storage.close();
      await expect(database.execute(sql)).rejects.toThrow("events are append-only");
      expect(await database.execute("SELECT * FROM events")).toHaveLength(1);
    },
  );
});

describe("a database that is", () => {
  it.skipIf(isBehindPgBouncer)("up to date is opened by a user who may not create anything", async () => {
    const database = await server.emptyDatabase();
    await (await openOn(database.url)).close();
    const url = await userOf(
      database,
      "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO",
    );
    await serveAndClose([await openOn(url)]);
  });

  it("newer is refused in one line, and left as it is", async () => {
    const database = await server.emptyDatabase();
    versionKnows(...shipped, next);
    await (await openOn(database.url)).close();
    versionKnows(...shipped);
    expect(await refusalOf(openOn(database.url))).toBe(
      `the database was written by a newer version (schema ${next.version}, this one knows ${shipped.length}): run that version`,
    );
    expect(await applied(database)).toEqual(entriesOf(...shipped, next));
  });

  it("newer since this instance started keeps it ready: the newer one comes up beside it", async () => {
    const database = await server.emptyDatabase();
    const older = await openOn(database.url);
    versionKnows(...shipped, next);
    const newer = await openOn(database.url);
    await serveAndClose([older, newer]);
  });

  it("made by another version, by its checksum, is refused in one line", async () => {
    const database = await server.emptyDatabase();
    await (await openOn(database.url)).close();
    const [first, ...others] = shipped;
    if (first === undefined) throw new Error("there are no migrations");
    versionKnows({ ...first, statements: [...first.statements, "SELECT 1"] }, ...others);
    expect(await refusalOf(openOn(database.url))).toBe(
      "the database has a schema that this version did not make: run the version that made it",
    );
  });

  it("another program's is refused in one line, and left as it is", async () => {
    const database = await server.emptyDatabase();
    await database.execute("CREATE TABLE members (name TEXT)");
    expect(await refusalOf(openOn(database.url))).toMatch(
      / must be free of other programs' tables .*42P07\)$/,
    );
    expect(await database.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([
      { tablename: "members" },
    ]);
  });

  it("not UTF-8 is refused in one line", async () => {
    const admin = await server.database();
    await admin.execute(
      "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc TEMPLATE template0",
    );
    expect(await refusalOf(openOn(databaseOf(admin, "latin")))).toBe(
      "the database has the encoding LATIN1: create one WITH ENCODING 'UTF8' TEMPLATE template0",
    );
  });

  it.skipIf(isBehindPgBouncer)("not there is refused in one line, without the password", async () => {
    const url = new URL(databaseOf(await server.database(), "absent"));
    url.password = "hunter2";
    const { port } = url;
    expect(await refusalOf(openOn(url.href))).toBe(
      `the PostgreSQL database 127.0.0.1:${port}/absent does not exist: create the database (SQLSTATE 3D000)`,
    );
  });

  it.skipIf(isBehindPgBouncer)(
    "for a user that it does not know is refused in one line, without the name",
    async () => {
      const url = new URL((await server.database()).url);
      url.username = "mallory";
      expect(await refusalOf(openOn(url.href))).toMatch(
        /^the PostgreSQL database \S+ refuses the user or the password of DATABASE_URL \(SQLSTATE 28000\)$/,
      );
    },
  );

  it.skipIf(isBehindPgBouncer)(
    "for a user without the right to create tables is refused in one line",
    async () => {
      const url = await userOf(await server.emptyDatabase(), "GRANT USAGE ON SCHEMA public TO");
      expect(await refusalOf(openOn(url))).toMatch(/its user needs the right to create tables, .*42501\)$/);
    },
  );

  it.each(["127.0.0.1", "localhost"])("not listening at %s is refused in one line", async (host) => {
    const listener = createServer().listen(0, host);
    await once(listener, "listening");
    const address = listener.address();
    const port = typeof address === "object" ? address?.port : undefined;
    listener.close();
    await once(listener, "close");
    expect(await refusalOf(openOn(`postgres://user:hunter2@${host}:${port}/any`))).toBe(
      `the PostgreSQL database ${host}:${port}/any cannot be reached (ECONNREFUSED): check DATABASE_URL, and that PostgreSQL runs`,
    );
  });

  it("behind TLS that it does not speak is refused in one line", async () => {
    const { url } = await server.database();
    expect(await refusalOf(openOn(`${url}?ssl=true`))).toMatch(
      /cannot be reached \(.*SSL.*\): check DATABASE_URL/,
    );
  });

  it("silent is refused within seconds", async () => {
    const { url } = await server.database();
    await using proxy = await startProxy(Number(new URL(url).port));
    proxy.freeze();
    expect(await refusalOf(openOn(proxy.url(url)))).toMatch(/ cannot be reached \(.*\): check DATABASE_URL/);
  });
});

function databaseOf({ url }: TestDatabase, name: string): string {
  const other = new URL(url);
  other.pathname = `/${name}`;
  return other.href;
}

let users = 0;

/** The database's URL for a new user with that right and no other. */
async function userOf({ url, execute }: TestDatabase, grant: string): Promise<string> {
  users += 1;
  const name = `user_${users}`;
  await execute(`CREATE USER ${name}`);
  await execute(`${grant} ${name}`);
  const own = new URL(url);
  own.username = name;
  return own.href;
}

/** The sessions that are in the middle of a slow statement. */
async function sleepers({ execute }: TestDatabase): Promise<readonly number[]> {
  const rows = await execute(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
  );
  return rows.map(({ pid }) => Number(pid));
}
