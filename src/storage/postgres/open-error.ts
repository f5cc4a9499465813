import pg from "pg";
import { StorageError, StorageOpenError } from "../errors.ts";
import { fromPostgresError, isConnectionLoss } from "./errors.ts";
import { describeUrl } from "./url.ts";

/** By the beginning of the SQLSTATE: what is said after the database's name. */
const answers: Readonly<Record<string, string>> = {
  "28": "refuses the user or the password of DATABASE_URL",
  "3D000": "does not exist: create the database",
  "42": "cannot be migrated: its user needs the right to create tables, and the schema must be free of other programs' tables of the same names",
  "53300": "has no connection left: raise its max_connections, or lower DATABASE_CONNECTIONS_MAX",
  "55P03": "is locked by another process: wait for the instance that migrates it",
};

/** Why a database cannot be opened. Never the URL: it holds the password. */
export function toOpenError(error: unknown, url: string): unknown {
  if (error instanceof StorageOpenError) return error;
  const where = describeUrl(url);
  if (error instanceof pg.DatabaseError) {
    const answer = Object.entries(answers).find(([prefix]) => error.code?.startsWith(prefix))?.[1];
    if (answer !== undefined) {
      return new StorageOpenError(`${where} ${answer} (SQLSTATE ${error.code})`, { cause: error });
    }
  }
  if (isConnectionLoss(error) || isPassing(error) || isOfTheDriver(error)) {
    return new StorageOpenError(
      `${where} cannot be reached (${reasonOf(error)}): check DATABASE_URL, and that PostgreSQL runs`,
      { cause: error },
    );
  }
  return error;
}

function isPassing(error: unknown): boolean {
  return fromPostgresError(error) instanceof StorageError;
}

/** TLS that the server does not speak or whose certificate is not trusted, a password that is missing. */
function isOfTheDriver(error: unknown): error is Error {
  return error instanceof Error && /SSL|TLS|SASL|certificate/i.test(error.message);
}

/** What PgBouncer gives as the code of all its own refusals, the reason being in its words. */
const protocolViolation = "08P01";

/** A code such as ECONNREFUSED or 57P03, or else words, which hold no password. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  if (!(error instanceof Error)) return "unknown";
  const hasCode = "code" in error && typeof error.code === "string" && error.code !== protocolViolation;
  return hasCode ? String(error.code) : error.message.split("\n", 1).join();
}
