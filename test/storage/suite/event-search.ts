import * as fc from "fast-check";
import { expect } from "vitest";
import type { AnyId, OrganizationId } from "../../../src/base/ids.ts";
import type { AuditEvent } from "../../../src/storage/records.ts";
import type { EventFilter, EventQuery, Storage } from "../../../src/storage/storage.ts";
import { allEvents, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newHash, newId, newSso, newToken } from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const seed = 20_261_124;
const runs = 120;

export function eventSearchTests(test: StoreTest): void {
  test(`${runs} random filters find what reading the whole log finds, in both orders, page by page (seed ${seed})`, async ({
    storage,
  }) => {
    const { id, values } = await createLog(storage);
    const log = await allEvents(storage, id);
    await fc.assert(
      fc.asyncProperty(
        filters(values),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 50 }),
        async (filter, descending, limit, scanMax) => {
          const expected = log.filter((event) => passes(event, filter));
          const { found, pages } = await searchAll(storage, id, { filter, descending, limit, scanMax });
          expect(found).toEqual(descending ? expected.toReversed() : expected);
          for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
        },
      ),
      { seed, numRuns: runs },
    );
  });

  test("a page ends after as many positions as it may look at, and the next goes on there", async ({
    storage,
  }) => {
    const { id } = await createLog(storage);
    const query = { filter: { actorIds: [newId()] }, limit: 10, scanMax: 5 };
    const { length } = await allEvents(storage, id);
    const first = await storage.events.search(id, { ...query, descending: true, after: undefined });
    expect(first).toEqual({ items: [], next: length + 1 - 5 });
    const oldest = await storage.events.search(id, { ...query, descending: false, after: undefined });
    expect(oldest).toEqual({ items: [], next: 5 });
    const { found, pages } = await searchAll(storage, id, { ...query, descending: true });
    expect(found).toEqual([]);
    expect(pages).toHaveLength(Math.ceil(length / 5));
  });

  test("the events of one subject are found however many others lie between", async ({ storage }) => {
    const { id, sso } = await createLog(storage);
    const query = {
      filter: { subjectIds: [sso] },
      descending: true,
      after: undefined,
      limit: 10,
      scanMax: 9,
    };
    const { items, next } = await storage.events.search(id, query);
    const log = await allEvents(storage, id);
    expect(items).toEqual(log.filter(({ subjectId }) => subjectId === sso).toReversed());
    expect(items.length).toBeGreaterThan(0);
    expect(next).toBeUndefined();
  });

  test("what is appended meanwhile moves no page from the last to the first", async ({ storage }) => {
    const { id } = await createLog(storage);
    const log = await allEvents(storage, id);
    const query = { filter: {}, descending: true, limit: 4, scanMax: 1_000 };
    const first = await storage.events.search(id, { ...query, after: undefined });
    await storage.organizations.update(id, { name: "Meanwhile" }, newAudit());
    const second = await storage.events.search(id, { ...query, after: first.next });
    expect([...first.items, ...second.items]).toEqual(log.toReversed().slice(0, 8));
  });

  test("an organization that never existed has nothing to find", async ({ storage }) => {
    await createTenant(storage);
    for (const descending of [true, false]) {
      const query = { filter: {}, descending, after: undefined, limit: 10, scanMax: 10 };
      expect(await storage.events.search(newId(), query)).toEqual({ items: [], next: undefined });
    }
  });
}

interface Log {
  readonly id: OrganizationId;
  readonly sso: AnyId;
  /** What filters are made of: values that occur, and one that does not. */
  readonly values: Values;
}

interface Values {
  readonly actorIds: readonly AnyId[];
  readonly subjectIds: readonly AnyId[];
  readonly times: readonly number[];
}

/** Some 60 events by several actors on several subjects; their times are not quite in the order of their positions. */
async function createLog(storage: Storage): Promise<Log> {
  const tenant = await createTenant(storage);
  const { id } = tenant.organization;
  const { userId } = tenant.member;
  for (let round = 0; round < 10; round += 1) {
    const byUser = newAudit({ actorId: userId, actorPrincipal: "user" });
    const sso = newSso(id);
    await storage.organizations.update(id, { name: `Round ${round}` }, byUser);
    await storage.ssoConfigurations.create(id, sso, newAudit({ atMs: byUser.atMs - (round % 3) }));
    await storage.ssoConfigurations.delete(id, sso.id, newAudit());
    await storage.personalAccessTokens.create(id, newToken(id, userId), newHash(), newAudit());
    await storage.scimConfigurations.update(id, tenant.scim.id, { name: `${round}` }, byScim(tenant));
  }
  const log = await allEvents(storage, id);
  return {
    id,
    sso: tenant.sso.id,
    values: {
      actorIds: [...new Set(log.map(({ actorId }) => actorId)), newId()],
      subjectIds: [...new Set(log.map(({ subjectId }) => subjectId)), newId()],
      times: log.map(({ createdAtMs }) => createdAtMs),
    },
  };
}

function byScim({ scim }: Tenant) {
  return newAudit({ actorId: scim.id, actorPrincipal: "scim_configuration" });
}

function filters({ actorIds, subjectIds, times }: Values): fc.Arbitrary<EventFilter> {
  const some = <T>(values: readonly T[]) =>
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 25 });
  return fc.record(
    {
      actorIds: some(actorIds),
      actorPrincipals: some(["operator", "user", "scim_configuration"] as const),
      subjectIds: some(subjectIds),
      subjectTypes: some(["organization", "sso_configuration", "scim_configuration", "user"] as const),
      fromMs: fc.constantFrom(...times),
      toMs: fc.constantFrom(...times),
    },
    { requiredKeys: [] },
  );
}

function passes(event: AuditEvent, filter: EventFilter): boolean {
  return (
    (filter.actorIds?.includes(event.actorId) ?? true) &&
    (filter.actorPrincipals?.includes(event.actorPrincipal) ?? true) &&
    (filter.subjectIds?.includes(event.subjectId) ?? true) &&
    (filter.subjectTypes?.includes(event.subjectType) ?? true) &&
    event.createdAtMs >= (filter.fromMs ?? 0) &&
    event.createdAtMs < (filter.toMs ?? Number.POSITIVE_INFINITY)
  );
}

async function searchAll(
  { events }: Storage,
  id: OrganizationId,
  query: Omit<EventQuery, "after">,
): Promise<{ found: readonly AuditEvent[]; pages: readonly (readonly AuditEvent[])[] }> {
  const pages: (readonly AuditEvent[])[] = [];
  let after: number | undefined;
  do {
    const page = await events.search(id, { ...query, after });
    expect(page.next).not.toBe(after ?? "none");
    pages.push(page.items);
    after = page.next;
  } while (after !== undefined);
  return { found: pages.flat(), pages };
}
