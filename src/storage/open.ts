/** The only place that chooses an engine. */
import type { Clock } from "../base/clock.ts";
import { openSqlite } from "./sqlite/sqlite-storage.ts";
import type { Storage } from "./storage.ts";

export interface DatabaseConfig {
  readonly kind: "sqlite";
  readonly path: string;
}

/**
 * Opens the database and migrates it when it is older.
 *
 * @throws StorageOpenError for a database that is foreign, newer, damaged or in use
 */
export function openStorage(
  database: DatabaseConfig,
  clock: Clock,
  role: "server" | "tool",
): Promise<Storage> {
  return openSqlite({ path: database.path, clock, role });
}
