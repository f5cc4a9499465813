/** A connection of its own, in a transaction that ends with it. */
import type Database from "better-sqlite3";
import type { OpenSnapshot } from "../held-snapshots.ts";
import { fromSqliteError } from "./errors.ts";
import { createRunner, type StatementObserver } from "./runner.ts";

/** @throws StorageError unavailable */
export async function openSnapshot(
  connect: () => Database.Database,
  onPrepared?: StatementObserver,
): Promise<OpenSnapshot> {
  try {
    const db = connect();
    const run = createRunner(db, onPrepared);
    // Deferred: the first read decides of which moment it is.
    db.exec("BEGIN");
    return {
      async read(operation) {
        try {
          return run(operation());
        } catch (error) {
          throw fromSqliteError(error);
        }
      },
      async end() {
        db.close();
      },
    };
  } catch (error) {
    throw fromSqliteError(error);
  }
}
