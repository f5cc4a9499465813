import { expect } from "vitest";
import type { ScimConfigurationPatch } from "../../../src/storage/storage.ts";
import { dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newHash, newId, newScim, nextMs } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

const changes: Required<Omit<ScimConfigurationPatch, "ssoConfigurationId">> = {
  name: "Another",
  enabled: false,
  allowUnverifiedEmailAccountLinking: true,
};

export function scimConfigurationTests(test: StoreTest): void {
  creationTests(test);
  updateTests(test);
  tokenTests(test);

  test("a deleted configuration is not found, by no method, and its token opens nothing", async ({
    storage,
  }) => {
    const { organization, scim, scimHash } = await createTenant(storage);
    const { id } = organization;
    const missing = { kind: "not_found", entity: "scim_configuration" };
    const issue = () => ({ hash: newHash(), expiresAtMs: nextMs(), lifetimeSeconds: 1 });
    await storage.scimConfigurations.delete(id, scim.id, newAudit());
    expect(await faultOf(storage.scimConfigurations.get(id, scim.id))).toEqual(missing);
    expect(await faultOf(storage.scimConfigurations.update(id, scim.id, {}, newAudit()))).toEqual(missing);
    expect(await faultOf(storage.scimConfigurations.replaceToken(id, scim.id, issue, newAudit()))).toEqual(
      missing,
    );
    expect(await faultOf(storage.scimConfigurations.delete(id, scim.id, newAudit()))).toEqual(missing);
    expect(await storage.credentials.findScimConfiguration(scimHash)).toBeUndefined();
  });
}

function creationTests(test: StoreTest): void {
  test("a created configuration reads back as it was given, by id and by its token", async ({ storage }) => {
    const { organization, linkedSso } = await createTenant(storage);
    const scim = newScim(organization.id, linkedSso.id, {
      enabled: false,
      allowUnverifiedEmailAccountLinking: true,
      tokenLifetimeSeconds: 63_072_000,
      tokenExpiresAtMs: 4_102_444_800_000,
    });
    const hash = newHash();
    await storage.scimConfigurations.create(organization.id, scim, hash, newAudit());
    expect(await storage.scimConfigurations.get(organization.id, scim.id)).toStrictEqual(scim);
    expect(await storage.credentials.findScimConfiguration(hash)).toStrictEqual(scim);
  });

  test("a configuration is not created on an unknown or foreign SSO configuration", async (store) => {
    const { organization } = await createTenant(store.storage);
    const foreign = await createTenant(store.storage);
    const before = await dump(store);
    for (const ssoId of [newId<typeof foreign.sso.id>(), foreign.sso.id]) {
      const scim = newScim(organization.id, ssoId);
      const call = store.storage.scimConfigurations.create(organization.id, scim, newHash(), newAudit());
      expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "sso_configuration" });
    }
    expect(await dump(store)).toEqual(before);
  });

  test("neither an id nor a token hash is taken twice", async (store) => {
    const { organization, linkedSso, scim, scimHash } = await createTenant(store.storage);
    const { scimConfigurations } = store.storage;
    const before = await dump(store);
    const sameId = newScim(organization.id, linkedSso.id, { id: scim.id });
    const sameHash = newScim(organization.id, linkedSso.id);
    const taken = { kind: "already_exists", entity: "record" };
    expect(await faultOf(scimConfigurations.create(organization.id, sameId, newHash(), newAudit()))).toEqual(
      taken,
    );
    expect(await faultOf(scimConfigurations.create(organization.id, sameHash, scimHash, newAudit()))).toEqual(
      taken,
    );
    expect(await dump(store)).toEqual(before);
  });
}

function updateTests(test: StoreTest): void {
  for (const [field, value] of Object.entries(changes)) {
    test(`an update replaces ${field}, and nothing else`, async ({ storage }) => {
      const { organization, scim, scimHash } = await createTenant(storage);
      const audit = newAudit();
      const updated = await storage.scimConfigurations.update(
        organization.id,
        scim.id,
        { [field]: value },
        audit,
      );
      expect(updated).toStrictEqual({ ...scim, [field]: value, updatedAtMs: audit.atMs });
      expect(await storage.scimConfigurations.get(organization.id, scim.id)).toStrictEqual(updated);
      expect(await storage.credentials.findScimConfiguration(scimHash)).toStrictEqual(updated);
    });
  }

  test("an update links to another SSO configuration of the same organization", async ({ storage }) => {
    const { organization, sso, linkedSso, scim } = await createTenant(storage);
    const audit = newAudit();
    const patch = { ssoConfigurationId: sso.id };
    const updated = await storage.scimConfigurations.update(organization.id, scim.id, patch, audit);
    expect(updated).toStrictEqual({ ...scim, ...patch, updatedAtMs: audit.atMs });
    await storage.ssoConfigurations.delete(organization.id, linkedSso.id, newAudit());
    const refused = storage.ssoConfigurations.delete(organization.id, sso.id, newAudit());
    expect(await faultOf(refused)).toEqual({ kind: "referenced", entity: "sso_configuration" });
  });

  test("an update to an unknown or foreign SSO configuration changes nothing of the rest either", async (store) => {
    const { organization, scim } = await createTenant(store.storage);
    const foreign = await createTenant(store.storage);
    const before = await dump(store);
    for (const ssoConfigurationId of [newId<typeof foreign.sso.id>(), foreign.sso.id]) {
      const patch = { name: "Renamed", ssoConfigurationId };
      const call = store.storage.scimConfigurations.update(organization.id, scim.id, patch, newAudit());
      expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "sso_configuration" });
    }
    expect(await dump(store)).toEqual(before);
  });

  test("an update that changes nothing writes nothing", async (store) => {
    const { organization, scim } = await createTenant(store.storage);
    const before = await dump(store);
    for (const patch of [{}, scim, { enabled: true }, { enabled: undefined }]) {
      const same = await store.storage.scimConfigurations.update(organization.id, scim.id, patch, newAudit());
      expect(same).toStrictEqual(scim);
    }
    expect(await dump(store)).toEqual(before);
  });
}

function tokenTests(test: StoreTest): void {
  test("a replaced token opens nothing, and the new one opens the configuration", async ({ storage }) => {
    const { organization, scim, scimHash } = await createTenant(storage);
    const token = { hash: newHash(), expiresAtMs: nextMs() + 3_600_000, lifetimeSeconds: 3_600 };
    const audit = newAudit();
    const issue = () => token;
    const replaced = await storage.scimConfigurations.replaceToken(organization.id, scim.id, issue, audit);
    expect(replaced).toStrictEqual({
      ...scim,
      tokenExpiresAtMs: token.expiresAtMs,
      tokenLifetimeSeconds: token.lifetimeSeconds,
      updatedAtMs: audit.atMs,
    });
    expect(await storage.credentials.findScimConfiguration(scimHash)).toBeUndefined();
    expect(await storage.credentials.findScimConfiguration(token.hash)).toStrictEqual(replaced);
    expect(await storage.scimConfigurations.get(organization.id, scim.id)).toStrictEqual(replaced);
  });

  test("a new token is issued from the configuration as it is in that transaction", async ({ storage }) => {
    const { organization, scim } = await createTenant(storage);
    const seen: unknown[] = [];
    await storage.scimConfigurations.replaceToken(
      organization.id,
      scim.id,
      (current) => {
        seen.push(current);
        return { hash: newHash(), expiresAtMs: nextMs(), lifetimeSeconds: 60 };
      },
      newAudit(),
    );
    expect(seen.at(-1)).toStrictEqual(scim);
  });

  test("the old token stays good when a new one cannot be issued or is another's", async (store) => {
    const { storage } = store;
    const { organization, scim, scimHash } = await createTenant(storage);
    const other = await createTenant(storage);
    const before = await dump(store);
    const failing = () => {
      throw new Error("no randomness");
    };
    const colliding = () => ({ hash: other.scimHash, expiresAtMs: nextMs(), lifetimeSeconds: 1 });
    const { scimConfigurations, credentials } = storage;
    await expect(
      scimConfigurations.replaceToken(organization.id, scim.id, failing, newAudit()),
    ).rejects.toThrow("no randomness");
    const collision = scimConfigurations.replaceToken(organization.id, scim.id, colliding, newAudit());
    expect(await faultOf(collision)).toEqual({ kind: "already_exists", entity: "record" });
    expect(await dump(store)).toEqual(before);
    expect(await credentials.findScimConfiguration(scimHash)).toStrictEqual(scim);
    expect(await credentials.findScimConfiguration(other.scimHash)).toStrictEqual(other.scim);
  });

  test("a hash that was never issued opens nothing", async ({ storage }) => {
    const { scimHash } = await createTenant(storage);
    for (const hash of [newHash(), scimHash.subarray(0, 31), new Uint8Array()]) {
      expect(await storage.credentials.findScimConfiguration(hash)).toBeUndefined();
    }
  });
}
