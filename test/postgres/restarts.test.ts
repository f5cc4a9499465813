/** R10: PostgreSQL restarted under load, by its own choice and by a crash. */
import { expect, it } from "vitest";
import type { OrganizationId } from "../../src/base/ids.ts";
import { faultOf } from "../support/storage-harness.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import {
  expectNoneLeaked,
  type ObservedStorage,
  openObserved,
  unavailable,
  until,
} from "./support/storages.ts";

const server = postgresServer();
const restarts = 3;
const writersPerInstance = 8;
const healthyWithinMs = 3_000;

it.each([["fast"], ["immediate"]] as const)(
  `${restarts} restarts (%s) under writers of two instances: what was acknowledged is there once, what was refused is not, and both go on by themselves`,
  async (mode) => {
    const database = await server.database();
    await using one = await openObserved(database.url);
    await using two = await openObserved(database.url);
    const load = startLoad([one, two]);
    for (let round = 1; round <= restarts; round += 1) {
      await load.reaches(load.acknowledged.length + 100);
      await server.embedded().stop(mode);
      await load.isRefused();
      await server.embedded().start();
      const upMs = performance.now();
      for (const { storage } of [one, two])
        await until(async () => (await faultOf(storage.ping())) === undefined);
      expect(performance.now() - upMs).toBeLessThan(healthyWithinMs);
    }
    await load.reaches(load.acknowledged.length + 100);
    await load.stop();

    const organizations = await database.execute("SELECT id FROM organizations");
    const events = await database.execute("SELECT subject_id FROM events");
    const written = new Set(organizations.map(({ id }) => id));
    expect(load.acknowledged.filter((id) => !written.has(id))).toEqual([]);
    expect(load.refused.filter((id) => written.has(id))).toEqual([]);
    expect(events.map(({ subject_id }) => subject_id).toSorted()).toEqual([...written].toSorted());
    for (const observed of [one, two]) expectNoneLeaked(observed);
  },
);

interface Load {
  readonly acknowledged: readonly OrganizationId[];
  readonly refused: readonly OrganizationId[];
  reaches(count: number): Promise<void>;
  /** Resolves when a call that began after this one was refused. */
  isRefused(): Promise<void>;
  stop(): Promise<void>;
}

function startLoad(instances: readonly ObservedStorage[]): Load {
  const acknowledged: OrganizationId[] = [];
  const refused: OrganizationId[] = [];
  let stopped = false;

  async function write({ storage }: ObservedStorage): Promise<void> {
    const organization = newOrganization();
    const fault = await faultOf(storage.organizations.create(organization, undefined, newAudit()));
    if (fault === undefined) {
      acknowledged.push(organization.id);
      return;
    }
    expect(fault).toEqual(unavailable);
    refused.push(organization.id);
    // Callers come back a moment later, or the test would do nothing but refuse.
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  async function writeOn(instance: ObservedStorage): Promise<void> {
    while (!stopped) await write(instance);
  }

  const writers = instances.flatMap((instance) =>
    Array.from({ length: writersPerInstance }, () => writeOn(instance)),
  );
  return {
    acknowledged,
    refused,
    reaches: (count) => until(() => acknowledged.length >= count),
    isRefused() {
      const before = refused.length;
      return until(() => refused.length > before);
    },
    async stop() {
      stopped = true;
      await Promise.all(writers);
    },
  };
}
