/**
 * One service process for each database file. The lock is an exclusive transaction on a small SQLite file beside
 * it: the operating system drops it with the process, even after kill -9, so there is never a stale one to remove.
 */
import { existsSync, realpathSync } from "node:fs";
import Database from "better-sqlite3";
import { StorageOpenError } from "../errors.ts";
import { isBusyError } from "./errors.ts";

export interface ProcessLock {
  release(): void;
}

export function acquireProcessLock(databasePath: string): ProcessLock {
  // A link to the file and the file are one database.
  const path = `${existsSync(databasePath) ? realpathSync(databasePath) : databasePath}.lock`;
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (!isBusyError(error)) throw error;
    throw new StorageOpenError(
      `another process serves ${databasePath} (it holds ${path}): stop it first, or give this one another DATABASE_URL`,
      { cause: error },
    );
  }
  return { release: () => db.close() };
}
