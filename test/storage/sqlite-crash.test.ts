/**
 * R1: kill -9 in the middle of writes, several times on one file. What was acknowledged is there, what is there has
 * its event and every event its change. (That it also survives a power cut is the fsync's part: `synchronous` is asked.)
 */
import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyId, type OrganizationId, parseId } from "../../src/base/ids.ts";
import type { AuditEvent } from "../../src/storage/records.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { startChild } from "../support/storage-child.ts";
import { allEvents, faultOf } from "../support/storage-harness.ts";
import { openObserved, openRaw, temporaryFolder } from "../support/storage-sqlite.ts";

const rounds = Number(process.env.CRASH_ROUNDS ?? 8);
const seed = Number(process.env.CRASH_SEED ?? randomInt(2 ** 31));
const killAfterMs = fc.integer({ min: 50, max: 300 });
const readyMs = 2_000;

describe("kill -9", () => {
  it(`loses nothing that was acknowledged, over ${rounds} kills (CRASH_SEED=${seed})`, {
    timeout: 20_000 + rounds * 5_000,
  }, async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const acknowledged = new Map<OrganizationId, Set<string>>();
    for (const afterMs of fc.sample(killAfterMs, { seed, numRuns: rounds })) {
      const acks = await writeUntilKilled(path, afterMs);
      expect(acks.length).toBeGreaterThan(0);
      for (const [organizationId, eventId] of acks) {
        const events = acknowledged.get(organizationId) ?? new Set();
        acknowledged.set(organizationId, events.add(eventId));
      }
      await checkAfterCrash(path, acknowledged);
    }
  });
});

type Ack = readonly [organizationId: OrganizationId, eventId: string];

async function writeUntilKilled(path: string, afterMs: number): Promise<readonly Ack[]> {
  await using writer = startChild("crash-writer.ts", path);
  expect(await writer.line("synchronous")).toBe("synchronous 2");
  await writer.line("ack");
  // The moment is the test: there is no event to wait for.
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  await writer.kill();
  return writer.lines.flatMap((line) => {
    const [, organizationId, eventId] = /^ack (\S{36}) (\S{36})$/.exec(line) ?? [];
    return organizationId === undefined || eventId === undefined ? [] : [[parseId(organizationId), eventId]];
  });
}

async function checkAfterCrash(
  path: string,
  acknowledged: ReadonlyMap<OrganizationId, Set<string>>,
): Promise<void> {
  const startMs = performance.now();
  const { storage } = await openObserved(path);
  expect(performance.now() - startMs).toBeLessThan(readyMs);
  using raw = openRaw(path);
  expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(raw.pragma("foreign_key_check")).toEqual([]);

  const organizations = raw
    .prepare<[], string>("SELECT DISTINCT organization_id FROM events")
    .pluck()
    .all()
    .map((id) => parseId<OrganizationId>(id));
  expect(organizations).toEqual(expect.arrayContaining([...acknowledged.keys()]));
  for (const id of organizations) await checkOrganization(storage, id, acknowledged.get(id) ?? new Set());
  expect(rowsWithoutOrganization(raw, organizations)).toEqual([]);
  await storage.close();
}

/** The organization as its events say that it must be, and nothing else. */
async function checkOrganization(
  storage: Storage,
  id: OrganizationId,
  acknowledged: Set<string>,
): Promise<void> {
  const events = await allEvents(storage, id);
  expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
  const eventIds = new Set<string>(events.map((event) => event.id));
  expect([...acknowledged].filter((eventId) => !eventIds.has(eventId))).toEqual([]);
  expect(eventIds.size).toBe(events.length);

  if (events.at(-1)?.action === "deleted") {
    expect(await faultOf(storage.organizations.get(id))).toEqual({
      kind: "not_found",
      entity: "organization",
    });
    expect(await everythingOf(storage, id)).toEqual({ sso: [], scim: [] });
    return;
  }
  expect((await storage.organizations.get(id)).name).toBe(lastSetting(events, "organization")?.id);
  const { sso, scim } = await everythingOf(storage, id);
  const settings = lastSetting(events, "sso_configuration");
  expect(sso.map((one) => [one.id, one.displayName])).toEqual(
    settings ? [[settings.subjectId, settings.id]] : [],
  );
  const created = events.find(({ subjectType }) => subjectType === "scim_configuration");
  const regenerations = events.filter(({ action }) => action === "token_regenerated").length;
  expect(scim.map((one) => [one.id, one.tokenLifetimeSeconds])).toEqual(
    created ? [[created.subjectId, regenerations]] : [],
  );
}

/** The last event that set the subject's name to its own id. */
function lastSetting(events: readonly AuditEvent[], type: AuditEvent["subjectType"]): AuditEvent | undefined {
  return events.findLast(({ subjectType }) => subjectType === type);
}

async function everythingOf(storage: Storage, id: OrganizationId) {
  const page = { afterId: undefined, limit: 100 };
  return {
    sso: await storage.ssoConfigurations.list(id, page),
    scim: await storage.scimConfigurations.list(id, page),
  };
}

function rowsWithoutOrganization(
  raw: ReturnType<typeof openRaw>,
  organizations: readonly AnyId[],
): readonly string[] {
  const known = new Set<string>(organizations);
  const ids = raw.prepare<[], string>("SELECT id FROM organizations").pluck().all();
  return ids.filter((id) => !known.has(id));
}
