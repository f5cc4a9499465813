import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { StorageError } from "../../src/storage/errors.ts";
import { type Operation, type OperationFactory, run } from "../../src/storage/operation.ts";
import { openReader, openWriter } from "../../src/storage/sqlite/connection.ts";
import {
  createGroupCommit,
  type GroupCommit,
  type GroupCommitOptions,
} from "../../src/storage/sqlite/group-commit.ts";
import { createSlicedRunner } from "../../src/storage/sqlite/runner.ts";
import { faultOf } from "../support/storage-harness.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import {
  commitsInLog,
  openRaw,
  sqliteFileStore,
  type TemporaryFolder,
  temporaryFolder,
} from "../support/storage-sqlite.ts";
import { countTurns } from "../support/turns.ts";

interface Notes extends AsyncDisposable {
  readonly path: string;
  readonly db: Database.Database;
  readonly commit: GroupCommit;
  write(text: string): Promise<number>;
  /** Writes notes, `long 0` and so on, in one operation; `before` is called before each statement. */
  writeLong(count: number, before: (at: number) => void): Promise<void>;
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
});

describe.each([
  ["in one turn", Number.POSITIVE_INFINITY],
  ["a turn for each statement", 0],
])("group commit, %s", (_, sliceMs) => {
  it("writes that arrive one after the other make a commit each", async () => {
    await using notes = await openNotes({ sliceMs });
    const before = commitsInLog(notes.path);
    for (const text of ["a", "b", "c"]) await notes.write(text);
    expect(commitsInLog(notes.path) - before).toBe(3);
  });

  it("a batch ends when its time is up, and the rest goes into the next", async () => {
    await using notes = await openNotes({ batchBudgetMs: 0, sliceMs });
    const before = commitsInLog(notes.path);
    await Promise.all(["a", "b", "c", "d"].map(notes.write));
    expect(commitsInLog(notes.path) - before).toBe(4);
    expect(notes.read()).toEqual(["a", "b", "c", "d"]);
  });

  it("a write is seen by another connection as soon as it is acknowledged", async () => {
    await using notes = await openNotes({ sliceMs });
    const texts = Array.from({ length: 64 }, (_, index) => `note ${index}`);
    const seen = await Promise.all(
      texts.map(async (text) => [await notes.write(text), notes.read().includes(text)]),
    );
    expect(seen).toEqual(texts.map(() => [1, true]));
  });

  it.each(["ROLLBACK", "ROLLBACK TO operation; RELEASE operation"])(
    "a batch that loses its transaction (%s) is refused as a whole, and the next one is not",
    async (sql) => {
      await using notes = await openNotes({ sliceMs });
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
    await using notes = await openNotes({ sliceMs });
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
    await using notes = await openNotes({ sliceMs });
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
    await using notes = await openNotes({ sliceMs });
    const accepted = [notes.write("a"), notes.write("b")];
    const closed = notes.commit.close();
    expect(await faultOf(notes.write("c"))).toEqual({ kind: "unavailable", reason: "shutting down" });
    await closed;
    expect(notes.read()).toEqual(["a", "b"]);
    await Promise.all(accepted);
  });

  it("a writer stays on FULL after its first write, where one that was not told so falls back to NORMAL", async () => {
    await using notes = await openNotes({ sliceMs });
    await notes.write("first");
    expect(notes.db.pragma("synchronous", { simple: true })).toBe(2);

    const untold = new Database(notes.path);
    untold.prepare("INSERT INTO notes VALUES ('second')").run();
    expect(untold.pragma("synchronous", { simple: true })).toBe(1);
    untold.close();
  });
});

describe("an operation", () => {
  it("of slices leaves the event loop a turn between any two of them", async () => {
    await using notes = await openNotes({ sliceMs: 0 });
    using clock = countTurns();
    const turns = new Set<number>();
    await notes.writeLong(8, () => turns.add(clock.turns));
    expect(turns.size).toBe(8);
  });

  it("that ends within its slice is one turn, however long those before it in its batch have taken", async () => {
    const sliceMs = 300;
    await using notes = await openNotes({ sliceMs });
    using clock = countTurns();
    const turns = new Set<number>();
    const slow: OperationFactory<void> = function* taking() {
      yield* insertNote("slow");
      spin(sliceMs + 1);
    };
    await Promise.all([notes.commit.write(slow), notes.writeLong(8, () => turns.add(clock.turns))]);
    expect(turns.size).toBe(1);
  });

  it("is not seen by another connection between its slices", async () => {
    await using notes = await openNotes({ sliceMs: 0 });
    await notes.write("before");
    const seen: unknown[] = [];
    await notes.writeLong(4, () => seen.push(notes.read()));
    expect(seen).toEqual(Array(4).fill(["before"]));
    expect(notes.read()).toEqual(["before", ...long(4)]);
  });

  it("commits together with those of its batch, which are acknowledged after it has ended", async () => {
    await using notes = await openNotes({ sliceMs: 0 });
    const before = commitsInLog(notes.path);
    const acknowledged: string[] = [];
    const note = (text: string) => () => acknowledged.push(text);
    await Promise.all([
      notes.write("a").then(note("a")),
      notes.writeLong(4, (at) => acknowledged.push(`${at}`)).then(note("long")),
      notes.write("b").then(note("b")),
    ]);
    expect(acknowledged).toEqual(["0", "1", "2", "3", "a", "long", "b"]);
    expect(notes.read()).toEqual(["a", ...long(4), "b"]);
    expect(commitsInLog(notes.path) - before).toBe(1);
  });

  it("holds up what arrives between its slices, which then happens in its order", async () => {
    await using notes = await openNotes({ sliceMs: 0, batchBudgetMs: 0 });
    const acknowledged: string[] = [];
    const later: Promise<unknown>[] = [];
    const write = (text: string) => later.push(notes.write(text).then(() => acknowledged.push(text)));
    await notes.writeLong(4, (at) => write(`during ${at}`)).then(() => acknowledged.push("long"));
    write("after");
    await Promise.all(later);
    const inOrder = [0, 1, 2, 3].map((at) => `during ${at}`);
    expect(acknowledged).toEqual(["long", ...inOrder, "after"]);
    expect(notes.read()).toEqual([...long(4), ...inOrder, "after"]);
  });

  it("that fails after some slices leaves nothing, and those of its batch as they are", async () => {
    await using notes = await openNotes({ sliceMs: 0 });
    const refuse = (at: number): void => {
      if (at === 3) throw new StorageError({ kind: "not_found", entity: "group" });
    };
    const batch = [notes.write("a"), notes.writeLong(8, refuse), notes.write("b")];
    expect(await Promise.all(batch.map(faultOf))).toEqual([
      undefined,
      { kind: "not_found", entity: "group" },
      undefined,
    ]);
    expect(notes.read()).toEqual(["a", "b"]);
  });

  it("is waited for by close, between whose slices writes are refused", async () => {
    await using notes = await openNotes({ sliceMs: 0 });
    const ended: string[] = [];
    const closed: Promise<unknown>[] = [];
    const refused: Promise<unknown>[] = [];
    const written = notes.writeLong(4, (at) => {
      if (at === 1) closed.push(notes.commit.close().then(() => ended.push("closed")));
      if (at === 2) refused.push(faultOf(notes.write("late")));
    });
    await written.then(() => ended.push("written"));
    await Promise.all(closed);
    expect(ended).toEqual(["written", "closed"]);
    expect(await Promise.all(refused)).toEqual([{ kind: "unavailable", reason: "shutting down" }]);
    expect(notes.read()).toEqual(long(4));
  });

  it("with which the log is long enough is checkpointed a turn after its commit, and what is written later as before", async () => {
    await using notes = await openNotes({ sliceMs: 0, checkpointPages: 1 });
    await notes.writeLong(4, () => {});
    expect(checkpointed(notes)).toBe(false);
    await nextTurn();
    expect(checkpointed(notes)).toBe(true);
    expect(notes.db.pragma("wal_autocheckpoint", { simple: true })).toBe(1);
  });

  it("with which the log is still short is not checkpointed", async () => {
    await using notes = await openNotes({ sliceMs: 0, checkpointPages: 1_000 });
    await notes.writeLong(4, () => {});
    await nextTurn();
    expect(checkpointed(notes)).toBe(false);
  });

  it("that loses its transaction leaves checkpoints as they were", async () => {
    await using notes = await openNotes({ sliceMs: 0, checkpointPages: 1_000 });
    const lose = (at: number): void => {
      if (at === 2) notes.db.exec("ROLLBACK");
    };
    expect(await faultOf(notes.writeLong(3, lose))).toEqual(rolledBack);
    await nextTurn();
    expect(notes.db.pragma("wal_autocheckpoint", { simple: true })).toBe(1_000);
  });

  it("does not count against the time that those behind it wait for another process's lock", async () => {
    const lockBudgetMs = 200;
    await using notes = await openNotes({ sliceMs: 0, batchBudgetMs: 0, lockBudgetMs });
    using other = openRaw(notes.path);
    const behind: Promise<unknown>[] = [];
    await notes.writeLong(2, (at) => {
      if (at === 0) behind.push(notes.write("behind"));
      if (at === 1) spin(2 * lockBudgetMs);
    });
    // Its batch has ended, and the next one has not begun yet.
    other.exec("BEGIN IMMEDIATE");
    await new Promise((resolve) => setTimeout(resolve, 20));
    other.exec("ROLLBACK");
    await Promise.all(behind);
    expect(notes.read()).toEqual([...long(2), "behind"]);
  });
});

const rolledBack = { kind: "unavailable", reason: "the transaction was rolled back" };

interface NotesOptions extends Partial<GroupCommitOptions> {
  readonly checkpointPages?: number;
}

/** Without slices unless it is told otherwise. */
async function openNotes({ checkpointPages, ...options }: NotesOptions = {}): Promise<Notes> {
  const folder: TemporaryFolder = await temporaryFolder();
  const path = folder.file("notes.db");
  const db = openWriter(path);
  db.exec("CREATE TABLE notes (text TEXT NOT NULL) STRICT");
  if (checkpointPages !== undefined) db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  const reader = openReader(path);
  const budgets = { lockBudgetMs: 2_000, batchBudgetMs: 10_000, sliceMs: Number.POSITIVE_INFINITY };
  const commit = createGroupCommit({ db, run: createSlicedRunner(db), ...budgets, ...options });
  return {
    path,
    db,
    commit,
    write: (text) => commit.write(() => insertNote(text)),
    writeLong: (count, before) => commit.write(() => insertNotes(long(count), before)),
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

function long(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `long ${at}`);
}

function* insertNotes(texts: readonly string[], before: (at: number) => void): Operation<void> {
  for (const [at, text] of texts.entries()) {
    before(at);
    yield* insertNote(text);
  }
}

/** Whether the database's own file has all that its log has. */
function checkpointed({ db }: Notes): boolean {
  const state = db.prepare<[], { log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)").get();
  return state !== undefined && state.checkpointed === state.log;
}

/** After whatever this turn has asked for. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function spin(durationMs: number): void {
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs);
}
