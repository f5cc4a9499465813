/** Nothing is kept in a session, which behind PgBouncer in transaction mode is another client's in the next moment. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { everyCall, targetFor } from "../support/storage-calls.ts";
import { faultOf } from "../support/storage-harness.ts";
import { isBehindPgBouncer, postgresServer } from "../support/storage-postgres.ts";
import { newAudit } from "../support/storage-records.ts";
import { openObserved } from "./support/storages.ts";

const server = postgresServer();
const storageFolder = join(import.meta.dirname, "../../src/storage");

/** @see https://www.pgbouncer.org/features.html, the table of what transaction mode takes away */
const sessionState: readonly RegExp[] = [
  // At the beginning of a statement: UPDATE has a SET of its own.
  /(?:^|;)\s*(?:RE)?SET\s+(?!LOCAL\b)\w/i,
  /\bset_config\([^)]*false\s*\)/i,
  /\b(?:UN)?LISTEN\s+\w/i,
  /\bPREPARE\s+\w|\bDEALLOCATE\b/i,
  /\bpg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?\s*\(/i,
  /\bWITH\s+HOLD\b/i,
  /\bTEMP(?:ORARY)?\s+TABLE\b/i,
  /\bLOAD\s+'/i,
];

function problemsIn(sql: string): readonly string[] {
  return sessionState.filter((pattern) => pattern.test(sql)).map(String);
}

interface Text {
  readonly file: string;
  readonly text: string;
}

/** The string literals of every source that PostgreSQL is spoken to in. */
function literals(): readonly Text[] {
  const files = readdirSync(storageFolder, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.startsWith("sqlite"),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(storageFolder, file), "utf8").replaceAll(
      /\/\*.*?\*\/|^\s*\/\/.*$/gms,
      "",
    );
    return [...source.matchAll(/"([^"\n]*)"|`([^`]*)`/g)].map(([, quoted, template]) => ({
      file,
      text: quoted ?? template ?? "",
    }));
  });
}

describe("sessions", () => {
  it("are told nothing that outlives a transaction, by any statement in the sources", () => {
    const statements = literals().filter(({ text }) => /\b(?:BEGIN|SELECT|INSERT)\b/.test(text));
    expect(new Set(statements.map(({ file }) => file)).size).toBeGreaterThan(8);
    const found = literals().flatMap(({ file, text }) =>
      problemsIn(text).map((problem) => ({ file, problem })),
    );
    expect(found).toEqual([]);
  });

  it.each([
    "SET statement_timeout = 5000",
    "BEGIN; SET LOCAL lock_timeout = 1; SET synchronous_commit TO on",
    "SELECT set_config('app.tenant', $1, false)",
    "LISTEN events",
    "PREPARE look AS SELECT 1",
    "SELECT pg_advisory_lock($1)",
    "SELECT pg_try_advisory_lock(1, 2)",
    "CREATE TEMP TABLE found (id TEXT)",
  ])("are found out by the check itself: %s", (sql) => {
    expect(problemsIn(sql)).not.toEqual([]);
  });

  it.each([
    "BEGIN; SET LOCAL lock_timeout = 1",
    "UPDATE members SET role = $1",
    "SELECT set_config('app.tenant', $1, true)",
    "SELECT pg_advisory_xact_lock($1)",
    "INSERT INTO a VALUES (1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  ])("may have what ends with a transaction: %s", (sql) => {
    expect(problemsIn(sql)).toEqual([]);
  });

  it("prepare no statement under a name", () => {
    const sources = readdirSync(join(storageFolder, "postgres")).filter((file) => file.endsWith(".ts"));
    const named = sources.filter((file) =>
      /\.query[^;]*\bname:/s.test(readFileSync(join(storageFolder, "postgres", file), "utf8")),
    );
    expect(named).toEqual([]);
  });

  it.skipIf(isBehindPgBouncer)("are after every call as they were when they began", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url, { connectionsMax: 1 });
    const { storage, pool } = observed;
    const state = async () => {
      const settings = await pool.query(
        "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name",
      );
      const { rows } = await pool.query(
        `SELECT pg_backend_pid() AS pid,
           (SELECT count(*) FROM pg_prepared_statements) AS prepared,
           (SELECT count(*) FROM pg_listening_channels()) AS channels,
           (SELECT count(*) FROM pg_cursors) AS cursors,
           (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
           (SELECT count(*) FROM pg_class WHERE relpersistence = 't') AS temporary`,
      );
      return { settings: settings.rows, rest: rows };
    };
    const before = await state();
    expect(before.rest).toMatchObject([{ prepared: 0, channels: 0, cursors: 0, locks: 0, temporary: 0 }]);
    for (const call of everyCall) {
      const target = await targetFor(call, storage);
      await faultOf(call.run(storage, target, newAudit()));
      // A second time, of much that is gone by then: refusals leave no more behind.
      await faultOf(call.run(storage, target, newAudit()));
    }
    expect(await state()).toEqual(before);
  });
});
