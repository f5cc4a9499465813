import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { StorageError, StorageOpenError } from "../errors.ts";
import { integrityProblem } from "./connection.ts";
import { fromSqliteError, isSystemError } from "./errors.ts";

/** Copied in one turn of the event loop: 4 MB, some milliseconds. */
const pagesAtOnce = 1000;

/**
 * Copies the database as it is now, while others write. The file appears under its name only when it is complete,
 * checked and on disk; after a failure nothing is left of it.
 *
 * @throws StorageOpenError with one line that says what to do
 */
export async function backupTo(
  path: string,
  file: string,
  onProgress: (share: number) => void,
): Promise<void> {
  if (existsSync(file)) throw new StorageOpenError(`${file} exists: give the backup a name of its own`);
  const folder = dirname(file);
  if (!existsSync(folder)) throw new StorageOpenError(`${folder} does not exist: make it first`);
  const partial = `${file}.partial`;
  try {
    removePartial(partial);
    await copy(path, partial, onProgress);
    verify(partial);
    sync(partial);
    renameSync(partial, file);
    sync(folder);
  } catch (error) {
    removePartial(partial);
    throw toBackupError(error, file);
  }
  onProgress(1);
}

/**
 * The connection holds a read transaction for the whole copy: SQLite's backup would otherwise start over at every
 * foreign write and never end under load.
 */
async function copy(path: string, partial: string, onProgress: (share: number) => void): Promise<void> {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    await db.backup(partial, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
        return pagesAtOnce;
      },
    });
  } finally {
    db.close();
  }
}

/** With what SQLite keeps beside it: the rest of a killed backup must not become part of this one. */
function removePartial(partial: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(`${partial}${suffix}`, { force: true });
}

function toBackupError(error: unknown, file: string): unknown {
  const fault = fromSqliteError(error);
  if (fault instanceof StorageError && fault.fault.kind === "unavailable") {
    return new StorageOpenError(`the backup to ${file} failed: ${fault.fault.reason}`, { cause: error });
  }
  if (error instanceof Database.SqliteError || isSystemError(error)) {
    return new StorageOpenError(`the backup to ${file} failed (${error.code})`, { cause: error });
  }
  return error;
}

function verify(file: string): void {
  const copy = new Database(file, { fileMustExist: true });
  try {
    // A lone file that opens anywhere, without a log beside it.
    copy.pragma("journal_mode = DELETE");
    const problem = integrityProblem(copy);
    if (problem !== undefined)
      throw new StorageOpenError(`the copy is damaged (${problem}): the original may be too`);
  } finally {
    copy.close();
  }
}

function sync(path: string): void {
  const file = openSync(path, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
