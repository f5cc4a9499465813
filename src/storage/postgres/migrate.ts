import type { ClientBase, Pool } from "pg";
import { migrations } from "../migrations/all.ts";
import { ledger, refuseUnknownMigrations } from "../migrations/ledger.ts";
import { checksum } from "../migrations/migration.ts";

/** "orgsvc" in ASCII: one lock for this program's migrations in a database. */
const lockKey = 0x6f72_6773;
const lockTimeoutMs = 60_000;

const appendOnlyEvents = `
  CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
  CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
  CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change()`;

/** COLLATE "C": ids are ordered and compared byte by byte, as on SQLite, whatever the database's locale. */
function toPostgres(sql: string): string {
  return (
    sql
      // A function, because `$` has a meaning in a replacement text.
      .replace("{EVENTS ARE APPEND-ONLY}", () => appendOnlyEvents)
      .replaceAll("{BYTES}", "BYTEA")
      .replaceAll("{BIGINT}", "BIGINT")
      .replaceAll("{STRICT}", "")
      .replaceAll(" TEXT ", ' TEXT COLLATE "C" ')
  );
}

/**
 * Brings the schema to this version. Of several instances that start at once, one migrates and the others wait: the
 * lock ends with the transaction, so that none is stranded behind PgBouncer or by a crash.
 *
 * @throws StorageOpenError for a newer schema, or one that another program made
 */
export async function migrate(pool: Pool, nowMs: number): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = 0`);
    await client.query("SELECT pg_advisory_xact_lock($1)", [lockKey]);
    await applyPending(client, nowMs);
    await client.query("COMMIT");
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function applyPending(client: ClientBase, nowMs: number): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS ${ledger} (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
  )`);
  const { rows } = await client.query<{ version: number; checksum: string }>(
    `SELECT version, checksum FROM ${ledger} ORDER BY version`,
  );
  refuseUnknownMigrations(rows, "the database");
  for (const migration of migrations.slice(rows.length)) {
    for (const statement of migration.statements) await client.query(toPostgres(statement));
    await client.query(
      `INSERT INTO ${ledger} (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
      [migration.version, migration.name, checksum(migration), nowMs],
    );
  }
}
