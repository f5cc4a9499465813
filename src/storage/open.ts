/** The only place that chooses an engine. */
import type { Clock } from "../base/clock.ts";
import { type CopyProgress, copyTables } from "./copy.ts";
import { toOpenError } from "./postgres/open-error.ts";
import { openPostgres } from "./postgres/postgres-storage.ts";
import { openPostgresTarget } from "./postgres/table-target.ts";
import { describeUrl } from "./postgres/url.ts";
import { openSqlite } from "./sqlite/sqlite-storage.ts";
import { openSqliteSource } from "./sqlite/table-source.ts";
import type { Storage } from "./storage.ts";

export type DatabaseLocation =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string; readonly connectionsMax: number };

/**
 * Opens the database and migrates it when it is older.
 *
 * @param role `server` for the process that serves, `tool` for a command that may run beside it
 * @param onConnectionError told of faults that mend themselves, for the log
 * @throws StorageOpenError for a database that is foreign, newer, damaged, in use or out of reach
 */
export function openStorage(
  database: DatabaseLocation,
  clock: Clock,
  role: "server" | "tool",
  onConnectionError: (error: Error) => void = () => {},
): Promise<Storage> {
  switch (database.kind) {
    case "sqlite":
      return openSqlite({ path: database.path, clock, role });
    case "postgres":
      return openPostgres({ ...database, clock, onIdleError: onConnectionError });
  }
}

/**
 * Copies an SQLite database into an empty PostgreSQL database.
 *
 * @returns the number of rows of each table
 * @throws StorageOpenError when either cannot be used, or the copy differs: nothing of it then stays
 */
export async function copyDatabase(
  path: string,
  url: string,
  clock: Clock,
  onProgress: (progress: CopyProgress) => void,
): Promise<ReadonlyMap<string, number>> {
  const source = openSqliteSource(path);
  try {
    const target = await openPostgresTarget(url, clock);
    try {
      return await copyTables(source, target, onProgress);
    } catch (error) {
      throw toOpenError(error, url);
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

/** The database in words that hold no password. */
export function describeLocation(database: DatabaseLocation): string {
  return database.kind === "sqlite" ? database.path : describeUrl(database.url);
}
