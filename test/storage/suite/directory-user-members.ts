/** What becomes of members with their users, and of users with their directory. */
import { expect } from "vitest";
import type { DirectoryUser, NewUser } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { dump, faultOf, type StoreTest, type StoreUnderTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newGroup,
  newHash,
  newToken,
  newUser,
  newUserContent,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant, type Tenant } from "../../support/storage-tenant.ts";
import { lastAction } from "./directory-users.ts";

const missingUser: StorageFault = { kind: "not_found", entity: "directory_user" };

export function directoryUserMemberTests(test: StoreTest): void {
  memberTests(test);
  deletionTests(test);
  tenancyTests(test);
}

function memberTests(test: StoreTest): void {
  test("the member is called and reached as the user is", async ({ storage }) => {
    const { directory, directoryUser, organization } = await createTenant(storage);
    const before = await storage.members.get(organization.id, directoryUser.id);
    const content = newUserContent({ displayName: "Grace Hopper", email: "Grace@Example.com" });
    const audit = newAudit();
    await storage.directoryUsers.update(directory, directoryUser.id, () => content, audit);
    const member = await storage.members.getByEmail(organization.id, "grace@example.com");
    expect(member).toStrictEqual({
      ...before,
      fullName: "Grace Hopper",
      email: "Grace@Example.com",
      updatedAtMs: audit.atMs,
    });
  });

  test("deactivating a user suspends the member, and activating lifts that", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, directoryUser, organization } = tenant;
    const steps = [
      [false, "suspended", "deactivated"],
      [true, "active", "activated"],
    ] as const;
    for (const [active, status, action] of steps) {
      const change = () => ({ ...directoryUser.content, active });
      const updated = await storage.directoryUsers.update(directory, directoryUser.id, change, newAudit());
      expect(updated.active).toBe(active);
      expect(await storage.members.get(organization.id, directoryUser.id)).toMatchObject({ status });
      expect(await lastAction(store, tenant)).toMatchObject({ action, subjectId: directoryUser.id });
      await expectSound(store);
    }
  });

  test("a suspended member's token is found with their status, and is good again afterwards", async ({
    storage,
  }) => {
    const { directory, directoryUser, organization } = await createTenant(storage);
    const hash = newHash();
    const token = newToken(organization.id, directoryUser.id);
    await storage.personalAccessTokens.create(organization.id, token, hash, newAudit());
    for (const [active, status] of [
      [false, "suspended"],
      [true, "active"],
    ] as const) {
      const change = () => ({ ...directoryUser.content, active });
      await storage.directoryUsers.update(directory, directoryUser.id, change, newAudit());
      expect(await storage.credentials.findPersonalAccessToken(hash)).toMatchObject({ status });
    }
  });
}

function deletionTests(test: StoreTest): void {
  test("a deleted user is gone from the directory and its groups, and the member has left", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, directoryUser, directoryGroup, organization } = tenant;
    const hash = newHash();
    const token = newToken(organization.id, directoryUser.id);
    await storage.personalAccessTokens.create(organization.id, token, hash, newAudit());
    const audit = newAudit();
    await storage.directoryUsers.delete(directory, directoryUser.id, () => {}, audit);
    expect(await faultOf(storage.directoryUsers.get(directory, directoryUser.id))).toEqual(missingUser);
    const { group, page } = await storage.directoryGroups.getWithMembers(directory, directoryGroup.id, 10);
    expect(group).toMatchObject({ memberCount: 0, version: 2, updatedAtMs: audit.atMs });
    expect(page.members).toEqual([]);
    expect(await storage.members.get(organization.id, directoryUser.id)).toMatchObject({
      status: "left",
      role: "member",
      updatedAtMs: audit.atMs,
    });
    expect(await storage.credentials.findPersonalAccessToken(hash)).toBeUndefined();
    expect(await lastAction(store, tenant)).toMatchObject({ action: "deleted", subjectId: directoryUser.id });
    await expectSound(store);
  });

  test("a check sees the user as it is, with its groups, before it is deleted", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const current = await storage.directoryUsers.get(directory, directoryUser.id);
    const seen: DirectoryUser[] = [];
    const check = (user: DirectoryUser) => void seen.push(user);
    await storage.directoryUsers.delete(directory, directoryUser.id, check, newAudit());
    expect(seen.at(-1)).toStrictEqual(current);
  });

  test("a deleted user is found by no method", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const { directoryUsers } = storage;
    await directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
    await expectUnknown(storage, directory, directoryUser);
  });

  test("the userName, externalId and email of a deleted user are free", async ({ storage }) => {
    const { directory } = await createTenant(storage);
    const values = { userName: "ada", externalId: "00u1", email: "ada@example.com" };
    const first = newUser(values);
    await storage.directoryUsers.create(directory, first, newAudit());
    await storage.directoryUsers.delete(directory, first.id, () => {}, newAudit());
    const second = await storage.directoryUsers.create(directory, newUser(values), newAudit());
    // The same person, and so the same member.
    expect(second).toMatchObject({ id: first.id, version: 1, groups: [] });
  });
}

async function expectUnknown(
  { directoryUsers, directoryGroups }: StoreUnderTest["storage"],
  directory: Tenant["directory"],
  { id, content }: NewUser,
): Promise<void> {
  expect(await faultOf(directoryUsers.get(directory, id))).toEqual(missingUser);
  expect(await faultOf(directoryUsers.update(directory, id, () => content, newAudit()))).toEqual(missingUser);
  expect(await faultOf(directoryUsers.delete(directory, id, () => {}, newAudit()))).toEqual(missingUser);
  const group = newGroup({}, [id]);
  expect(await faultOf(directoryGroups.create(directory, group, newAudit()))).toEqual(missingUser);
}

function tenancyTests(test: StoreTest): void {
  test("another configuration of the same organization does not have the user, by no method", async (store) => {
    const tenant = await createTenant(store.storage);
    const other = await anotherDirectory(store.storage, tenant);
    const before = await dump(store);
    await expectUnknown(store.storage, other, tenant.directoryUser);
    expect(await dump(store)).toEqual(before);
  });

  test("a user who looks like another's id is nobody but themselves", async ({ storage }) => {
    const { directory, directoryUser, member } = await createTenant(storage);
    for (const externalId of ["1", "0", "-1", member.userId, directoryUser.id]) {
      const user = newUser({ externalId, userName: `named ${externalId}` });
      const created = await storage.directoryUsers.create(directory, user, newAudit());
      expect(created).toMatchObject({ id: user.id, externalId });
    }
    expect(await storage.members.get(directory.organizationId, member.userId)).toStrictEqual(member);
  });

  test("a configuration's end leaves its members as they are, and lets go of its users and groups", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, directoryUser, directoryGroup, organization, scim } = tenant;
    const member = await storage.members.get(organization.id, directoryUser.id);
    await storage.scimConfigurations.delete(organization.id, scim.id, newAudit());
    expect(await storage.members.get(organization.id, directoryUser.id)).toStrictEqual(member);
    await expectUnknownConfiguration(storage, directory);
    for (const table of ["directory_users", "directory_user_emails", "directory_counts"]) {
      expect(await store.execute(`SELECT * FROM ${table}`)).toEqual([]);
    }
    const [group] = await store.execute("SELECT * FROM groups WHERE id = ?", directoryGroup.id);
    expect(group).toMatchObject({ configuration_id: null, external_id: null, member_count: 1 });
    const members = "SELECT user_id FROM group_members WHERE group_id = ?";
    expect(await store.execute(members, directoryGroup.id)).toEqual([{ user_id: directoryUser.id }]);
    await expectSound(store);
  });
}

async function expectUnknownConfiguration(
  { directoryUsers, directoryGroups }: StoreUnderTest["storage"],
  directory: Tenant["directory"],
): Promise<void> {
  const missing: StorageFault = { kind: "not_found", entity: "scim_configuration" };
  expect(await faultOf(directoryUsers.create(directory, newUser(), newAudit()))).toEqual(missing);
  expect(await faultOf(directoryGroups.create(directory, newGroup(), newAudit()))).toEqual(missing);
}
