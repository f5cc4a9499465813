/** From SQLite to PostgreSQL: everything, or nothing. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { copyTables, type TableTarget, type Values } from "../../src/storage/copy.ts";
import { StorageOpenError } from "../../src/storage/errors.ts";
import { copyDatabase } from "../../src/storage/open.ts";
import { openSqliteSource } from "../../src/storage/sqlite/table-source.ts";
import { type Table, tables } from "../../src/storage/tables.ts";
import { cli } from "../cli/support.ts";
import { fillSqlite } from "../postgres/support/fill-sqlite.ts";
import { adminToken, type Instance, startInstance, textAt } from "../postgres/support/instances.ts";
import { hold } from "../postgres/support/locks.ts";
import { startProxy } from "../postgres/support/proxy.ts";
import { unavailable } from "../postgres/support/storages.ts";
import { ManualClock } from "../support/clock.ts";
import { faultOf, tables as migratedTables } from "../support/storage-harness.ts";
import { openOn, postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newAudit, newMember, newOrganization } from "../support/storage-records.ts";
import { openObserved, type TemporaryFolder, temporaryFolder } from "../support/storage-sqlite.ts";

const server = postgresServer();
/** More than two pages of a copy. */
const many = 2_500;
const few = 60;

interface Source extends AsyncDisposable {
  readonly path: string;
  readonly folder: TemporaryFolder;
}

/** A database with rows in every table, which no process has open. */
async function filledSource(rowsPerTable: number): Promise<Source> {
  const folder = await temporaryFolder();
  const path = folder.file("organization.db");
  await (await openObserved(path)).storage.close();
  fillSqlite(path, rowsPerTable);
  return { path, folder, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function copyOf({ path }: Source, url: string): Promise<ReadonlyMap<string, number>> {
  return copyDatabase(path, url, systemClock, () => {});
}

type Dump = ReadonlyMap<string, readonly unknown[]>;

/** Every row, by its table; the bytes of a BLOB and of a BYTEA are equal when their hex is. */
function comparable(row: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString("hex")}` : value,
  ]);
  return Object.fromEntries(entries);
}

function inOrderOfKey({ name, key }: Table): string {
  return `SELECT * FROM ${name} ORDER BY ${key.join(", ")}`;
}

function dumpOfSqlite({ path }: Source): Dump {
  const db = new Database(path, { readonly: true });
  const dump = tables.map((table): [string, unknown[]] => [
    table.name,
    db.prepare<[], Record<string, unknown>>(inOrderOfKey(table)).all().map(comparable),
  ]);
  db.close();
  return new Map(dump);
}

async function dumpOfPostgres({ execute }: TestDatabase): Promise<Dump> {
  const dump = new Map<string, unknown[]>();
  for (const table of tables) dump.set(table.name, (await execute(inOrderOfKey(table))).map(comparable));
  return dump;
}

async function rowCountOf(database: TestDatabase): Promise<number> {
  return [...(await dumpOfPostgres(database)).values()].flat().length;
}

/** The one line that a copy is refused with. */
async function refusalOf(copying: Promise<unknown>): Promise<string> {
  try {
    await copying;
  } catch (error) {
    if (!(error instanceof StorageOpenError)) throw error;
    expect(error.message).not.toContain("\n");
    return error.message;
  }
  throw new Error("it was copied");
}

describe("a copy", () => {
  it("has every row of every table, with awkward values, and says how many", async () => {
    await using source = await filledSource(many);
    const database = await server.emptyDatabase();
    const counts = await copyOf(source, database.url);
    const original = dumpOfSqlite(source);
    expect(Object.fromEntries(counts)).toEqual(
      Object.fromEntries([...original].map(([name, rows]) => [name, rows.length])),
    );
    for (const { name } of tables) expect(counts.get(name)).toBe(many);
    expect(await dumpOfPostgres(database)).toEqual(original);
  });

  it("serves as the original did, with the same key", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const clock = new ManualClock();
    const before = await inhabit(`sqlite:${path}`, clock);
    const database = await server.emptyDatabase();
    const answer = await cli(["copy", "--from", `sqlite:${path}`, "--to", database.url]);
    expect(answer).toMatchObject({ code: 0 });
    expect(answer.out).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^organizations +2$/),
        expect.stringMatching(/^personal_access_tokens +1$/),
        "everything was copied; counts and checksums agree",
      ]),
    );
    expect(answer.err).toContain("copied 2 of 2 rows of organizations");

    await using instance = await startInstance(database.url, clock);
    expect(await whatIsSeen(instance, before)).toEqual(before.seen);
    const { storage, keyring } = instance.app.context;
    expect(
      await storage.credentials.findScimConfiguration(keyring.hashToken(before.scimToken)),
    ).toMatchObject({
      id: before.scimConfigurationId,
    });
    const sso = await storage.ssoConfigurations.get(before.organization, before.ssoConfiguration);
    const binding = `sso_configurations/${sso.organizationId}/${sso.id}/client_secret`;
    expect(keyring.unseal(sso.sealedClientSecret, binding)).toBe("the client's secret");
    // And the log goes on where it was.
    await storage.organizations.update(before.organization, { name: "On PostgreSQL" }, newAudit());
    const events = await storage.events.list(before.organization, 0, 100);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  });
});

interface Inhabited {
  readonly token: string;
  readonly scimToken: string;
  readonly scimConfigurationId: string;
  readonly organization: ReturnType<typeof newOrganization>["id"];
  readonly ssoConfiguration: Parameters<Instance["app"]["context"]["storage"]["ssoConfigurations"]["get"]>[1];
  readonly seen: readonly string[];
}

/** Uses the service on a database, and stops it. */
async function inhabit(databaseUrl: string, clock: ManualClock): Promise<Inhabited> {
  await using instance = await startInstance(databaseUrl, clock);
  const { app, call } = instance;
  const organization = newOrganization();
  const member = newMember(organization.id);
  await app.context.storage.organizations.create(organization, member, newAudit());
  const operator = { token: adminToken };
  await call("OrganizationService/CreateOrganization", { name: "Another" }, operator);
  const token = textAt(
    await call(
      "UserService/CreatePersonalAccessToken",
      { userId: member.userId, description: "theirs" },
      operator,
    ),
    "token",
  );
  const organizationId = organization.id;
  const sso = {
    organizationId,
    clientId: "client",
    clientSecret: "the client's secret",
    issuerUrl: "https://issuer.example",
  };
  await call("OrganizationService/CreateSSOConfiguration", sso, { token });
  const [created] = await app.context.storage.ssoConfigurations.list(organizationId, {
    afterId: undefined,
    limit: 1,
  });
  if (created === undefined) throw new Error("no SSO configuration");
  const scim = await call(
    "OrganizationService/CreateSCIMConfiguration",
    { organizationId, ssoConfigurationId: created.id },
    { token },
  );
  const inhabited = {
    token,
    scimToken: textAt(scim, "token"),
    scimConfigurationId: textAt(scim, "scimConfiguration.id"),
    organization: organizationId,
    ssoConfiguration: created.id,
  };
  return { ...inhabited, seen: await whatIsSeen(instance, inhabited) };
}

async function whatIsSeen({ call }: Instance, { token, organization }: Omit<Inhabited, "seen">) {
  const organizationId = organization;
  const answers = [
    await call("IdentityService/GetAuthenticatedIdentity", {}, { token: adminToken }),
    await call("IdentityService/GetAuthenticatedIdentity", {}, { token }),
    await call("UserService/GetAuthenticatedUser", {}, { token }),
    await call("OrganizationService/GetOrganization", { organizationId }, { token }),
    await call("OrganizationService/ListSSOConfigurations", { organizationId }, { token }),
    await call("OrganizationService/ListSCIMConfigurations", { organizationId }, { token }),
  ];
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  return answers.map(({ text }) => text);
}

describe.concurrent("a copy is refused", () => {
  it("into a database that is not empty, which stays as it is", async () => {
    await using source = await filledSource(few);
    const database = await server.emptyDatabase();
    const storage = await openOn(database.url);
    await storage.organizations.create(newOrganization(), undefined, newAudit());
    await storage.close();
    const before = await dumpOfPostgres(database);
    expect(await refusalOf(copyOf(source, database.url))).toMatch(
      /^the PostgreSQL database \S+ is not empty \(organizations\): copy into a new database$/,
    );
    expect(await dumpOfPostgres(database)).toEqual(before);
    const { code, out, err } = await cli(["copy", "--from", `sqlite:${source.path}`, "--to", database.url]);
    expect({ code, out, lines: err.length }).toEqual({ code: 1, out: [], lines: 1 });
  });

  it("into a database that a process writes to just now", async () => {
    await using source = await filledSource(few);
    const database = await server.emptyDatabase();
    await (await openOn(database.url)).close();
    await using held = await hold(database, "LOCK TABLE members IN ROW EXCLUSIVE MODE");
    expect(await refusalOf(copyOf(source, database.url))).toMatch(
      / is locked by another process: .*55P03\)$/,
    );
    await held[Symbol.asyncDispose]();
    await copyOf(source, database.url);
  });

  it("from a database that a service runs on", async () => {
    await using source = await filledSource(few);
    const { storage } = await openObserved(source.path);
    const database = await server.emptyDatabase();
    expect(await refusalOf(copyOf(source, database.url))).toMatch(/^another process serves /);
    await storage.close();
    await copyOf(source, database.url);
  });

  it("from a file that is not there, and none is made", async () => {
    await using folder = await temporaryFolder();
    const { url } = await server.emptyDatabase();
    const path = folder.file("absent.db");
    const { code, out, err } = await cli(["copy", "--from", `sqlite:${path}`, "--to", url]);
    expect({ code, out, err }).toEqual({ code: 1, out: [], err: [`${path} does not exist`] });
    expect(await refusalOf(copyOf({ path, folder, [Symbol.asyncDispose]: async () => {} }, url))).toBe(
      `${path} does not exist`,
    );
  });

  it("of text that PostgreSQL cannot keep, and nothing of it stays", async () => {
    await using source = await filledSource(few);
    const db = new Database(source.path);
    db.prepare("UPDATE organizations SET name = ? WHERE rowid = 17").run("NUL \0 inside");
    db.close();
    const database = await server.emptyDatabase();
    expect(await refusalOf(copyOf(source, database.url))).toBe(
      "organizations has text with the character U+0000, which PostgreSQL cannot keep: nothing was copied",
    );
    expect(await rowCountOf(database)).toBe(0);
  });

  it("when the two ends are not what they should be, with every problem", async () => {
    expect(await cli(["copy", "--from", "postgres://host/database", "--to", "sqlite:here.db"])).toMatchObject(
      {
        code: 2,
        err: [expect.stringMatching(/^--from: /), expect.stringMatching(/^--to: /)],
      },
    );
  });
});

describe.concurrent("a copy that is interrupted", () => {
  it("in the middle leaves an empty target, into which the next one goes", async () => {
    await using source = await filledSource(many);
    const database = await server.emptyDatabase();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    let steps = 0;
    const cutInTheMiddle = (): void => {
      steps += 1;
      if (steps === 8) proxy.cut();
    };
    const copying = copyDatabase(source.path, proxy.url(database.url), systemClock, cutInTheMiddle);
    expect(await refusalOf(copying)).toMatch(/^the PostgreSQL database \S+ cannot be reached /);
    expect(steps).toBeGreaterThanOrEqual(8);
    expect(await rowCountOf(database)).toBe(0);
    await copyOf(source, proxy.url(database.url));
    expect(await dumpOfPostgres(database)).toEqual(dumpOfSqlite(source));
  });

  it("at its commit says that the next attempt will tell, and it does", async () => {
    await using source = await filledSource(few);
    const database = await server.emptyDatabase();
    await (await openOn(database.url)).close();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    const copying = refusalOf(copyOf(source, proxy.url(database.url)));
    const commit = await proxy.nextCommit();
    // Until then the target is nobody else's.
    const other = await openOn(database.url);
    expect(await faultOf(other.instance.keyCheck("another installation's"))).toEqual(unavailable);
    await other.close();
    commit.forward();
    commit.cutClient();
    expect(await copying).toMatch(
      /was lost at the end: copy again; if it is then not empty, the copy is whole$/,
    );
    expect(await refusalOf(copyOf(source, database.url))).toMatch(/ is not empty /);
    expect(await dumpOfPostgres(database)).toEqual(dumpOfSqlite(source));
  });
});

describe("verification", () => {
  it.each<[string, (rows: readonly Values[]) => readonly Values[]]>([
    ["lost a row", (rows) => rows.slice(1)],
    [
      "changed a value",
      (rows) => rows.map((row, at) => (at === 50 ? [...row.slice(0, -1), "changed"] : row)),
    ],
    [
      "put rows in another order",
      ([one, two, ...rows]) => [two, one, ...rows].filter((row) => row !== undefined),
    ],
  ])("finds that the target %s, and does not commit", async (_, spoil) => {
    await using source = await filledSource(few);
    const opened = openSqliteSource(source.path);
    const target = spoiledTarget("events", spoil);
    expect(await refusalOf(copyTables(opened, target, () => {}))).toBe(
      "the copy of events differs from the original: nothing was kept of it",
    );
    expect(target.committed).toBe(false);
    opened.close();
  });
});

/** In memory; what it gives back of one table was spoiled. */
function spoiledTarget(spoiled: string, spoil: (rows: readonly Values[]) => readonly Values[]) {
  const kept = new Map<string, Values[]>();
  const target: TableTarget & { committed: boolean } = {
    committed: false,
    async insert({ name }: Table, rows: readonly Values[]) {
      kept.set(name, [...(kept.get(name) ?? []), ...rows]);
    },
    async page({ name, key }: Table, after: Values | undefined, limit: number) {
      const rows = kept.get(name) ?? [];
      const found =
        after === undefined ? -1 : rows.findIndex((row) => key.every((_, at) => row[at] === after[at]));
      const page = rows.slice(found + 1, found + 1 + limit);
      return name === spoiled ? spoil(page) : page;
    },
    async commit() {
      target.committed = true;
    },
  };
  return target;
}

describe("the list of tables", () => {
  const listed = tables.map(({ name, columns }) => ({ name, columns: columns.toSorted() }));

  it("has every table that the migrations make", () => {
    expect(tables.map(({ name }) => name).toSorted()).toEqual(migratedTables.toSorted());
  });

  it("has the columns and keys of SQLite's schema, and what is referred to before what refers", async () => {
    await using source = await filledSource(few);
    const db = new Database(source.path, { readonly: true });
    for (const { name, columns, key } of tables) {
      const info = db.prepare<[], { name: string; pk: number }>(`PRAGMA table_info(${name})`).all();
      expect({ name, columns: info.map((column) => column.name).toSorted() }).toEqual(
        listed.find((table) => table.name === name),
      );
      const primary = info.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
      expect(primary.map((column) => column.name)).toEqual(key);
      expect(columns.slice(0, key.length)).toEqual(key);
      for (const { table } of db.prepare<[], { table: string }>(`PRAGMA foreign_key_list(${name})`).all()) {
        expectBefore(table, name);
      }
    }
    db.close();
  });

  it("has the columns and keys of PostgreSQL's schema, and what is referred to before what refers", async () => {
    const { execute } = await server.database();
    const columns = await execute(
      "SELECT table_name AS name, column_name AS column FROM information_schema.columns WHERE table_schema = 'public'",
    );
    for (const { name, columns: own } of listed) {
      const found = columns.filter((row) => row.name === name).map(({ column }) => column);
      expect({ name, columns: found.toSorted() }).toEqual({ name, columns: own });
    }
    const constraints = await execute(
      `SELECT conrelid::regclass::text AS name, contype AS type, confrelid::regclass::text AS parent,
         (SELECT string_agg(attname, ',' ORDER BY place)
          FROM unnest(conkey) WITH ORDINALITY AS key (attnum, place)
          JOIN pg_attribute AS attribute ON attrelid = conrelid AND attribute.attnum = key.attnum) AS columns
       FROM pg_constraint WHERE contype IN ('p', 'f') AND connamespace = 'public'::regnamespace`,
    );
    for (const { name, key } of tables) {
      const primary = constraints.find((one) => one.name === name && one.type === "p");
      expect(primary?.columns).toBe(key.join(","));
    }
    const references = constraints.filter(({ type }) => type === "f");
    expect(references.length).toBeGreaterThan(3);
    for (const { name, parent } of references) expectBefore(String(parent), String(name));
  });
});

function expectBefore(parent: string, child: string): void {
  const order = tables.map(({ name }) => name);
  expect(order).toContain(parent);
  expect(order.indexOf(parent)).toBeLessThan(order.indexOf(child));
}
