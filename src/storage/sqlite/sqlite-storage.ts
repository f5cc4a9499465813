/** SQLite behind the storage contract: one writer connection with group commit, one reader, one process. */
import { dirname, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import type { Clock } from "../../base/clock.ts";
import { ensureFolder } from "../../base/folder.ts";
import { withNotices } from "../commit-notices.ts";
import { StorageError, StorageOpenError, shuttingDown } from "../errors.ts";
import { createHeldSnapshots, heldLimits } from "../held-snapshots.ts";
import { isMigrated } from "../migrations/ledger.ts";
import type { Executor } from "../operation.ts";
import { createRepositories } from "../repositories.ts";
import type { Storage } from "../storage.ts";
import { backupTo } from "./backup.ts";
import { assertDurable, integrityProblem, openCopy, openReader, openWriter } from "./connection.ts";
import { fromSqliteError, isBusyError, isSystemError } from "./errors.ts";
import { checkFile, hasLog } from "./file-check.ts";
import { createGroupCommit } from "./group-commit.ts";
import { openSnapshot } from "./held-snapshot.ts";
import { acquireProcessLock, type ProcessLock } from "./lock.ts";
import { lockBudgetMs, retryDelayMs, toolOpenBudgetMs } from "./lock-wait.ts";
import { applyMigrations, pendingMigrations } from "./migrate.ts";
import { createRunner, createSlicedRunner, inTransaction, type Runner } from "./runner.ts";

export interface SqliteOptions {
  /** A file, or ":memory:" for a database that ends with the process. */
  readonly path: string;
  readonly clock: Clock;
  /**
   * `server` holds the process lock for as long as the storage is open; `tool` (a command beside a running
   * server) holds it only while it migrates.
   */
  readonly role: "server" | "tool";
  readonly observer?: SqliteObserver;
}

/** Sees what the engine works with: for tests that ask the database itself. */
export interface SqliteObserver {
  connected?(db: Database.Database, use: "writer" | "reader" | "snapshot"): void;
  /** Told each statement that an operation runs, once for each connection; ad hoc ones perhaps again. */
  prepared?(sql: string, adHoc: boolean): void;
}

const batchBudgetMs = 10;
const sliceMs = 10;
/** Each is a connection, and the log grows while it is there. */
const heldMax = 4;
const memory = ":memory:";

/** @throws StorageOpenError with one line that says what to do */
export async function openSqlite(options: SqliteOptions): Promise<Storage> {
  if (options.path === memory) return assemble(prepare(memory, options), undefined, memory, options.observer);
  const path = resolve(options.path);
  try {
    ensureFolder(dirname(path));
    return await openPatiently(path, options);
  } catch (error) {
    throw toOpenError(error, path);
  }
}

async function openPatiently(path: string, options: SqliteOptions): Promise<Storage> {
  const deadlineMs = performance.now() + (options.role === "tool" ? toolOpenBudgetMs : lockBudgetMs);
  for (;;) {
    try {
      return openFile(path, options);
    } catch (error) {
      if (!isBusyError(error) || performance.now() > deadlineMs) throw error;
    }
    await delay(retryDelayMs());
  }
}

function openFile(path: string, options: SqliteOptions): Storage {
  checkFile(path);
  const lock = options.role === "server" ? acquireProcessLock(path) : undefined;
  try {
    return assemble(prepare(path, options), lock, path, options.observer);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** The writer, on a database that is ours, whole and migrated. */
function prepare(path: string, { clock, role }: SqliteOptions): Database.Database {
  if (path !== memory) refuseForeign(path, role);
  const db = openWriter(path);
  try {
    if (pendingMigrations(db, path).length > 0) {
      migrateAlone(role, path, () => applyMigrations(db, pendingMigrations(db, path), clock.nowMs()));
    }
    if (path !== memory) proveWritable(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Looks through a read-only connection, because opening for writing already changes a file's journal mode. */
function refuseForeign(path: string, role: SqliteOptions["role"]): void {
  let db: Database.Database;
  try {
    db = openReader(path);
  } catch {
    // No file yet. Any other reason shows when it is opened for writing.
    return;
  }
  try {
    pendingMigrations(db, path);
    if (role === "server" && hasLog(path)) refuseDamaged(db, path);
  } finally {
    db.close();
  }
}

/** Only after a stop that was not clean: the check reads the whole file. */
function refuseDamaged(db: Database.Database, path: string): void {
  const problem = integrityProblem(db);
  if (problem !== undefined) throw new StorageOpenError(`${path} is damaged (${problem}): restore a backup`);
}

/** No other process may be serving an older schema meanwhile. */
function migrateAlone(role: SqliteOptions["role"], path: string, migrate: () => void): void {
  const lock = role === "tool" && path !== memory ? acquireProcessLock(path) : undefined;
  try {
    migrate();
  } finally {
    lock?.release();
  }
}

/** Asks for the right to write without writing: a read-only file is refused now, not at the first request. */
function proveWritable(db: Database.Database): void {
  db.exec("BEGIN IMMEDIATE");
  db.exec("ROLLBACK");
  assertDurable(db);
}

function assemble(
  writer: Database.Database,
  lock: ProcessLock | undefined,
  path: string,
  observer: SqliteObserver | undefined,
): Storage {
  // A database in memory exists on its one connection. There, batches are not sliced: reads never see half of one.
  const reader = path === memory ? writer : openReader(path);
  const run = createSlicedRunner(writer, observer?.prepared);
  const slices = { batchBudgetMs, sliceMs: path === memory ? Number.POSITIVE_INFINITY : sliceMs };
  const commit = createGroupCommit({ db: writer, run, lockBudgetMs, ...slices });
  const read = createRunner(reader, observer?.prepared);
  // On its one connection, nothing comes between the statements of an operation.
  const readSnapshot = path === memory ? read : inTransaction(reader, read);
  const connectSnapshot = (): Database.Database => {
    const db = path === memory ? openCopy(writer) : openReader(path);
    observer?.connected?.(db, "snapshot");
    return db;
  };
  const held = createHeldSnapshots(() => openSnapshot(connectSnapshot, observer?.prepared), {
    ...heldLimits,
    heldMax,
  });
  observer?.connected?.(writer, "writer");
  observer?.connected?.(reader, "reader");
  let closing: Promise<void> | undefined;

  function refuseWhenClosing(): void {
    if (closing !== undefined) throw shuttingDown();
  }

  async function finish(): Promise<void> {
    await Promise.all([commit.close(), held.close()]);
    if (reader !== writer) reader.close();
    writer.close();
    lock?.release();
  }

  const readWith =
    (runner: Runner): Executor["read"] =>
    async (operation) => {
      refuseWhenClosing();
      try {
        return runner(operation());
      } catch (error) {
        throw fromSqliteError(error);
      }
    };
  const executor: Executor = {
    write: commit.write,
    read: readWith(read),
    snapshot: readWith(readSnapshot),
    hold: held.hold,
  };
  const noticed = withNotices(executor);
  return {
    ...createRepositories(noticed.executor),
    onAppended: noticed.onAppended,
    async ping() {
      if (await executor.read(isMigrated)) return;
      throw new StorageError({ kind: "unavailable", reason: "a migration is missing" });
    },
    async backup(file, onProgress) {
      refuseWhenClosing();
      if (path === memory)
        throw new StorageError({ kind: "unavailable", reason: "a database in memory has no file" });
      await backupTo(path, resolve(file), onProgress);
    },
    close() {
      closing ??= finish();
      return closing;
    },
  };
}

function toOpenError(error: unknown, path: string): unknown {
  if (error instanceof StorageOpenError) return error;
  const fault = fromSqliteError(error);
  if (fault instanceof StorageError && fault.fault.kind === "unavailable") {
    return new StorageOpenError(`${path} cannot be opened: ${fault.fault.reason}`, { cause: error });
  }
  if (isInaccessible(error)) {
    return new StorageOpenError(
      `${path} cannot be opened (${error.code}): DATABASE_URL must name a file in a folder that can be written to`,
      { cause: error },
    );
  }
  if (error instanceof Database.SqliteError) {
    return new StorageOpenError(`${path} cannot be opened as a database (${error.code}): restore a backup`, {
      cause: error,
    });
  }
  return error;
}

/** A folder in the file's place, a file in a folder's, no permission, a disk that is read-only. */
function isInaccessible(error: unknown): error is Error & { readonly code: string } {
  if (error instanceof Database.SqliteError) return error.code.startsWith("SQLITE_CANTOPEN");
  return isSystemError(error);
}
