/** Storages whose pool the test sees, and what tests of faults say about them. */
import type { Pool } from "pg";
import { expect, vi } from "vitest";
import type { OrganizationId } from "../../../src/base/ids.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { PostgresOptions } from "../../../src/storage/postgres/postgres-storage.ts";
import type { AuditEvent } from "../../../src/storage/records.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { openOn, type TestDatabase } from "../../support/storage-postgres.ts";

export interface ObservedStorage extends AsyncDisposable {
  readonly storage: Storage;
  readonly pool: Pool;
  /** Every statement of its operations, as often as it was run. */
  readonly statements: readonly string[];
}

export async function openObserved(
  url: string,
  options: Partial<PostgresOptions> = {},
): Promise<ObservedStorage> {
  const pools: Pool[] = [];
  const statements: string[] = [];
  const storage = await openOn(url, {
    ...options,
    observer: { opened: (pool) => pools.push(pool), running: (sql) => statements.push(sql) },
  });
  const [pool] = pools;
  if (pool === undefined) throw new Error("the observer saw no pool");
  return { storage, pool, statements, [Symbol.asyncDispose]: () => storage.close() };
}

/** Every connection is back in the pool, and nobody waits for one. */
export function expectNoneLeaked({ pool }: ObservedStorage): void {
  expect({ waiting: pool.waitingCount, idle: pool.idleCount }).toEqual({ waiting: 0, idle: pool.totalCount });
}

export const unavailable: StorageFault = { kind: "unavailable", reason: expect.any(String) };

/** Waits for what a test has brought about, by looking again and again. */
export async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  await vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 15_000, interval: 5 });
}

/** How many sessions of the database wait for a lock in a statement that begins so. */
export async function waitingFor({ execute }: TestDatabase, statement: string): Promise<number> {
  const [row] = await execute(
    `SELECT count(*) AS count FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE ? || '%'`,
    statement,
  );
  return Number(row?.count);
}

/** Ends every session of the database but the asking one. */
export async function terminateAll({ execute }: TestDatabase): Promise<number> {
  const [row] = await execute(
    `SELECT count(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  );
  return Number(row?.count);
}

/** In order, without a gap, each id once. */
export function expectGapFree(events: readonly AuditEvent[]): void {
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
}

/** No table has a row of the organization, its events aside. */
export async function expectNothingLeft({ execute }: TestDatabase, id: OrganizationId): Promise<void> {
  for (const table of [
    ...["members", "sso_configurations", "scim_configurations", "personal_access_tokens"],
    ...["directory_users", "directory_counts", "groups", "group_members", "domain_verifications"],
  ]) {
    expect(await execute(`SELECT * FROM ${table} WHERE organization_id = ?`, id)).toEqual([]);
  }
  expect(await execute("SELECT * FROM organizations WHERE id = ?", id)).toEqual([]);
}
