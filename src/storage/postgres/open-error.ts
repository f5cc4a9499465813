import { StorageError, StorageOpenError } from "../errors.ts";
import { fromPostgresError, isConnectionLoss, sqlStateOf } from "./errors.ts";
import { describeUrl } from "./url.ts";

/** Why a database cannot be opened. Never the URL: it holds the password. */
export function toOpenError(error: unknown, url: string): unknown {
  if (error instanceof StorageOpenError) return error;
  const where = describeUrl(url);
  const code = sqlStateOf(error);
  if (code?.startsWith("28")) {
    return new StorageOpenError(`${where} refuses the user or the password of DATABASE_URL`, {
      cause: error,
    });
  }
  if (code === "3D000") {
    return new StorageOpenError(`${where} does not exist: create the database`, { cause: error });
  }
  if (code?.startsWith("42")) {
    return new StorageOpenError(
      `${where} cannot be migrated (SQLSTATE ${code}): its user needs the right to create tables, and the schema must be free of other programs' tables of the same names`,
      { cause: error },
    );
  }
  if (isConnectionLoss(error) || fromPostgresError(error) instanceof StorageError) {
    return new StorageOpenError(`${where} cannot be reached: check DATABASE_URL, and that PostgreSQL runs`, {
      cause: error,
    });
  }
  return error;
}
