import pg from "pg";
import { StorageError } from "../errors.ts";
import { alreadyExists } from "../unique-keys.ts";

/** SQLSTATE classes and codes (PostgreSQL manual, appendix A). */
const uniqueViolation = "23505";
const foreignKeyViolation = "23503";
const serializationFailure = "40001";
const deadlockDetected = "40P01";
/** "statement completion unknown": what distributed engines answer to a COMMIT that they lost sight of. */
const completionUnknown = "40003";
/** By the beginning of the code: the session ended with it. */
const sessionEnded = ["08", "57P", "25P03", "25P04"];

/** Passing faults of the server, by the beginning of their SQLSTATE. */
const passing: Readonly<Record<string, string>> = {
  [completionUnknown]: "the outcome of a statement is not known",
  "53": "the database is out of resources",
  "55P03": "a lock was held for too long",
  "57014": "the database took too long",
  "58": "the database's system failed",
  "25006": "the database is read-only",
  XX000: "the database failed",
};

/** What PostgreSQL answers, as a storage error; what is neither a constraint nor passing stays as it is. */
export function fromPostgresError(error: unknown): unknown {
  if (error instanceof StorageError) return error;
  if (isConnectionLoss(error)) return unavailable("the connection to the database failed", error);
  const code = sqlStateOf(error);
  if (code === undefined) return error;
  if (code === uniqueViolation) {
    return new StorageError(alreadyExists(constraintOf(error)), { cause: error });
  }
  if (code === foreignKeyViolation) {
    return new StorageError({ kind: "referenced", entity: "record" }, { cause: error });
  }
  if (isConflict(error)) return unavailable("too many writes to the same record", error);
  const reason = Object.entries(passing).find(([prefix]) => code.startsWith(prefix))?.[1];
  return reason === undefined ? error : unavailable(reason, error);
}

export function unavailable(reason: string, cause?: unknown): StorageError {
  return new StorageError({ kind: "unavailable", reason }, { cause });
}

/** Two transactions got in each other's way: run again, the whole transaction may succeed. */
export function isConflict(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code === serializationFailure || code === deadlockDetected;
}

export function isUniqueViolation(error: unknown): boolean {
  return sqlStateOf(error) === uniqueViolation;
}

/** As the answer to COMMIT, says neither that it happened nor that it did not. */
export function isOutcomeUnknown(error: unknown): boolean {
  return isConnectionLoss(error) || sqlStateOf(error) === completionUnknown;
}

/** The session is gone, with whatever was not committed in it. */
export function isConnectionLoss(error: unknown): boolean {
  // Of a host with several addresses, when none of them answers.
  if (error instanceof AggregateError) return error.errors.some(isConnectionLoss);
  if (error instanceof pg.DatabaseError) return isFatal(error);
  if (!(error instanceof Error)) return false;
  return "syscall" in error || lostMessages.some((message) => error.message.includes(message));
}

/** The severity is in the server's language, the code is not. */
function isFatal({ severity, code = "" }: pg.DatabaseError): boolean {
  if (severity === "FATAL" || severity === "PANIC") return true;
  return sessionEnded.some((prefix) => code.startsWith(prefix));
}

/** The driver has no codes for these. */
const lostMessages = [
  "Connection terminated",
  "Client has encountered a connection error",
  "Client was closed",
  "timeout expired",
  "timeout exceeded when trying to connect",
  "Query read timeout",
  "Cannot use a pool after calling end on the pool",
];

function constraintOf(error: unknown): string {
  return error instanceof pg.DatabaseError ? (error.constraint ?? "") : "";
}

export function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}
