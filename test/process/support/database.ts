/** What is in a database file, asked of SQLite itself and not of the service. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import Database from "better-sqlite3";

export function withDatabase<T>(path: string, work: (db: Database.Database) => T): T {
  const db = new Database(path, { readonly: true, fileMustExist: true });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

export function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** A clean close leaves the database as one file. */
export function hasLogFiles(databasePath: string): boolean {
  return existsSync(`${databasePath}-wal`) || existsSync(`${databasePath}-shm`);
}

/** Every row of every table: two databases with the same dump hold the same. */
export function dumpOf(path: string): Readonly<Record<string, readonly unknown[]>> {
  return withDatabase(path, (db) => {
    const tables = db
      .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all();
    return Object.fromEntries(
      tables.map(({ name }) => [name, db.prepare(`SELECT * FROM ${name} ORDER BY 1, 2`).all()]),
    );
  });
}

export function organizationNames(path: string): string[] {
  return withDatabase(path, (db) =>
    db
      .prepare<[], { name: string }>("SELECT name FROM organizations ORDER BY name")
      .all()
      .map(({ name }) => name),
  );
}

export interface Soundness {
  readonly integrity: unknown;
  readonly brokenReferences: readonly unknown[];
}

export const sound: Soundness = { integrity: "ok", brokenReferences: [] };

export function soundnessOf(path: string): Soundness {
  return withDatabase(path, (db) => ({
    integrity: db.pragma("integrity_check", { simple: true }),
    brokenReferences: db.prepare("PRAGMA foreign_key_check").all(),
  }));
}
