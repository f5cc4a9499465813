/**
 * The service's storage with two things to choose that `src/` does not offer: one commit for each operation, to
 * compare the group commit with, and a wait added to each COMMIT, to see what a slower disk would change.
 */
import type Database from "better-sqlite3";
import { systemClock } from "../../src/base/clock.ts";
import type { Executor, OperationFactory } from "../../src/storage/operation.ts";
import { createRepositories } from "../../src/storage/repositories.ts";
import { assertDurable, openReader, openWriter } from "../../src/storage/sqlite/connection.ts";
import { createGroupCommit, type GroupCommit } from "../../src/storage/sqlite/group-commit.ts";
import { createRunner, createSlicedRunner, type Runner } from "../../src/storage/sqlite/runner.ts";
import { openSqlite } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";

export type CommitMode = "grouped" | "single";

/** Added to each COMMIT, in milliseconds: how much slower the emulated disk is. */
export interface FlushDelay {
  ms: number;
}

/** As in src/storage/sqlite/sqlite-storage.ts. */
const lockBudgetMs = 2_000;
const batchBudgetMs = 10;
const sliceMs = 10;

export async function openCommittingStorage(
  path: string,
  mode: CommitMode,
  delay: FlushDelay,
): Promise<Storage> {
  // Creates the schema. The connections below are the same functions' as the service's.
  const migrated = await openSqlite({ path, clock: systemClock, role: "tool" });
  await migrated.close();
  const writer = openWriter(path);
  delayCommits(writer, delay);
  const reader = openReader(path);
  const read = readWith(createRunner(reader));
  const writes = mode === "grouped" ? groupedWrites(writer) : singleWrites(writer);
  return {
    ...createRepositories({ write: writes.write, read, snapshot: read, hold }),
    // Nobody watches events in a benchmark.
    onAppended: () => () => {},
    ping: () => Promise.resolve(),
    backup: () => Promise.reject(new Error("the benchmark makes no backups")),
    async close() {
      await writes.close();
      assertDurable(writer);
      reader.close();
      writer.close();
    },
  };
}

function groupedWrites(db: Database.Database): GroupCommit {
  return createGroupCommit({ db, run: createSlicedRunner(db), lockBudgetMs, batchBudgetMs, sliceMs });
}

/** The plainest way to be durable: a transaction of its own, at once, for each operation. */
function singleWrites(db: Database.Database): GroupCommit {
  const run = createRunner(db);
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  return {
    async write<Result>(operation: OperationFactory<Result>): Promise<Result> {
      begin.run();
      try {
        const result = run(operation());
        commit.run();
        return result;
      } finally {
        if (db.inTransaction) db.exec("ROLLBACK");
      }
    },
    close: () => Promise.resolve(),
  };
}

/** No group of a benchmark has more members than a page. */
function hold(): Promise<never> {
  return Promise.reject(new Error("the benchmark reads no large groups"));
}

function readWith(run: Runner): Executor["read"] {
  return async (operation) => run(operation());
}

/** The wait is synchronous, as fdatasync is, and uses no CPU either. */
function delayCommits(db: Database.Database, delay: FlushDelay): void {
  const prepare = db.prepare.bind(db);
  Object.assign(db, {
    prepare(sql: string) {
      const statement = prepare(sql);
      return sql === "COMMIT" ? delayed(statement, delay) : statement;
    },
  });
}

function delayed(statement: Database.Statement, delay: FlushDelay): Database.Statement {
  const run = statement.run.bind(statement);
  return Object.assign(statement, {
    run() {
      const result = run();
      if (delay.ms > 0) Atomics.wait(never, 0, 0, delay.ms);
      return result;
    },
  });
}

const never = new Int32Array(new SharedArrayBuffer(4));
