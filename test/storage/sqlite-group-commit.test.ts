import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type Operation, type OperationFactory, run } from "../../src/storage/operation.ts";
import { openReader, openWriter } from "../../src/storage/sqlite/connection.ts";
import { createGroupCommit, type GroupCommit } from "../../src/storage/sqlite/group-commit.ts";
import { createRunner } from "../../src/storage/sqlite/runner.ts";
import { faultOf } from "../support/storage-harness.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import {
  commitsInLog,
  sqliteFileStore,
  type TemporaryFolder,
  temporaryFolder,
} from "../support/storage-sqlite.ts";

interface Notes extends AsyncDisposable {
  readonly path: string;
  readonly db: Database.Database;
  readonly commit: GroupCommit;
  write(text: string): Promise<number>;
  /** As another connection sees them. */
  read(): readonly string[];
}

describe("group commit", () => {
  it("64 writes that arrive together make far fewer commits than 64", async () => {
    await using store = await sqliteFileStore();
    const path = store.writer.name;
    const before = commitsInLog(path);
    const organizations = Array.from({ length: 64 }, () => newOrganization());
    await Promise.all(
      organizations.map((one) => store.storage.organizations.create(one, undefined, newAudit())),
    );
    const commits = commitsInLog(path) - before;
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThanOrEqual(16);
  });

  it("writes that arrive one after the other make a commit each", async () => {
    await using notes = await openNotes();
    const before = commitsInLog(notes.path);
    for (const text of ["a", "b", "c"]) await notes.write(text);
    expect(commitsInLog(notes.path) - before).toBe(3);
  });

  it("a batch ends when its time is up, and the rest goes into the next", async () => {
    await using notes = await openNotes({ batchBudgetMs: 0 });
    const before = commitsInLog(notes.path);
    await Promise.all(["a", "b", "c", "d"].map(notes.write));
    expect(commitsInLog(notes.path) - before).toBe(4);
    expect(notes.read()).toEqual(["a", "b", "c", "d"]);
  });

  it("a write is seen by another connection as soon as it is acknowledged", async () => {
    await using notes = await openNotes();
    const texts = Array.from({ length: 64 }, (_, index) => `note ${index}`);
    const seen = await Promise.all(
      texts.map(async (text) => [await notes.write(text), notes.read().includes(text)]),
    );
    expect(seen).toEqual(texts.map(() => [1, true]));
  });

  it.each(["ROLLBACK", "ROLLBACK TO operation; RELEASE operation"])(
    "a batch that loses its transaction (%s) is refused as a whole, and the next one is not",
    async (sql) => {
      await using notes = await openNotes();
      const spoil: OperationFactory<void> = function* spoiling() {
        yield* run("INSERT INTO notes VALUES ('spoilt')");
        notes.db.exec(sql);
        throw new Error("the disk went away");
      };
      const batch = [notes.write("before"), notes.commit.write(spoil), notes.write("after")];
      const faults = await Promise.all(batch.map(faultOf));
      // Which of those behind the fault still ran is the engine's own affair.
      expect(faults.slice(0, 2)).toEqual(Array(2).fill(rolledBack));
      expect([undefined, rolledBack]).toContainEqual(faults[2]);
      expect(notes.read()).toEqual(faults[2] === undefined ? ["after"] : []);
      await notes.write("later");
      expect(notes.read().at(-1)).toBe("later");
    },
  );

  it("a commit that fails acknowledges nothing of its batch", async () => {
    await using notes = await openNotes();
    notes.db.exec("CREATE TABLE parents (id INTEGER PRIMARY KEY) STRICT");
    notes.db.exec(
      "CREATE TABLE children (parent INTEGER REFERENCES parents DEFERRABLE INITIALLY DEFERRED) STRICT",
    );
    const orphan: OperationFactory<number> = () => run("INSERT INTO children VALUES (1)");
    const faults = await Promise.all(
      [notes.write("before"), notes.commit.write(orphan), notes.write("after")].map(faultOf),
    );
    expect(faults).toEqual(Array(3).fill(rolledBack));
    expect(notes.read()).toEqual([]);
    await notes.write("later");
    expect(notes.read()).toEqual(["later"]);
  });

  it("a full database refuses writes, answers reads, and takes the first write once there is room", async () => {
    await using notes = await openNotes();
    await notes.write("before");
    const pages = Number(notes.db.pragma("page_count", { simple: true }));
    notes.db.pragma(`max_page_count = ${pages}`);
    const large = "x".repeat(20_000);
    const faults = await Promise.all(
      [notes.write("small"), notes.write(large), notes.write(large)].map(faultOf),
    );
    expect(faults.slice(1)).toEqual(Array(2).fill({ kind: "unavailable", reason: "the disk is full" }));
    const expected = faults[0] === undefined ? ["before", "small"] : ["before"];
    expect(notes.read()).toEqual(expected);

    notes.db.pragma("max_page_count = 1000000");
    await notes.write(large);
    expect(notes.read()).toEqual([...expected, large]);
    expect(notes.db.pragma("integrity_check", { simple: true })).toBe("ok");
  });

  it("close waits for what was accepted and refuses what comes later", async () => {
    await using notes = await openNotes();
    const accepted = [notes.write("a"), notes.write("b")];
    const closed = notes.commit.close();
    expect(await faultOf(notes.write("c"))).toEqual({ kind: "unavailable", reason: "shutting down" });
    await closed;
    expect(notes.read()).toEqual(["a", "b"]);
    await Promise.all(accepted);
  });

  it("a writer stays on FULL after its first write, where one that was not told so falls back to NORMAL", async () => {
    await using notes = await openNotes();
    await notes.write("first");
    expect(notes.db.pragma("synchronous", { simple: true })).toBe(2);

    const untold = new Database(notes.path);
    untold.prepare("INSERT INTO notes VALUES ('second')").run();
    expect(untold.pragma("synchronous", { simple: true })).toBe(1);
    untold.close();
  });
});

const rolledBack = { kind: "unavailable", reason: "the transaction was rolled back" };

async function openNotes({ batchBudgetMs = 10_000 } = {}): Promise<Notes> {
  const folder: TemporaryFolder = await temporaryFolder();
  const path = folder.file("notes.db");
  const db = openWriter(path);
  db.exec("CREATE TABLE notes (text TEXT NOT NULL) STRICT");
  const reader = openReader(path);
  const commit = createGroupCommit({ db, run: createRunner(db), lockBudgetMs: 2_000, batchBudgetMs });
  return {
    path,
    db,
    commit,
    write: (text) => commit.write(() => insertNote(text)),
    read: () => reader.prepare<[], string>("SELECT text FROM notes ORDER BY rowid").pluck().all(),
    async [Symbol.asyncDispose]() {
      await commit.close();
      reader.close();
      db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function* insertNote(text: string): Operation<number> {
  return yield* run("INSERT INTO notes VALUES (?)", text);
}
