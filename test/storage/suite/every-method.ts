/** What holds for every repository method alike, asked of each one from the table of calls. */
import { expect } from "vitest";
import { type OrganizationId, parseId } from "../../../src/base/ids.ts";
import {
  everyCall,
  type NamedCall,
  type Target,
  targetFor,
  unknownTarget,
} from "../../support/storage-calls.ts";
import {
  allEvents,
  dump,
  outcomeOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import { newAudit } from "../../support/storage-records.ts";

export function everyMethodTests(test: StoreTest): void {
  for (const call of everyCall) {
    ownTenantTest(test, call);
    if (typeof call.effect === "object") unwritableEventTest(test, call);
    foreignTenantTest(test, call);
  }
  exemptionsTest(test);
}

function ownTenantTest(test: StoreTest, call: NamedCall): void {
  const { name, run, effect } = call;
  if (effect === "reads") {
    test(`${name} answers its own tenant and writes nothing`, async (store) => {
      const target = await targetFor(call, store.storage);
      const before = await dump(store);
      await run(store.storage, target, newAudit());
      expect(await dump(store)).toEqual(before);
    });
  } else if (effect === "keeps") {
    test(`${name} writes, and appends no event`, async (store) => {
      const target = await targetFor(call, store.storage);
      const before = await dump(store);
      await run(store.storage, target, newAudit());
      const after = await dump(store);
      expect(after).not.toEqual(before);
      expect(eventRows(after)).toEqual(eventRows(before));
    });
  } else {
    test(`${name} appends one event that says who did what to which and at whose request`, async (store) => {
      const target = await targetFor(call, store.storage);
      const audit = newAudit();
      const organizationId = organizationOfEvent(name, target);
      const before = await allEvents(store.storage, organizationId);
      await run(store.storage, target, audit);
      const after = await allEvents(store.storage, organizationId);
      expect(after.slice(0, -1)).toEqual(before);
      expect(after.at(-1)).toStrictEqual({
        organizationId,
        position: before.length + 1,
        id: audit.eventId,
        actorId: effect.by?.(target) ?? audit.actorId,
        actorPrincipal: audit.actorPrincipal,
        subjectType: effect.subject,
        subjectId: effect.of(target),
        action: effect.action,
        requestId: audit.requestId,
        createdAtMs: audit.atMs,
        occurrences: 1,
      });
    });
  }
}

function unwritableEventTest(test: StoreTest, call: NamedCall): void {
  const { name, run } = call;
  test(`${name} does not happen when its event cannot be written`, async (store) => {
    const target = await targetFor(call, store.storage);
    await occupyNextPosition(store, organizationOfEvent(name, target));
    const before = await dump(store);
    await expect(run(store.storage, target, newAudit())).rejects.toThrow();
    expect(await dump(store)).toEqual(before);
  });
}

function foreignTenantTest(test: StoreTest, call: NamedCall): void {
  const { name, run, foreign } = call;
  if ("exempt" in foreign) return;
  test(`${name} shows a foreign tenant what it shows of what never existed, and changes nothing`, async (store) => {
    const mine = await targetFor(call, store.storage);
    const other = await targetFor(call, store.storage);
    const { organizationId } = other;
    const before = await dump(store);
    const ofForeign = await outcomeOf(run(store.storage, { ...mine, organizationId }, newAudit()));
    const ofUnknown = await outcomeOf(run(store.storage, unknownTarget(organizationId), newAudit()));
    expect(await dump(store)).toEqual(before);
    expect(ofForeign).toEqual(ofUnknown);
    if (foreign.sees === "not_found") {
      expect(ofForeign).toEqual({ fault: { kind: "not_found", entity: foreign.entity } });
    } else if (foreign.sees === "an empty page") {
      expect(ofForeign).toEqual({ value: { items: [], total: 0, next: undefined } });
    } else if (foreign.sees === "no items") {
      expect(ofForeign).toEqual({ value: [] });
    } else if (foreign.sees === "none") {
      expect(ofForeign).toEqual({ value: 0 });
    } else if (foreign.sees === "nothing") {
      expect(ofForeign).toEqual({ value: undefined });
    } else {
      expect(ofForeign).toEqual(await outcomeOf(run(store.storage, other, newAudit())));
      expect(ofForeign).toEqual({
        value: expect.arrayContaining([expect.objectContaining({ organizationId })]),
      });
      expect(JSON.stringify(ofForeign)).not.toContain(mine.organizationId);
    }
  });
}

/** Kept here by name, so that a new method cannot leave the tenant check unnoticed. */
function exemptionsTest(test: StoreTest): void {
  test("no other method than these is exempt from the tenant check", async () => {
    const exempt = everyCall.filter(({ foreign }) => "exempt" in foreign).map(({ name }) => name);
    expect(exempt).toEqual([
      "organizations.create",
      "organizations.get",
      "organizations.update",
      "organizations.delete",
      "members.join",
      "organizationInvites.replace",
      "organizationInvites.get",
      "groups.listAll",
      "groups.create",
      "domainVerifications.create",
      "ssoConfigurations.create",
      "scimConfigurations.listAll",
      "personalAccessTokens.listAll",
      "credentials.findPersonalAccessToken",
      "credentials.findScimConfiguration",
      "locator.organizationOf",
      "events.lastPositions",
      "events.appendRefusal",
      "instance.operatorId",
      "instance.keyCheck",
      "instance.operatorTokenHash",
      "instance.setOperatorTokenHash",
    ]);
  });
}

function organizationOfEvent(name: string, target: Target): OrganizationId {
  return name === "organizations.create" ? parseId(target.createdId) : target.organizationId;
}

async function occupyNextPosition(store: StoreUnderTest, organizationId: OrganizationId): Promise<void> {
  const { length } = await allEvents(store.storage, organizationId);
  const audit = newAudit();
  await store.execute(
    `INSERT INTO events (organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action,
       request_id, created_at) VALUES (?, ?, ?, ?, 'operator', 'organization', ?, 'occupied', 'none', 1)`,
    organizationId,
    length + 1,
    audit.eventId,
    audit.actorId,
    organizationId,
  );
}

function eventRows(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith("event"));
}
