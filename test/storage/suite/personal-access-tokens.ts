import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import type { MemberStatus } from "../../../src/storage/records.ts";
import { addMember, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newHash,
  newId,
  newMember,
  newOrganization,
  newToken,
} from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

export function personalAccessTokenTests(test: StoreTest): void {
  creationTests(test);
  credentialTests(test);
  touchTests(test);

  test("a deleted token is not found, by no method, and opens nothing", async ({ storage }) => {
    const { organization, token, tokenHash } = await createTenant(storage);
    const { personalAccessTokens } = storage;
    const missing = { kind: "not_found", entity: "personal_access_token" };
    await personalAccessTokens.delete(organization.id, token.id, newAudit());
    expect(await faultOf(personalAccessTokens.get(organization.id, token.id))).toEqual(missing);
    expect(await faultOf(personalAccessTokens.delete(organization.id, token.id, newAudit()))).toEqual(
      missing,
    );
    expect(await storage.credentials.findPersonalAccessToken(tokenHash)).toBeUndefined();
  });
}

function creationTests(test: StoreTest): void {
  test("a created token reads back as it was given, by id and by its hash", async ({ storage }) => {
    const { organization, member } = await createTenant(storage);
    const token = newToken(organization.id, member.userId, {
      readOnly: true,
      creatorPrincipal: "operator",
      creatorId: newId<UserId>(),
      lastUsedAtMs: 1_700_000_000_001,
    });
    const hash = newHash();
    await storage.personalAccessTokens.create(organization.id, token, hash, newAudit());
    expect(await storage.personalAccessTokens.get(organization.id, token.id)).toStrictEqual(token);
    const credential = await storage.credentials.findPersonalAccessToken(hash);
    expect(credential).toStrictEqual({ token, role: "admin", status: "active" });
  });

  test("a token is not created for an unknown or foreign user", async (store) => {
    const { organization } = await createTenant(store.storage);
    const foreign = await createTenant(store.storage);
    const before = await dump(store);
    for (const userId of [newId<UserId>(), foreign.member.userId]) {
      const token = newToken(organization.id, userId);
      const call = store.storage.personalAccessTokens.create(organization.id, token, newHash(), newAudit());
      expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "user" });
    }
    expect(await dump(store)).toEqual(before);
  });

  for (const status of ["suspended", "left"] satisfies readonly MemberStatus[]) {
    test(`a token is not created for a member who is ${status}`, async (store) => {
      const organization = newOrganization();
      const member = newMember(organization.id, { status });
      await store.storage.organizations.create(organization, member, newAudit());
      const before = await dump(store);
      const token = newToken(organization.id, member.userId);
      const call = store.storage.personalAccessTokens.create(organization.id, token, newHash(), newAudit());
      expect(await faultOf(call)).toEqual({ kind: "not_found", entity: "user" });
      expect(await dump(store)).toEqual(before);
    });
  }

  test("neither an id nor a hash is taken twice", async (store) => {
    const { organization, member, token, tokenHash } = await createTenant(store.storage);
    const { personalAccessTokens } = store.storage;
    const before = await dump(store);
    const sameId = newToken(organization.id, member.userId, { id: token.id });
    const sameHash = newToken(organization.id, member.userId);
    const taken = { kind: "already_exists", entity: "record" };
    expect(
      await faultOf(personalAccessTokens.create(organization.id, sameId, newHash(), newAudit())),
    ).toEqual(taken);
    expect(
      await faultOf(personalAccessTokens.create(organization.id, sameHash, tokenHash, newAudit())),
    ).toEqual(taken);
    expect(await dump(store)).toEqual(before);
  });
}

function credentialTests(test: StoreTest): void {
  test("a credential shows the member's role and status as they are at that moment", async (store) => {
    const { member, token, tokenHash } = await createTenant(store.storage);
    const { credentials } = store.storage;
    for (const role of ["member", "admin"]) {
      for (const status of ["suspended", "left", "active"]) {
        await store.execute(
          "UPDATE members SET role = ?, status = ? WHERE user_id = ?",
          role,
          status,
          member.userId,
        );
        expect(await credentials.findPersonalAccessToken(tokenHash)).toStrictEqual({ token, role, status });
      }
    }
  });

  test("a hash that was never issued opens nothing", async ({ storage }) => {
    const { tokenHash, scimHash } = await createTenant(storage);
    for (const hash of [newHash(), scimHash, tokenHash.subarray(1), new Uint8Array()]) {
      expect(await storage.credentials.findPersonalAccessToken(hash)).toBeUndefined();
    }
  });

  test("each token opens as the member that it was made for", async (store) => {
    const { storage } = store;
    const { organization, tokenHash, token } = await createTenant(storage);
    const colleague = newMember(organization.id, { role: "member" });
    await addMember(store, colleague);
    const theirs = newToken(organization.id, colleague.userId);
    const hash = newHash();
    await storage.personalAccessTokens.create(organization.id, theirs, hash, newAudit());
    const found = await storage.credentials.findPersonalAccessToken(hash);
    expect(found).toStrictEqual({ token: theirs, role: "member", status: "active" });
    expect((await storage.credentials.findPersonalAccessToken(tokenHash))?.token).toStrictEqual(token);
  });
}

function touchTests(test: StoreTest): void {
  test("a use is noted, a later one too, and an earlier one changes nothing", async (store) => {
    const { organization, token } = await createTenant(store.storage);
    const { personalAccessTokens } = store.storage;
    const lastUse = async () => (await personalAccessTokens.get(organization.id, token.id)).lastUsedAtMs;
    expect(await lastUse()).toBeUndefined();
    for (const [atMs, expected] of [
      [2_000, 2_000],
      [1_000, 2_000],
      [2_000, 2_000],
      [4_102_444_800_000, 4_102_444_800_000],
    ] as const) {
      await personalAccessTokens.touch(organization.id, token.id, atMs);
      expect(await lastUse()).toBe(expected);
    }
  });

  test("noting the use of a token that is gone does nothing", async (store) => {
    const { organization, token } = await createTenant(store.storage);
    await store.storage.personalAccessTokens.delete(organization.id, token.id, newAudit());
    const before = await dump(store);
    await store.storage.personalAccessTokens.touch(organization.id, token.id, 1_000);
    expect(await dump(store)).toEqual(before);
  });
}
