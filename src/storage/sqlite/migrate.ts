import type Database from "better-sqlite3";
import { migrations } from "../migrations/all.ts";
import { type AppliedMigration, ledger, refuseUnknownMigrations } from "../migrations/ledger.ts";
import { checksum, type Migration } from "../migrations/migration.ts";
import { applicationId, foreignFile } from "./file-check.ts";

const appendOnlyEvents = ["UPDATE", "DELETE"]
  .map(
    (verb) => `CREATE TRIGGER events_refuse_${verb.toLowerCase()} BEFORE ${verb} ON events
      BEGIN SELECT RAISE(ABORT, 'events are append-only'); END`,
  )
  .join(";\n");

function toSqlite(sql: string): string {
  return sql
    .replace("{EVENTS ARE APPEND-ONLY}", appendOnlyEvents)
    .replaceAll("{BYTES}", "BLOB")
    .replaceAll("{BIGINT}", "INTEGER")
    .replaceAll("{STRICT}", "STRICT")
    .replaceAll("{CLUSTERED}", ", WITHOUT ROWID")
    .replace(/\{STATISTICS [^}]*\}/, "");
}

/** The migrations that this database lacks. Refuses a foreign, a newer and a changed schema. Writes nothing. */
export function pendingMigrations(db: Database.Database, path: string): readonly Migration[] {
  const mark = db.pragma("application_id", { simple: true });
  const tables = db
    .prepare<[], { count: number }>("SELECT count(*) AS count FROM sqlite_schema")
    .get()?.count;
  if (tables === 0 && mark === 0) return migrations;
  if (mark !== applicationId) throw foreignFile(path);
  const applied = db
    .prepare<[], AppliedMigration>(`SELECT version, checksum FROM ${ledger} ORDER BY version`)
    .all();
  refuseUnknownMigrations(applied, path);
  return migrations.filter(({ version }) => version > applied.length);
}

/** Applies each migration in a transaction of its own; a crash leaves whole ones only. */
export function applyMigrations(db: Database.Database, pending: readonly Migration[], nowMs: number): void {
  for (const migration of pending) {
    db.transaction(() => {
      if (migration.version === 1) createLedger(db);
      for (const statement of migration.statements) db.exec(toSqlite(statement));
      db.prepare(`INSERT INTO ${ledger} (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)`).run(
        migration.version,
        migration.name,
        checksum(migration),
        nowMs,
      );
    }).immediate();
  }
}

function createLedger(db: Database.Database): void {
  db.pragma(`application_id = ${applicationId}`);
  db.exec(`CREATE TABLE ${ledger} (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at INTEGER NOT NULL
  ) STRICT`);
}
