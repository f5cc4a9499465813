import type { ClientBase, Pool } from "pg";
import { StorageOpenError } from "../errors.ts";
import { migrations } from "../migrations/all.ts";
import { type AppliedMigration, ledger, refuseUnknownMigrations } from "../migrations/ledger.ts";
import { checksum } from "../migrations/migration.ts";

/** "orgs" in ASCII: one lock for this program's migrations in a database. */
const lockKey = 0x6f72_6773;
const lockTimeoutMs = 60_000;
/** For anything of a start that touches no more than the ledger. */
const answerTimeoutMs = 5_000;

const appendOnlyEvents = `
  CREATE FUNCTION refuse_event_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$;
  CREATE TRIGGER events_refuse_update BEFORE UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
  CREATE TRIGGER events_refuse_delete BEFORE DELETE ON events
    FOR EACH ROW EXECUTE FUNCTION refuse_event_change();
  CREATE TRIGGER events_refuse_truncate BEFORE TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_event_change()`;

/** COLLATE "C": ids are ordered and compared byte by byte, as on SQLite, whatever the database's locale. */
function toPostgres(sql: string): string {
  return (
    sql
      // A function, because `$` has a meaning in a replacement text.
      .replace("{EVENTS ARE APPEND-ONLY}", () => appendOnlyEvents)
      .replaceAll("{BYTES}", "BYTEA")
      .replaceAll("{BIGINT}", "BIGINT")
      .replaceAll("{STRICT}", "")
      .replaceAll("{CLUSTERED}", "")
      .replace(
        /\{STATISTICS (\w+) \(([^)]*)\)\}/,
        "CREATE STATISTICS $1_dependencies (dependencies) ON $2 FROM $1",
      )
      .replaceAll(/ TEXT\b/g, ' TEXT COLLATE "C"')
  );
}

/**
 * Brings the schema to this version. Of several instances that start at once, one migrates and the others wait: the
 * lock ends with the transaction, so that none is stranded behind PgBouncer or by a crash. A database that needs
 * nothing is only read, which takes no right to change it.
 *
 * @throws StorageOpenError for a newer schema, or one that another program made
 */
export async function migrate(pool: Pool, nowMs: number): Promise<void> {
  const client = await pool.connect();
  let isSound = false;
  try {
    await refuseOtherEncodings(client);
    if ((await readLedger(client)).length < migrations.length) await migrateAlone(client, nowMs);
    isSound = true;
  } finally {
    // Closed in the middle of a transaction, it leaves nothing of it.
    client.release(!isSound);
  }
}

/** In any other, some of the text that SQLite keeps could not be kept. */
async function refuseOtherEncodings(client: ClientBase): Promise<void> {
  const { rows } = await ask<{ encoding: string }>(
    client,
    "SELECT current_setting('server_encoding') AS encoding",
  );
  const encoding = rows[0]?.encoding;
  if (encoding === "UTF8") return;
  throw new StorageOpenError(
    `the database has the encoding ${encoding}: create one WITH ENCODING 'UTF8' TEMPLATE template0`,
  );
}

/** What was applied; nothing when there is no ledger. @throws StorageOpenError for a schema that is not ours */
async function readLedger(client: ClientBase): Promise<readonly AppliedMigration[]> {
  const present = await ask<{ ledger: string | null }>(client, "SELECT to_regclass($1) AS ledger", [ledger]);
  if (present.rows[0]?.ledger === null) return [];
  const { rows } = await ask<AppliedMigration>(
    client,
    `SELECT version, checksum FROM ${ledger} ORDER BY version`,
  );
  refuseUnknownMigrations(rows, "the database");
  return rows;
}

async function migrateAlone(client: ClientBase, nowMs: number): Promise<void> {
  // Each statement must see what was committed while the one before it waited, whatever the database's default is.
  await ask(
    client,
    `BEGIN ISOLATION LEVEL READ COMMITTED;
     SET LOCAL lock_timeout = ${lockTimeoutMs}; SET LOCAL statement_timeout = 0`,
  );
  await ask(client, "SELECT pg_advisory_xact_lock($1)", [lockKey], lockTimeoutMs + answerTimeoutMs);
  await applyPending(client, nowMs);
  await client.query("COMMIT");
}

/** Reads the ledger again: another instance may have migrated while this one waited for the lock. */
async function applyPending(client: ClientBase, nowMs: number): Promise<void> {
  await client.query(`CREATE TABLE IF NOT EXISTS ${ledger} (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
  )`);
  const applied = await readLedger(client);
  for (const migration of migrations.slice(applied.length)) {
    for (const statement of migration.statements) await client.query(toPostgres(statement));
    await client.query(
      `INSERT INTO ${ledger} (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)`,
      [migration.version, migration.name, checksum(migration), nowMs],
    );
  }
}

/** Within a time, so that a server that does not answer does not keep a start for ever. */
async function ask<R extends object>(
  client: ClientBase,
  text: string,
  values: unknown[] = [],
  timeoutMs: number = answerTimeoutMs,
) {
  const config = { text, values, query_timeout: timeoutMs };
  return await client.query<R>(config);
}
