import type Database from "better-sqlite3";

/** When what is in the log is written to the database's own file. */
export interface Checkpoints {
  /** The next commit makes none. */
  postpone(): void;
  /** Makes the one that was postponed, if it was due. From now on commits make them again. */
  catchUp(): void;
}

/**
 * SQLite makes a checkpoint within the commit with which the log is long enough. After a long operation each of the two takes
 * a while, 50 ms for 99,000 memberships: so each gets a turn of the event loop of its own.
 */
export function createCheckpoints(db: Database.Database): Checkpoints {
  const pagesMin = Number(db.pragma("wal_autocheckpoint", { simple: true }));
  const logLength = db.prepare<[], { log: number }>("PRAGMA wal_checkpoint(NOOP)");
  const checkpoint = db.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  return {
    postpone: () => void db.pragma("wal_autocheckpoint = 0"),
    catchUp() {
      db.pragma(`wal_autocheckpoint = ${pagesMin}`);
      try {
        const pages = logLength.get()?.log ?? 0;
        if (pages >= pagesMin) checkpoint.get();
      } catch {
        // The next commit tries again. When one within a commit fails, SQLite leaves it at that too.
      }
    },
  };
}
