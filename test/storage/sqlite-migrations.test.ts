/** Each migration happens once and whole, or not at all. */
import { randomInt } from "node:crypto";
import type Database from "better-sqlite3";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { migrations } from "../../src/storage/migrations/all.ts";
import { ledger } from "../../src/storage/migrations/ledger.ts";
import { checksum, type Migration } from "../../src/storage/migrations/migration.ts";
import { openWriter } from "../../src/storage/sqlite/connection.ts";
import { applyMigrations } from "../../src/storage/sqlite/migrate.ts";
import { startChild } from "../support/storage-child.ts";
import { tables } from "../support/storage-harness.ts";
import { openObserved, openRaw, temporaryFolder } from "../support/storage-sqlite.ts";
import { appliedVersions, longHistory } from "./fixtures/long-migrations.ts";

const seed = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
const killAfterMs = fc.integer({ min: 0, max: 60 });
const kills = 6;

describe("migrations", () => {
  it("are numbered from 1 without a gap", () => {
    expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  });

  it("bring an empty file to the newest schema, and say so in the ledger", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await (await openObserved(path)).storage.close();
    using db = openRaw(path);
    expect(tables.length).toBeGreaterThan(5);
    expect(tableNames(db)).toEqual(expect.arrayContaining([...tables, ledger]));
    const applied = db.prepare(`SELECT version, name, checksum FROM ${ledger} ORDER BY version`).all();
    expect(applied).toEqual(
      migrations.map((one) => ({ version: one.version, name: one.name, checksum: checksum(one) })),
    );
  });

  it("are not applied again when the file is opened again", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await (await openObserved(path)).storage.close();
    const first = schemaOf(path);
    await (await openObserved(path)).storage.close();
    expect(schemaOf(path)).toEqual(first);
  });

  it("from the first version keep its members, who are called by their emails there", async () => {
    await using folder = await temporaryFolder();
    const db = openWriter(folder.file("organization.db"));
    applyMigrations(db, migrations.slice(0, 1), 0);
    db.exec(`INSERT INTO organizations VALUES ('o', 'Organization', 'free', '[]', 1, 1)`);
    db.exec(`INSERT INTO members VALUES ('o', 'u', 'Ada@Example.com', 'ada@example.com', 'Ada@Example.com', '', 'admin',
      'active', 'password', 1, 1)`);
    applyMigrations(db, migrations.slice(1), 0);
    const [member] = db.prepare("SELECT * FROM members").all();
    expect(member).toMatchObject({
      ...{ user_id: "u", full_name: "Ada@Example.com", full_name_fold: "ada@example.com", role: "admin" },
      ...{ suspended_by: "", made_by: "" },
    });
    db.close();
  });

  it("that fail leave the ones before them whole, and nothing of themselves", async () => {
    await using folder = await temporaryFolder();
    const db = openWriter(folder.file("organization.db"));
    const version = migrations.length + 1;
    const good: Migration = { version, name: "good", statements: ["CREATE TABLE good (a TEXT)"] };
    const bad: Migration = {
      version: version + 1,
      name: "bad",
      statements: [
        "CREATE TABLE half (a TEXT)",
        "ALTER TABLE good ADD COLUMN b TEXT",
        "CREATE TABLE good (a TEXT)",
      ],
    };
    expect(() => applyMigrations(db, [...migrations, good, bad], 0)).toThrow("already exists");
    expect(db.inTransaction).toBe(false);
    expect(appliedVersions(db)).toEqual([...migrations, good].map((one) => one.version));
    expect(tableNames(db)).toContain("good");
    expect(tableNames(db)).not.toContain("half");
    expect(db.prepare("SELECT * FROM pragma_table_info('good')").all()).toHaveLength(1);

    applyMigrations(db, [{ ...bad, statements: ["CREATE TABLE half (a TEXT)"] }], 0);
    expect(appliedVersions(db)).toHaveLength(migrations.length + 2);
    db.close();
  });

  it(`that are killed leave whole ones, from which the next start goes on (CRASH_SEED=${seed})`, async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    let before = 0;
    const progress: number[] = [];
    for (const afterMs of fc.sample(killAfterMs, { seed, numRuns: kills })) {
      await using migrator = startChild("crash-migrator.ts", path);
      await migrator.line("migrating");
      // The moment is the test: there is no event to wait for.
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      await migrator.kill();
      const applied = expectWholeMigrations(path);
      expect(applied).toBeGreaterThanOrEqual(before);
      progress.push(applied);
      before = applied;
    }
    // At least one of them was killed in the middle.
    expect(progress.some((applied) => applied > 0 && applied < longHistory.length)).toBe(true);
    await using last = startChild("crash-migrator.ts", path);
    await last.line("done");
    expect(expectWholeMigrations(path)).toBe(longHistory.length);
  });

  it("of one empty file by several processes at once happen once, and each process opens it or says why not", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await using processes = new AsyncDisposableStack();
    const children = Array.from({ length: 4 }, (_, index) =>
      processes.use(startChild("serve.ts", path, index === 0 ? "server" : "tool")),
    );
    const answers = await Promise.all(children.map((child) => child.line("")));
    for (const answer of answers)
      expect(answer).toMatch(/^open$|^refused: \S+ cannot be opened|another process serves/);
    expect(answers).toContain("open");
    using db = openRaw(path);
    expect(appliedVersions(db)).toEqual(migrations.map(({ version }) => version));
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  });
});

/** How many there are, each with both its tables and their rows. */
function expectWholeMigrations(path: string): number {
  using db = openRaw(path);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  const applied = appliedVersions(db);
  expect(applied).toEqual(longHistory.slice(0, applied.length).map(({ version }) => version));
  const names = tableNames(db).filter((name) => /^(first|second)_/.test(name));
  const expected = applied.filter((version) => version > migrations.length);
  expect(names.toSorted()).toEqual(
    expected.flatMap((version) => [`first_${version}`, `second_${version}`]).toSorted(),
  );
  for (const name of names) expect(db.prepare(`SELECT count(*) FROM ${name}`).pluck().get()).toBe(1);
  return applied.length;
}

function schemaOf(path: string): readonly unknown[] {
  using db = openRaw(path);
  return [
    db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY type, name").all(),
    db.prepare(`SELECT * FROM ${ledger} ORDER BY version`).all(),
  ];
}

function tableNames(db: Database.Database): readonly string[] {
  return db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
}
