import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { TableSource } from "../copy.ts";
import { pageSql, toValues } from "../copy.ts";
import { StorageOpenError } from "../errors.ts";
import type { Row } from "../operation.ts";
import { openReader } from "./connection.ts";
import { checkFile } from "./file-check.ts";
import { acquireProcessLock } from "./lock.ts";
import { pendingMigrations } from "./migrate.ts";

export interface OpenTableSource extends TableSource {
  close(): void;
}

/**
 * Opens a database to be read whole. No service may run on it: what that wrote from now on would stay behind.
 *
 * @throws StorageOpenError
 */
export function openSqliteSource(databasePath: string): OpenTableSource {
  const path = resolve(databasePath);
  if (!existsSync(path)) throw new StorageOpenError(`${path} does not exist`);
  checkFile(path);
  const lock = acquireProcessLock(path);
  try {
    const db = openReader(path);
    if (pendingMigrations(db, path).length > 0) {
      db.close();
      throw new StorageOpenError(`${path} has an older schema: run migrate on it first`);
    }
    // One read transaction: tools that write without the lock do not show in it.
    db.exec("BEGIN");
    return {
      count: ({ name }) =>
        db.prepare<[], { count: number }>(`SELECT count(*) AS count FROM ${name}`).get()?.count ?? 0,
      page: (table, after, limit) =>
        db
          .prepare<unknown[], Row>(pageSql(table, after !== undefined))
          .all(...(after ?? []), limit)
          .map((row) => toValues(table, row)),
      close() {
        db.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
