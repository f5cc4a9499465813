import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { StorageOpenError } from "../errors.ts";
import { integrityProblem } from "./connection.ts";

/**
 * Copies the database as it is now, while others write. The connection holds a read transaction for the whole
 * copy: SQLite's backup would otherwise start over at every foreign write and never end under load.
 * The file appears under its name only when it is complete, checked and on disk.
 */
export async function backupTo(
  path: string,
  file: string,
  onProgress: (share: number) => void,
): Promise<void> {
  if (existsSync(file)) throw new StorageOpenError(`${file} exists: give the backup a name of its own`);
  const partial = `${file}.partial`;
  rmSync(partial, { force: true });
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    db.exec("BEGIN");
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
    await db.backup(partial, {
      progress: ({ totalPages, remainingPages }) => {
        onProgress(totalPages === 0 ? 1 : 1 - remainingPages / totalPages);
        return 1000;
      },
    });
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  } finally {
    db.close();
  }
  verify(partial);
  sync(partial);
  renameSync(partial, file);
  sync(dirname(file));
  onProgress(1);
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
