/** R7: a file that is not ours, not whole or not known is refused in one line and left byte for byte as it was. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { StorageOpenError } from "../../src/storage/errors.ts";
import { openSqlite } from "../../src/storage/sqlite/sqlite-storage.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import {
  crashImage,
  openObserved,
  openRaw,
  sqliteFileStore,
  temporaryFolder,
} from "../support/storage-sqlite.ts";

interface Refused {
  readonly file: string;
  readonly make: (path: string) => Promise<void> | void;
  readonly message: RegExp;
}

const refused: readonly Refused[] = [
  {
    file: "random bytes",
    make: (path) => writeFileSync(path, randomBytes(8_192)),
    message: /is not an SQLite database: DATABASE_URL must name another file$/,
  },
  {
    file: "a text shorter than a header",
    make: (path) => writeFileSync(path, "SQLite format 3\n"),
    message: /is not an SQLite database/,
  },
  {
    file: "a good header before random bytes",
    make: async (path) => {
      await makeOurs(path);
      const bytes = readFileSync(path);
      writeFileSync(path, Buffer.concat([bytes.subarray(0, 100), randomBytes(bytes.length - 100)]));
    },
    message: /cannot be opened as a database \(SQLITE_[A-Z_]+\): restore a backup$/,
  },
  {
    file: "a database cut in the middle",
    make: async (path) => {
      await makeOurs(path);
      truncateSync(path, Math.floor(statSync(path).size / 2));
    },
    message: /is truncated \(\d+ of \d+ bytes\): restore a backup$/,
  },
  {
    file: "a database that lacks its last byte",
    make: async (path) => {
      await makeOurs(path);
      truncateSync(path, statSync(path).size - 1);
    },
    message: /is truncated/,
  },
  {
    file: "a database of a newer version",
    make: (path) =>
      changeOurs(path, "INSERT INTO organization_service_migrations VALUES (99, 'future', 'sum', 0)"),
    message: /was written by a newer version \(schema 99, this one knows \d+\): run that version$/,
  },
  {
    file: "a database whose applied migration is another than ours",
    make: (path) =>
      changeOurs(path, "UPDATE organization_service_migrations SET checksum = 'changed' WHERE version = 1"),
    message: /has a schema that this version did not make/,
  },
  {
    file: "a database of ours without its ledger",
    make: (path) => changeOurs(path, "DROP TABLE organization_service_migrations"),
    message: /cannot be opened as a database/,
  },
  {
    file: "another application's database",
    make: (path) => makeForeign(path, "PRAGMA user_version = 3"),
    message: /belongs to another program: DATABASE_URL must name another file$/,
  },
  {
    file: "another application's database in WAL mode",
    make: (path) => makeForeign(path, "PRAGMA journal_mode = WAL"),
    message: /belongs to another program/,
  },
  {
    file: "another application's database, marked as its own",
    make: (path) => makeForeign(path, "PRAGMA application_id = 42"),
    message: /belongs to another program/,
  },
  {
    file: "another application's database before its first table",
    make: (path) => {
      using db = openRaw(path);
      db.pragma("application_id = 42");
    },
    message: /belongs to another program/,
  },
  {
    file: "another application's database after a crash",
    make: async (path) => {
      await using folder = await temporaryFolder();
      const running = folder.file("running.db");
      using db = openRaw(running);
      db.exec("PRAGMA journal_mode = WAL; CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
      crashImage(running, path);
    },
    message: /belongs to another program/,
  },
  {
    file: "a database of ours that is damaged after a crash",
    make: makeDamagedAfterCrash,
    message: /is damaged \(Tree \d+ page \d+: .+\): restore a backup$/,
  },
  {
    file: "a folder",
    make: async (path) => {
      await mkdir(path);
    },
    message: /cannot be opened \(EISDIR\)/,
  },
];

describe("opening an SQLite file", () => {
  for (const role of ["server", "tool"] as const) {
    it.each(refused.filter(({ file }) => role === "server" || !file.includes("damaged")))(
      `$file is refused to a ${role} in one line, twice alike, and not touched`,
      async ({ make, message }) => {
        await using folder = await temporaryFolder();
        const path = folder.file("organization.db");
        await make(path);
        const before = contents(path);
        const first = await refusalOf(path, role);
        expect(first).toMatch(message);
        expect(first.startsWith(`${path} `)).toBe(true);
        expect(first).not.toContain("\n");
        expect(await refusalOf(path, role)).toBe(first);
        expect(contents(path)).toEqual(before);
      },
    );
  }

  it("nothing is left beside another program's database", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("theirs.db");
    makeForeign(path, "PRAGMA journal_mode = WAL");
    await refusalOf(path, "server");
    await refusalOf(path, "tool");
    expect(readdirSync(folder.path)).toEqual(["theirs.db"]);
  });

  it("a path through a file is refused in one line", async () => {
    await using folder = await temporaryFolder();
    writeFileSync(folder.file("file"), "not a folder");
    const path = folder.file("file/organization.db");
    expect(await refusalOf(path, "server")).toMatch(
      /^\S+organization\.db cannot be opened \([A-Z_]+\)[^\n]*$/,
    );
  });

  it("a missing folder is made, and an empty file is a new database", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("new/folder/organization.db");
    const { storage } = await openObserved(path);
    await storage.ping();
    await storage.close();

    const empty = folder.file("empty.db");
    writeFileSync(empty, "");
    const second = await openObserved(empty);
    await second.storage.ping();
    await second.storage.close();
  });

  it("the writer syncs every commit and holds references, after its writes too", async () => {
    await using store = await sqliteFileStore();
    await store.storage.organizations.create(newOrganization(), undefined, newAudit());
    const settings = ["synchronous", "journal_mode", "foreign_keys", "busy_timeout"];
    expect(settings.map((name) => store.writer.pragma(name, { simple: true }))).toEqual([2, "wal", 1, 50]);
  });

  it("what was written is there when the file is opened again", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const organization = newOrganization();
    const first = await openObserved(path);
    await first.storage.organizations.create(organization, undefined, newAudit());
    await first.storage.close();
    expect(existsSync(`${path}-wal`)).toBe(false);
    const second = await openObserved(path);
    expect(await second.storage.organizations.get(organization.id)).toStrictEqual(organization);
    await second.storage.close();
  });

  it("a database copied from under a running server opens with all that was acknowledged", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const { storage } = await openObserved(path);
    const organizations = Array.from({ length: 50 }, () => newOrganization());
    await Promise.all(organizations.map((one) => storage.organizations.create(one, undefined, newAudit())));
    crashImage(path, folder.file("copy.db"));
    await storage.close();
    const copy = await openObserved(folder.file("copy.db"));
    for (const one of organizations) expect(await copy.storage.organizations.get(one.id)).toStrictEqual(one);
    await copy.storage.close();
  });

  it("the text columns keep U+0000, which the suite does not ask of every engine", async () => {
    await using folder = await temporaryFolder();
    const { storage } = await openObserved(folder.file("organization.db"));
    const organization = newOrganization({ name: "a\u0000b", inviteDomains: ["\u0000"] });
    await storage.organizations.create(organization, undefined, newAudit());
    expect(await storage.organizations.get(organization.id)).toStrictEqual(organization);
    await storage.close();
  });
});

async function refusalOf(path: string, role: "server" | "tool"): Promise<string> {
  try {
    const storage = await openSqlite({ path, clock: systemClock, role });
    await storage.close();
  } catch (error) {
    if (error instanceof StorageOpenError) return error.message;
    throw error;
  }
  throw new Error(`${path} was opened`);
}

async function makeOurs(path: string): Promise<void> {
  const { storage } = await openObserved(path);
  await storage.organizations.create(newOrganization({ name: "x".repeat(50_000) }), undefined, newAudit());
  await storage.close();
}

async function changeOurs(path: string, sql: string): Promise<void> {
  await makeOurs(path);
  using db = openRaw(path);
  db.exec(sql);
}

function makeForeign(path: string, sql: string): void {
  using db = openRaw(path);
  db.exec("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)");
  db.exec(sql);
}

/** A log with commits beside a main file of which one page was overwritten. */
async function makeDamagedAfterCrash(path: string): Promise<void> {
  await using folder = await temporaryFolder();
  const running = folder.file("running.db");
  const { storage, writer } = await openObserved(running);
  await storage.organizations.create(newOrganization({ name: "x".repeat(50_000) }), undefined, newAudit());
  writer.pragma("wal_checkpoint(TRUNCATE)");
  await storage.organizations.create(newOrganization(), undefined, newAudit());
  crashImage(running, path);
  await storage.close();
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4_096 * 2, 4_096 * 4);
  writeFileSync(path, bytes);
}

/** The file, and its log if there is anything in it: reading a database in WAL mode can leave an empty one. */
function contents(path: string): readonly string[] {
  const files = [path, `${path}-wal`].filter((file) => existsSync(file) && statSync(file).isFile());
  return files.map((file) => sha256(readFileSync(file))).filter((hash) => hash !== sha256(Buffer.alloc(0)));
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
