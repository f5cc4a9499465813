import Database from "better-sqlite3";
import { StorageOpenError } from "../errors.ts";

/**
 * Milliseconds that a statement waits for a lock. It waits synchronously, with the whole event loop: hence short,
 * and the group commit retries without blocking.
 */
const busyTimeoutMs = 50;
const journalSizeLimitBytes = 64 * 1024 * 1024;

/** The one connection that writes. */
export function openWriter(path: string): Database.Database {
  const db = new Database(path, { timeout: busyTimeoutMs });
  db.pragma("journal_mode = WAL");
  // better-sqlite3 is built with WAL sync NORMAL, which a connection falls back to after its first write unless it
  // is told otherwise: an acknowledged write would not survive a power cut.
  db.pragma("synchronous = FULL");
  db.pragma("fullfsync = ON");
  db.pragma("foreign_keys = ON");
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
  db.pragma(`journal_size_limit = ${journalSizeLimitBytes}`);
  db.pragma("wal_autocheckpoint = 1000");
  return db;
}

/** Reads see the last commit and wait for no writer. */
export function openReader(path: string): Database.Database {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
  db.pragma("trusted_schema = OFF");
  db.pragma("cell_size_check = ON");
  return db;
}

/** A database in memory as it is now. Its one connection has no second reader, so this one has all of it to itself. */
export function openCopy(db: Database.Database): Database.Database {
  return new Database(db.serialize(), { readonly: true });
}

const full = 2;

/** Asked after the first write, when a wrong setting would show. */
export function assertDurable(db: Database.Database): void {
  const level = db.pragma("synchronous", { simple: true });
  if (level !== full) throw new StorageOpenError(`PRAGMA synchronous is ${String(level)}, not FULL`);
}

/** In one line: SQLite puts a heading above the first problem. */
export function integrityProblem(db: Database.Database): string | undefined {
  const answer = String(db.pragma("quick_check(1)", { simple: true }));
  return answer === "ok" ? undefined : answer.split("\n").at(-1);
}
