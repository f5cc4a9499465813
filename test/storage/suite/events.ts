import { expect } from "vitest";
import type { OrganizationId } from "../../../src/base/ids.ts";
import { allEvents, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newHash, newId, nextMs } from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

export function eventTests(test: StoreTest): void {
  test("the log tells an organization's whole history in order", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { organization, sso, linkedSso, scim, token, directoryUser, directoryGroup, ownGroup } = tenant;
    const { id } = organization;
    const issue = () => ({ hash: newHash(), expiresAtMs: nextMs(), lifetimeSeconds: 1 });
    await storage.organizations.update(id, { name: "Renamed" }, newAudit());
    await storage.ssoConfigurations.update(id, sso.id, { state: "inactive" }, newAudit());
    await storage.scimConfigurations.update(id, scim.id, { enabled: false }, newAudit());
    await storage.scimConfigurations.replaceToken(id, scim.id, issue, newAudit());
    await storage.personalAccessTokens.delete(id, token.id, newAudit());
    await storage.scimConfigurations.delete(id, scim.id, newAudit());
    await storage.ssoConfigurations.delete(id, sso.id, newAudit());
    await storage.organizations.delete(id, newAudit());

    const history = await allEvents(storage, id);
    expect(history.map(({ subjectId, subjectType, action }) => [subjectType, action, subjectId])).toEqual([
      ["organization", "created", id],
      ["sso_configuration", "created", sso.id],
      ["sso_configuration", "created", linkedSso.id],
      ["scim_configuration", "created", scim.id],
      ["personal_access_token", "created", token.id],
      ["user", "created", directoryUser.id],
      ["group", "created", directoryGroup.id],
      ["group", "created", ownGroup.id],
      ["group", "members_changed", ownGroup.id],
      ["domain_verification", "created", tenant.domainVerification.id],
      ["organization", "updated", id],
      ["sso_configuration", "updated", sso.id],
      ["scim_configuration", "updated", scim.id],
      ["scim_configuration", "token_regenerated", scim.id],
      ["personal_access_token", "deleted", token.id],
      ["scim_configuration", "deleted", scim.id],
      ["sso_configuration", "deleted", sso.id],
      ["organization", "deleted", id],
    ]);
    expect(history.map(({ position }) => position)).toEqual(history.map((_, index) => index + 1));
  });

  test("the event names the actor, user or operator", async ({ storage }) => {
    const { organization, member } = await createTenant(storage);
    const audit = newAudit({ actorId: member.userId, actorPrincipal: "user" });
    await storage.organizations.update(organization.id, { name: "By a user" }, audit);
    const events = await allEvents(storage, organization.id);
    expect(events[0]).toMatchObject({ actorPrincipal: "operator" });
    expect(events.at(-1)).toMatchObject({ actorPrincipal: "user", actorId: member.userId });
  });

  test("each organization counts its own positions, from 1", async ({ storage }) => {
    const one = await createTenant(storage);
    const two = await createTenant(storage);
    for (let round = 0; round < 3; round += 1) {
      await storage.organizations.update(one.organization.id, { name: `One ${round}` }, newAudit());
      await storage.organizations.update(two.organization.id, { name: `Two ${round}` }, newAudit());
    }
    for (const { organization } of [one, two]) {
      const positions = (await allEvents(storage, organization.id)).map(({ position }) => position);
      expect(positions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    }
  });

  test("a refused mutation leaves no gap in the positions", async ({ storage }) => {
    const { organization, linkedSso } = await createTenant(storage);
    const { length } = await allEvents(storage, organization.id);
    await expect(
      storage.ssoConfigurations.delete(organization.id, linkedSso.id, newAudit()),
    ).rejects.toThrow();
    await storage.organizations.update(organization.id, { name: "After" }, newAudit());
    expect((await allEvents(storage, organization.id)).at(-1)?.position).toBe(length + 1);
  });

  test("pages of events join to the whole log", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const whole = await allEvents(storage, organization.id);
    for (const limit of [1, 2, 4, 5, 6]) {
      const joined = [];
      for (let after = 0; ; ) {
        const page = await storage.events.list(organization.id, after, limit);
        expect(page.length).toBeLessThanOrEqual(limit);
        joined.push(...page);
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.position;
      }
      expect(joined).toEqual(whole);
    }
    expect(await storage.events.list(organization.id, whole.length, 10)).toEqual([]);
  });

  test("an organization that never existed has no events", async ({ storage }) => {
    await createTenant(storage);
    expect(await storage.events.list(newId(), 0, 10)).toEqual([]);
  });

  test("a refusal is an event without a change, and says how often it happened", async ({ storage }) => {
    const { organization, token, member } = await createTenant(storage);
    const audit = newAudit({ actorId: member.userId, actorPrincipal: "user" });
    const subject = { subjectType: "personal_access_token", subjectId: token.id } as const;
    const refusal = { ...subject, action: "permission_denied", occurrences: 37 } as const;
    await storage.events.appendRefusal(organization.id, refusal, audit);
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ ...refusal, actorId: member.userId, position: events.length });
    expect(new Set(events.slice(0, -1).map(({ occurrences }) => occurrences))).toEqual(new Set([1]));
  });

  test("an organization that is gone gets no refusal after its last event", async ({ storage }) => {
    const { organization, token } = await createTenant(storage);
    await storage.organizations.delete(organization.id, newAudit());
    const subject = { subjectType: "personal_access_token", subjectId: token.id } as const;
    const refusal = { ...subject, action: "authentication_failed", occurrences: 1 } as const;
    const call = storage.events.appendRefusal(organization.id, refusal, newAudit());
    expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "organization" });
    expect((await allEvents(storage, organization.id)).at(-1)).toMatchObject({ action: "deleted" });
  });

  test("the last positions of many organizations are told at once, and of those without a log nothing", async ({
    storage,
  }) => {
    const one = await createTenant(storage);
    const two = await createTenant(storage);
    await storage.organizations.update(two.organization.id, { name: "Two" }, newAudit());
    const many = Array.from({ length: 300 }, () => newId<OrganizationId>());
    const ids = [one.organization.id, ...many, two.organization.id];
    expect(await storage.events.lastPositions(ids)).toEqual(
      new Map([
        [one.organization.id, 10],
        [two.organization.id, 11],
      ]),
    );
    expect(await storage.events.lastPositions([])).toEqual(new Map());
  });

  test("who listens is told of each commit that appended, and of no other", async ({ storage }) => {
    const one = await createTenant(storage);
    const two = await createTenant(storage);
    const told: OrganizationId[] = [];
    const stop = storage.onAppended((organizationId) => told.push(organizationId));
    const rename = (tenant: Tenant, name: string) =>
      storage.organizations.update(tenant.organization.id, { name }, newAudit());
    await rename(one, "One");
    expect(told).toEqual([one.organization.id]);
    await rename(one, "One");
    await storage.personalAccessTokens.touch(one.organization.id, one.token.id, nextMs());
    await expect(
      storage.ssoConfigurations.delete(one.organization.id, one.linkedSso.id, newAudit()),
    ).rejects.toThrow();
    expect(told).toHaveLength(1);
    await rename(two, "Two");
    expect(told).toEqual([one.organization.id, two.organization.id]);
    stop();
    await rename(one, "Unheard");
    expect(told).toHaveLength(2);
  });

  for (const sql of ["UPDATE events SET action = 'forged'", "DELETE FROM events"]) {
    test(`the database itself refuses ${sql}`, async (store) => {
      const { organization } = await createTenant(store.storage);
      const before = await allEvents(store.storage, organization.id);
      await expect(store.execute(sql)).rejects.toThrow("append-only");
      expect(await allEvents(store.storage, organization.id)).toEqual(before);
    });
  }
}
