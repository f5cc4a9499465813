import { expect } from "vitest";
import type { OrganizationId } from "../../../src/base/ids.ts";
import type { SsoConfigurationPatch } from "../../../src/storage/storage.ts";
import { dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newId, newSso } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

/** One of each field: a field that the type gains does not compile until it has an update here. */
const changes: Required<SsoConfigurationPatch> = {
  clientId: "another-client",
  sealedClientSecret: "sealed again",
  issuerUrl: "https://another.example",
  state: "inactive",
  emailDomains: ["z.example", "a.example"],
  displayName: "Another",
  additionalScopes: [],
  claims: { team: "storage", department: "" },
  claimsExpression: "",
};

export function ssoConfigurationTests(test: StoreTest): void {
  test("a created configuration reads back as it was given", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const full = newSso(organization.id);
    const bare = newSso(organization.id, {
      state: "inactive",
      providerType: "builtin",
      emailDomains: [],
      additionalScopes: [],
      claims: {},
      displayName: "",
    });
    await storage.ssoConfigurations.create(organization.id, full, newAudit());
    await storage.ssoConfigurations.create(organization.id, bare, newAudit());
    expect(await storage.ssoConfigurations.get(organization.id, full.id)).toEqual(full);
    expect(await storage.ssoConfigurations.get(organization.id, bare.id)).toEqual(bare);
  });

  test("a configuration is created only in an organization that exists", async (store) => {
    const organizationId = newId<OrganizationId>();
    const before = await dump(store);
    const call = store.storage.ssoConfigurations.create(organizationId, newSso(organizationId), newAudit());
    expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "organization" });
    expect(await dump(store)).toEqual(before);
  });

  test("a configuration's id is taken once, in whichever organization", async (store) => {
    const mine = await createTenant(store.storage);
    const other = await createTenant(store.storage);
    const before = await dump(store);
    for (const { organization } of [mine, other]) {
      const taken = newSso(organization.id, { id: mine.sso.id });
      const fault = await faultOf(store.storage.ssoConfigurations.create(organization.id, taken, newAudit()));
      expect(fault).toEqual({ kind: "already_exists", entity: "record" });
    }
    expect(await dump(store)).toEqual(before);
  });

  for (const [field, value] of Object.entries(changes)) {
    test(`an update replaces ${field}, and nothing else`, async ({ storage }) => {
      const { organization, sso } = await createTenant(storage);
      const audit = newAudit();
      const updated = await storage.ssoConfigurations.update(
        organization.id,
        sso.id,
        { [field]: value },
        audit,
      );
      expect(updated).toEqual({ ...sso, [field]: value, updatedAtMs: audit.atMs });
      expect(await storage.ssoConfigurations.get(organization.id, sso.id)).toEqual(updated);
    });
  }

  test("one update replaces every field", async ({ storage }) => {
    const { organization, sso } = await createTenant(storage);
    const audit = newAudit();
    await storage.ssoConfigurations.update(organization.id, sso.id, changes, audit);
    const expected = { ...sso, ...changes, updatedAtMs: audit.atMs };
    expect(await storage.ssoConfigurations.get(organization.id, sso.id)).toEqual(expected);
  });

  test("an update that changes nothing writes nothing", async (store) => {
    const { organization, sso } = await createTenant(store.storage);
    const before = await dump(store);
    for (const patch of [{}, sso, { claims: { ...sso.claims } }, { clientId: undefined }]) {
      const same = await store.storage.ssoConfigurations.update(organization.id, sso.id, patch, newAudit());
      expect(same).toEqual(sso);
    }
    expect(await dump(store)).toEqual(before);
  });

  test("a configuration that a SCIM configuration links to is not deleted until the link is gone", async (store) => {
    const { storage } = store;
    const { organization, linkedSso, scim } = await createTenant(storage);
    const before = await dump(store);
    const refused = storage.ssoConfigurations.delete(organization.id, linkedSso.id, newAudit());
    expect(await faultOf(refused)).toEqual({ kind: "referenced", entity: "sso_configuration" });
    expect(await dump(store)).toEqual(before);

    await storage.scimConfigurations.delete(organization.id, scim.id, newAudit());
    await storage.ssoConfigurations.delete(organization.id, linkedSso.id, newAudit());
    const gone = await faultOf(storage.ssoConfigurations.get(organization.id, linkedSso.id));
    expect(gone).toEqual({ kind: "not_found", entity: "sso_configuration" });
  });

  test("a deleted configuration is not found, by no method", async ({ storage }) => {
    const { organization, sso } = await createTenant(storage);
    const { id } = organization;
    const missing = { kind: "not_found", entity: "sso_configuration" };
    await storage.ssoConfigurations.delete(id, sso.id, newAudit());
    expect(await faultOf(storage.ssoConfigurations.get(id, sso.id))).toEqual(missing);
    expect(await faultOf(storage.ssoConfigurations.update(id, sso.id, {}, newAudit()))).toEqual(missing);
    expect(await faultOf(storage.ssoConfigurations.delete(id, sso.id, newAudit()))).toEqual(missing);
  });
}
