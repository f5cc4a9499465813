import { integer } from "../columns.ts";
import { StorageOpenError } from "../errors.ts";
import { first, type Operation, type Row } from "../operation.ts";
import { migrations, schemaVersion } from "./all.ts";
import { checksum } from "./migration.ts";

/**
 * The table of what was applied. Not "schema_migrations", which other programs' ledgers are called: a PostgreSQL
 * database may be shared with them.
 */
export const ledger = "organization_service_migrations";

/** A migration that a database's ledger says was applied. */
export interface AppliedMigration {
  readonly version: number;
  readonly checksum: string;
}

/**
 * Refuses a schema that this version does not know: it would not see what a newer one added.
 *
 * @param applied in order
 * @param where names the database in the message
 * @throws StorageOpenError
 */
export function refuseUnknownMigrations(applied: readonly AppliedMigration[], where: string): void {
  const newest = applied.at(-1)?.version ?? 0;
  if (newest > migrations.length) {
    throw new StorageOpenError(
      `${where} was written by a newer version (schema ${newest}, this one knows ${migrations.length}): run that version`,
    );
  }
  for (const [index, row] of applied.entries()) {
    const migration = migrations[index];
    if (migration?.version === row.version && checksum(migration) === row.checksum) continue;
    throw new StorageOpenError(
      `${where} has a schema that this version did not make: run the version that made it`,
    );
  }
}

const selectVersion = {
  sql: `SELECT version FROM ${ledger} WHERE version = ?`,
  decode: (row: Row) => integer(row, "version"),
};

/**
 * Whether this version's schema is there. A newer one passes, as it does when a newer instance migrates while this one
 * still serves.
 */
export function* isMigrated(): Operation<boolean> {
  return (yield* first(selectVersion, schemaVersion)) !== undefined;
}
