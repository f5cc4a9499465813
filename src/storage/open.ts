/** The only place that chooses an engine. */
import type { Clock } from "../base/clock.ts";
import { openPostgres } from "./postgres/postgres-storage.ts";
import { describeUrl } from "./postgres/url.ts";
import { openSqlite } from "./sqlite/sqlite-storage.ts";
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

/** The database in words that hold no password. */
export function describeLocation(database: DatabaseLocation): string {
  return database.kind === "sqlite" ? database.path : describeUrl(database.url);
}
