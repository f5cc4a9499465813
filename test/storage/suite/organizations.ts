import { expect } from "vitest";
import type { OrganizationPatch } from "../../../src/storage/storage.ts";
import { allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newId, newMember, newOrganization } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

const patches: readonly OrganizationPatch[] = [
  { name: "Renamed" },
  { inviteDomains: ["b.example", "a.example"] },
  { inviteDomains: [] },
  { name: "Both", inviteDomains: ["c.example"] },
];

export function organizationTests(test: StoreTest): void {
  test("a created organization reads back as it was given, alone or with its first member", async ({
    storage,
  }) => {
    const alone = newOrganization({ tier: "free", inviteDomains: [] });
    const organization = newOrganization({ tier: "core", inviteDomains: ["b.example", "a.example"] });
    const member = newMember(organization.id);
    await storage.organizations.create(alone, undefined, newAudit());
    await storage.organizations.create(organization, member, newAudit());
    expect(await storage.organizations.get(alone.id)).toStrictEqual(alone);
    expect(await storage.organizations.get(organization.id)).toStrictEqual(organization);
    expect(await storage.members.get(organization.id, member.userId)).toStrictEqual(member);
  });

  test("an organization that never existed is not found", async ({ storage }) => {
    const organizations = storage.organizations;
    const missing = { kind: "not_found", entity: "organization" };
    expect(await faultOf(organizations.get(newId()))).toEqual(missing);
    expect(await faultOf(organizations.update(newId(), { name: "x" }, newAudit()))).toEqual(missing);
    expect(await faultOf(organizations.delete(newId(), newAudit()))).toEqual(missing);
  });

  test("an organization's id is taken once", async (store) => {
    const organization = newOrganization();
    await store.storage.organizations.create(organization, undefined, newAudit());
    const before = await dump(store);
    const again = { ...organization, name: "Another" };
    const fault = await faultOf(store.storage.organizations.create(again, undefined, newAudit()));
    expect(fault).toEqual({ kind: "already_exists", entity: "record" });
    expect(await dump(store)).toEqual(before);
  });

  test("an organization is not created when its first member cannot be", async (store) => {
    const { member } = await createTenant(store.storage);
    const organization = newOrganization();
    const before = await dump(store);
    const taken = newMember(organization.id, { userId: member.userId });
    const fault = await faultOf(store.storage.organizations.create(organization, taken, newAudit()));
    expect(fault).toEqual({ kind: "already_exists", entity: "record" });
    expect(await dump(store)).toEqual(before);
    expect(await allEvents(store.storage, organization.id)).toEqual([]);
  });

  for (const patch of patches) {
    test(`an update replaces ${Object.keys(patch).join(" and ")}, and nothing else`, async ({ storage }) => {
      const organization = newOrganization();
      await storage.organizations.create(organization, undefined, newAudit());
      const audit = newAudit();
      const updated = await storage.organizations.update(organization.id, patch, audit);
      expect(updated).toStrictEqual({ ...organization, ...patch, updatedAtMs: audit.atMs });
      expect(await storage.organizations.get(organization.id)).toStrictEqual(updated);
    });
  }

  test("an update that changes nothing writes nothing", async (store) => {
    const { organization } = await createTenant(store.storage);
    const { id, name, inviteDomains } = organization;
    const before = await dump(store);
    for (const patch of [{}, { name }, { inviteDomains }, { name: undefined, inviteDomains: undefined }]) {
      expect(await store.storage.organizations.update(id, patch, newAudit())).toStrictEqual(organization);
    }
    expect(await dump(store)).toEqual(before);
  });

  test("the order of invite domains is part of the organization", async ({ storage }) => {
    const organization = newOrganization({ inviteDomains: ["a.example", "b.example"] });
    await storage.organizations.create(organization, undefined, newAudit());
    const inviteDomains = ["b.example", "a.example"];
    await storage.organizations.update(organization.id, { inviteDomains }, newAudit());
    expect((await storage.organizations.get(organization.id)).inviteDomains).toEqual(inviteDomains);
  });

  test("the time of an update never goes back when the clock does", async ({ storage }) => {
    const organization = newOrganization();
    await storage.organizations.create(organization, undefined, newAudit());
    const audit = newAudit({ atMs: organization.updatedAtMs - 60_000 });
    const updated = await storage.organizations.update(organization.id, { name: "Earlier" }, audit);
    expect(updated).toStrictEqual({ ...organization, name: "Earlier" });
  });

  test("deleting an organization removes all that it owns except its events", async (store) => {
    const { storage } = store;
    const untouched = await createTenant(storage);
    const before = await dump(store);
    const { organization, member, sso, scim, scimHash, token, tokenHash } = await createTenant(storage);
    await storage.organizations.delete(organization.id, newAudit());

    const added = (await dump(store)).filter((line) => !before.includes(line));
    expect(added.filter((line) => !line.startsWith("event"))).toEqual([]);
    const events = await allEvents(storage, organization.id);
    expect(events.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(events.at(-1)).toMatchObject({ subjectType: "organization", action: "deleted" });

    expect(await storage.credentials.findScimConfiguration(scimHash)).toBeUndefined();
    expect(await storage.credentials.findPersonalAccessToken(tokenHash)).toBeUndefined();
    expect(await storage.locator.organizationOf("organization", organization.id)).toBeUndefined();
    expect(await storage.locator.organizationOf("user", member.userId)).toBeUndefined();
    expect(await storage.locator.organizationOf("sso_configuration", sso.id)).toBeUndefined();
    expect(await storage.locator.organizationOf("scim_configuration", scim.id)).toBeUndefined();
    expect(await storage.locator.organizationOf("personal_access_token", token.id)).toBeUndefined();
    expect(await storage.organizations.get(untouched.organization.id)).toStrictEqual(untouched.organization);
  });

  test("a deleted organization is not found, and takes nothing new", async ({ storage }) => {
    const { organization, sso } = await createTenant(storage);
    const missing = { kind: "not_found", entity: "organization" };
    await storage.organizations.delete(organization.id, newAudit());
    expect(await faultOf(storage.organizations.get(organization.id))).toEqual(missing);
    expect(await faultOf(storage.organizations.delete(organization.id, newAudit()))).toEqual(missing);
    expect(await faultOf(storage.ssoConfigurations.create(organization.id, sso, newAudit()))).toEqual(
      missing,
    );
  });

  test("the locator tells whose each kind of resource is", async ({ storage }) => {
    const { organization, member, sso, scim, token } = await createTenant(storage);
    const { locator } = storage;
    expect(await locator.organizationOf("organization", organization.id)).toBe(organization.id);
    expect(await locator.organizationOf("user", member.userId)).toBe(organization.id);
    expect(await locator.organizationOf("sso_configuration", sso.id)).toBe(organization.id);
    expect(await locator.organizationOf("scim_configuration", scim.id)).toBe(organization.id);
    expect(await locator.organizationOf("personal_access_token", token.id)).toBe(organization.id);
    expect(await locator.organizationOf("user", sso.id)).toBeUndefined();
    expect(await locator.organizationOf("organization", newId())).toBeUndefined();
  });
}
