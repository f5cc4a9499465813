import Database from "better-sqlite3";
import { StorageError } from "../errors.ts";
import { alreadyExists } from "../unique-keys.ts";

/** What SQLite answers, as a storage error; anything that is not a passing fault or a constraint stays as it is. */
export function fromSqliteError(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  switch (error.code) {
    case "SQLITE_CONSTRAINT_UNIQUE":
    case "SQLITE_CONSTRAINT_PRIMARYKEY":
      return new StorageError(alreadyExists(error.message), { cause: error });
    case "SQLITE_CONSTRAINT_FOREIGNKEY":
      return new StorageError({ kind: "referenced", entity: "record" }, { cause: error });
  }
  const reason = passingFault(error.code);
  return reason === undefined ? error : new StorageError({ kind: "unavailable", reason }, { cause: error });
}

/** SQLite's extended codes begin with the primary one: SQLITE_IOERR_WRITE, SQLITE_BUSY_SNAPSHOT, … */
function passingFault(code: string): string | undefined {
  if (isBusy(code)) return "the database is locked";
  if (code.startsWith("SQLITE_FULL")) return "the disk is full";
  if (code.startsWith("SQLITE_IOERR")) return "the disk failed";
  if (code.startsWith("SQLITE_READONLY")) return "the database is read-only";
  return undefined;
}

export function isBusyError(error: unknown): boolean {
  return error instanceof Database.SqliteError && isBusy(error.code);
}

function isBusy(code: string): boolean {
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}

/** Of the operating system: no such folder, no permission, no space. */
export function isSystemError(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && "syscall" in error && "code" in error && typeof error.code === "string";
}
