/** What the management API does to a member, and what becomes of what SCIM says of them. */
import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { Member } from "../../../src/storage/records.ts";
import {
  addMember,
  allEvents,
  dump,
  faultOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import {
  newAudit,
  newDomainVerification,
  newHash,
  newId,
  newMember,
  newToken,
  newUserContent,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const gone: StorageFault = { kind: "not_found", entity: "user" };
const lastAdmin: StorageFault = { kind: "last_admin", entity: "user" };
const managed: StorageFault = { kind: "directory_managed", entity: "user" };
const deactivated: StorageFault = { kind: "deactivated", entity: "user" };

export function memberLifeTests(test: StoreTest): void {
  suspensionTests(test);
  scimTests(test);
  leavingTests(test);
  deletionTests(test);
  lastAdminTests(test);
}

interface Colleague {
  readonly member: Member;
  readonly tokenHash: Uint8Array;
}

/** Of the tenant's own group, with a token. */
async function addColleague(
  store: StoreUnderTest,
  { organization: { id }, ownGroup }: Tenant,
  values: Partial<Member> = {},
): Promise<Colleague> {
  const { groups, personalAccessTokens } = store.storage;
  const member = newMember(id, { role: "member", ...values });
  const tokenHash = newHash();
  await addMember(store, member);
  await personalAccessTokens.create(id, newToken(id, member.userId), tokenHash, newAudit());
  await groups.addMember(id, ownGroup.id, { id: newId(), userId: member.userId }, newAudit());
  return { member, tokenHash };
}

function setSuspended(
  { storage }: StoreUnderTest,
  { organization }: Tenant,
  userId: UserId,
  suspended: boolean,
): Promise<void> {
  return storage.members.setSuspended(organization.id, userId, suspended, newAudit());
}

async function setActive(
  { storage }: StoreUnderTest,
  { directory, directoryUser }: Tenant,
  active: boolean,
): Promise<void> {
  const content = newUserContent({ ...directoryUser.content, active });
  await storage.directoryUsers.update(directory, directoryUser.id, () => content, newAudit());
}

async function statusOf(
  { storage }: StoreUnderTest,
  { organization }: Tenant,
  userId: UserId,
): Promise<string> {
  return (await storage.members.get(organization.id, userId)).status;
}

async function lastActions({ storage }: StoreUnderTest, { organization }: Tenant, count: number) {
  const events = await allEvents(storage, organization.id);
  return events.slice(-count).map(({ subjectType, action, subjectId }) => [subjectType, action, subjectId]);
}

function suspensionTests(test: StoreTest): void {
  test("a suspended member keeps role, groups and tokens, which tell that they are suspended", async (store) => {
    const tenant = await createTenant(store.storage);
    const { member, tokenHash } = await addColleague(store, tenant);
    const audit = newAudit();
    await store.storage.members.setSuspended(tenant.organization.id, member.userId, true, audit);
    const suspended = { ...member, status: "suspended", updatedAtMs: audit.atMs };
    expect(await store.storage.members.get(tenant.organization.id, member.userId)).toEqual(suspended);
    const { findPersonalAccessToken } = store.storage.credentials;
    expect(await findPersonalAccessToken(tokenHash)).toMatchObject({ status: "suspended" });
    await setSuspended(store, tenant, member.userId, false);
    expect(await findPersonalAccessToken(tokenHash)).toMatchObject({ status: "active" });
    expect(await store.storage.groups.get(tenant.organization.id, tenant.ownGroup.id)).toMatchObject({
      memberCount: 2,
    });
    expect(await lastActions(store, tenant, 2)).toEqual([
      ["user", "suspended", member.userId],
      ["user", "reinstated", member.userId],
    ]);
  });

  test("asking for the state that there is writes nothing", async (store) => {
    const tenant = await createTenant(store.storage);
    const { member } = await addColleague(store, tenant);
    const before = await dump(store);
    await setSuspended(store, tenant, member.userId, false);
    expect(await dump(store)).toEqual(before);
    await setSuspended(store, tenant, member.userId, true);
    const suspended = await dump(store);
    await setSuspended(store, tenant, member.userId, true);
    expect(await dump(store)).toEqual(suspended);
  });

  test("who has left is not to be suspended, nor let back, nor to leave once more", async (store) => {
    const tenant = await createTenant(store.storage);
    const member = newMember(tenant.organization.id, { role: "member", status: "left" });
    await addMember(store, member);
    const before = await dump(store);
    for (const suspended of [true, false]) {
      expect(await faultOf(setSuspended(store, tenant, member.userId, suspended))).toEqual(gone);
    }
    const { members } = store.storage;
    expect(await faultOf(members.leave(tenant.organization.id, member.userId, newAudit()))).toEqual(gone);
    expect(await dump(store)).toEqual(before);
  });
}

function scimTests(test: StoreTest): void {
  test("SCIM does not lift what an admin suspended, before SCIM did or after", async (store) => {
    const tenant = await createTenant(store.storage);
    const userId = tenant.directoryUser.id;
    await setSuspended(store, tenant, userId, true);
    await setActive(store, tenant, false);
    await setActive(store, tenant, true);
    expect(await statusOf(store, tenant, userId)).toBe("suspended");
    await setSuspended(store, tenant, userId, false);
    await setActive(store, tenant, false);
    // SCIM's suspension is the admin's from now on.
    await setSuspended(store, tenant, userId, true);
    await setActive(store, tenant, true);
    expect(await statusOf(store, tenant, userId)).toBe("suspended");
    await setSuspended(store, tenant, userId, false);
    expect(await statusOf(store, tenant, userId)).toBe("active");
  });

  test("an admin does not lift a suspension while a directory says that the person is inactive", async (store) => {
    const tenant = await createTenant(store.storage);
    const userId = tenant.directoryUser.id;
    await setActive(store, tenant, false);
    const byScim = await dump(store);
    expect(await faultOf(setSuspended(store, tenant, userId, false))).toEqual(deactivated);
    expect(await dump(store)).toEqual(byScim);
    await setSuspended(store, tenant, userId, true);
    expect(await faultOf(setSuspended(store, tenant, userId, false))).toEqual(deactivated);
    expect(await statusOf(store, tenant, userId)).toBe("suspended");
  });

  test("an admin lifts SCIM's suspension when the directory is gone", async (store) => {
    const tenant = await createTenant(store.storage);
    const { organization, scim, directoryUser } = tenant;
    await setActive(store, tenant, false);
    await store.storage.scimConfigurations.delete(organization.id, scim.id, newAudit());
    expect(await statusOf(store, tenant, directoryUser.id)).toBe("suspended");
    await setSuspended(store, tenant, directoryUser.id, false);
    expect(await statusOf(store, tenant, directoryUser.id)).toBe("active");
  });

  test("whom a directory has neither leaves nor is deleted, until it lets them go", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, directory, directoryUser } = tenant;
    const { id: userId } = directoryUser;
    for (const active of [true, false]) {
      await setActive(store, tenant, active);
      const before = await dump(store);
      expect(await faultOf(storage.members.leave(organization.id, userId, newAudit()))).toEqual(managed);
      expect(await faultOf(storage.members.delete(organization.id, userId, newAudit()))).toEqual(managed);
      expect(await dump(store)).toEqual(before);
    }
    await storage.directoryUsers.delete(directory, userId, () => {}, newAudit());
    await storage.members.delete(organization.id, userId, newAudit());
    expect(await faultOf(storage.members.get(organization.id, userId))).toEqual(gone);
    await expectSound(store);
  });
}

function leavingTests(test: StoreTest): void {
  test("who leaves is a member without role, groups and tokens, and stays known", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, ownGroup } = tenant;
    const { member, tokenHash } = await addColleague(store, tenant, { role: "admin" });
    const audit = newAudit();
    await storage.members.leave(organization.id, member.userId, audit);
    expect(await storage.members.get(organization.id, member.userId)).toEqual({
      ...member,
      role: "member",
      status: "left",
      updatedAtMs: audit.atMs,
    });
    expect(await storage.credentials.findPersonalAccessToken(tokenHash)).toBeUndefined();
    const group = await storage.groups.get(organization.id, ownGroup.id);
    expect(group).toMatchObject({ memberCount: 1, updatedAtMs: audit.atMs });
    expect(await lastActions(store, tenant, 1)).toEqual([["user", "left", member.userId]]);
    await expectSound(store);
  });
}

function deletionTests(test: StoreTest): void {
  test("of who is deleted nothing is left but ids in events", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const before = await dump(store);
    const { member } = await addColleague(store, tenant);
    const idempotency = { key: "a key", requestHash: newHash() };
    const theirs = newAudit({ actorId: member.userId, actorPrincipal: "user", idempotency });
    const verification = newDomainVerification(tenant.organization.id);
    await storage.domainVerifications.create(tenant.organization.id, verification, theirs);
    await storage.domainVerifications.delete(tenant.organization.id, verification.id, newAudit());
    await storage.members.delete(tenant.organization.id, member.userId, newAudit());
    const after = (await dump(store)).filter((line) => !before.includes(line));
    expect(after.filter((line) => !/^(?:event|groups )/.test(line))).toEqual([]);
    expect(after.join("\n")).not.toContain(member.email);
    expect(after.join("\n")).toContain(member.userId);
    expect(await lastActions(store, tenant, 1)).toEqual([["user", "deleted", member.userId]]);
    await expectSound(store);
  });

  test("who has left is deleted too, and their email is free again", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { id } = tenant.organization;
    const member = newMember(id, { role: "member", status: "left" });
    await addMember(store, member);
    await storage.members.delete(id, member.userId, newAudit());
    expect(await faultOf(storage.members.delete(id, member.userId, newAudit()))).toEqual(gone);
    await addMember(store, newMember(id, { email: member.email }));
  });
}

function lastAdminTests(test: StoreTest): void {
  const ways = {
    suspended: (store: StoreUnderTest, tenant: Tenant, userId: UserId) =>
      setSuspended(store, tenant, userId, true),
    "let go": ({ storage }: StoreUnderTest, { organization }: Tenant, userId: UserId) =>
      storage.members.leave(organization.id, userId, newAudit()),
    deleted: ({ storage }: StoreUnderTest, { organization }: Tenant, userId: UserId) =>
      storage.members.delete(organization.id, userId, newAudit()),
  };

  for (const [way, stop] of Object.entries(ways)) {
    test(`the last active admin is not ${way}, whoever else is a member or a suspended admin`, async (store) => {
      const tenant = await createTenant(store.storage);
      await addMember(store, newMember(tenant.organization.id, { status: "suspended" }));
      await addColleague(store, tenant);
      const before = await dump(store);
      expect(await faultOf(stop(store, tenant, tenant.member.userId))).toEqual(lastAdmin);
      expect(await dump(store)).toEqual(before);
      await addMember(store, newMember(tenant.organization.id));
      await stop(store, tenant, tenant.member.userId);
    });
  }

  test("of 50 who all stop being admins at once, in every way there is, one stays", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { id } = tenant.organization;
    const colleagues = Array.from({ length: 49 }, () => newMember(id));
    for (const colleague of colleagues) await addMember(store, colleague);
    const all = [tenant.member, ...colleagues];
    const faults = await Promise.all(
      all.map(({ userId }, index) => {
        const everyWay = [
          ...Object.values(ways),
          () => storage.members.setRole(id, userId, "member", newAudit()),
        ];
        return faultOf(everyWay[index % everyWay.length]?.(store, tenant, userId) ?? Promise.resolve());
      }),
    );
    expect(faults.filter((fault) => fault !== undefined)).toEqual([lastAdmin]);
    expect(await storage.members.count(id, { roles: ["admin"], statuses: ["active"] }, 10)).toBe(1);
    await expectSound(store);
  }, 60_000);
}
