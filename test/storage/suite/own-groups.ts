/** The organization's own groups and who is in them, as the management API changes them. */
import { expect } from "vitest";
import type { GroupId, GroupMembershipId, UserId } from "../../../src/base/ids.ts";
import { groupMembersMax } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { Member } from "../../../src/storage/records.ts";
import type { GroupPatch } from "../../../src/storage/storage.ts";
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
  newGroup,
  newId,
  newMember,
  newOrganization,
  newOwnGroup,
  newUser,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const taken: StorageFault = { kind: "already_exists", entity: "group" };
const managed: StorageFault = { kind: "system_managed", entity: "group" };
const gone = (entity: "group" | "group_membership" | "user" | "organization"): StorageFault => ({
  kind: "not_found",
  entity,
});

export function ownGroupTests(test: StoreTest): void {
  createTests(test);
  nameTests(test);
  updateTests(test);
  deleteTests(test);
  membershipTests(test);
  leavingTests(test);
  managedTests(test);
  concurrencyTests(test);
}

async function createOwn({ storage }: StoreUnderTest, { organization }: Tenant, name: string) {
  return await storage.groups.create(organization.id, newOwnGroup({ name }), newAudit());
}

function add({ storage }: StoreUnderTest, { organization }: Tenant, groupId: GroupId, userId: UserId) {
  const membership = { id: newId<GroupMembershipId>(), userId };
  return storage.groups.addMember(organization.id, groupId, membership, newAudit());
}

async function colleague(
  store: StoreUnderTest,
  { organization }: Tenant,
  values: Partial<Member> = {},
): Promise<Member> {
  const member = newMember(organization.id, { role: "member", ...values });
  await addMember(store, member);
  return member;
}

/** What of a group no record shows. */
async function versionOf({ execute }: StoreUnderTest, groupId: GroupId): Promise<unknown> {
  const [row] = await execute("SELECT version FROM groups WHERE id = ?", groupId);
  return row?.version;
}

async function idsIn(
  { storage }: StoreUnderTest,
  { organization }: Tenant,
  groupId: GroupId,
): Promise<UserId[]> {
  const page = { afterId: undefined, limit: 100 };
  const found = await storage.groups.listMemberships(organization.id, groupId, "", page);
  return found.map(({ userId }) => userId);
}

function createTests(test: StoreTest): void {
  test("a group that is created reads as it was given, is nobody's to manage and has no members", async (store) => {
    const tenant = await createTenant(store.storage);
    const { id: organizationId } = tenant.organization;
    const group = newOwnGroup({ name: " Ärzte '%_ ", description: "Für alle" });
    const audit = newAudit();
    const created = await store.storage.groups.create(organizationId, group, audit);
    expect(created).toStrictEqual({
      organizationId,
      id: group.id,
      scimConfigurationId: undefined,
      name: " Ärzte '%_ ",
      description: "Für alle",
      memberCount: 0,
      createdAtMs: audit.atMs,
      updatedAtMs: audit.atMs,
    });
    expect(await store.storage.groups.get(organizationId, group.id)).toStrictEqual(created);
    expect((await store.storage.groups.getByName(organizationId, " ärzte '%_ ")).id).toBe(group.id);
    expect(await versionOf(store, group.id)).toBe(1);
  });

  test("no group is created in an organization that does not exist", async (store) => {
    const { id } = newOrganization();
    const before = await dump(store);
    expect(await faultOf(store.storage.groups.create(id, newOwnGroup(), newAudit()))).toEqual(
      gone("organization"),
    );
    expect(await dump(store)).toEqual(before);
  });
}

function nameTests(test: StoreTest): void {
  test("a name is taken once in an organization, in whatever letter case", async (store) => {
    const [tenant, other] = [await createTenant(store.storage), await createTenant(store.storage)];
    const first = await createOwn(store, tenant, "Ärzte");
    await createOwn(store, tenant, "Other");
    const before = await dump(store);
    for (const name of ["Ärzte", "äRZTE", "a\u0308rzte"]) {
      expect(await faultOf(createOwn(store, tenant, name))).toEqual(taken);
    }
    expect(await dump(store)).toEqual(before);
    await createOwn(store, other, "Ärzte");
    await store.storage.groups.delete(tenant.organization.id, first.id, newAudit());
    await createOwn(store, tenant, "ÄRZTE");
  });

  test("a directory's group takes no name from the organization's own", async (store) => {
    const tenant = await createTenant(store.storage);
    const name = tenant.directoryGroup.content.displayName;
    await createOwn(store, tenant, name);
    expect(await faultOf(createOwn(store, tenant, name.toUpperCase()))).toEqual(taken);
  });

  test("a group that is handed over keeps a name that is taken, and every other change", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, scim, directoryGroup } = tenant;
    const { displayName: name } = directoryGroup.content;
    await createOwn(store, tenant, name);
    await storage.scimConfigurations.delete(organization.id, scim.id, newAudit());
    const update = (patch: GroupPatch) =>
      storage.groups.update(organization.id, directoryGroup.id, patch, newAudit());
    expect(await update({ name, description: "Handed over" })).toMatchObject({
      name,
      description: "Handed over",
      scimConfigurationId: undefined,
    });
    expect(await faultOf(createOwn(store, tenant, name))).toEqual(taken);
    await update({ name: "Another" });
    expect(await faultOf(update({ name }))).toEqual(taken);
  });
}

function updateTests(test: StoreTest): void {
  test("an update changes what is in the patch, the version and the time, and nothing else", async (store) => {
    const tenant = await createTenant(store.storage);
    const { id: organizationId } = tenant.organization;
    const { id } = tenant.ownGroup;
    const before = await store.storage.groups.get(organizationId, id);
    const version = Number(await versionOf(store, id));
    const patches = [{ name: "Renamed" }, { description: "" }, { name: "RENAMED", description: "Both" }];
    let expected = before;
    for (const patch of patches) {
      const audit = newAudit();
      expected = { ...expected, ...patch, updatedAtMs: audit.atMs };
      expect(await store.storage.groups.update(organizationId, id, patch, audit)).toStrictEqual(expected);
      expect(await store.storage.groups.get(organizationId, id)).toStrictEqual(expected);
    }
    expect(await versionOf(store, id)).toBe(version + patches.length);
    expect((await store.storage.groups.getByName(organizationId, "renamed")).id).toBe(id);
  });

  test("an update that changes nothing writes nothing", async (store) => {
    const { organization, ownGroup } = await createTenant(store.storage);
    const before = await dump(store);
    const { name, description } = ownGroup;
    for (const patch of [{}, { name }, { name: undefined, description }]) {
      await store.storage.groups.update(organization.id, ownGroup.id, patch, newAudit());
    }
    expect(await dump(store)).toEqual(before);
  });

  test("no update takes another group's name", async (store) => {
    const tenant = await createTenant(store.storage);
    await createOwn(store, tenant, "Taken");
    const before = await dump(store);
    const update = store.storage.groups.update(
      tenant.organization.id,
      tenant.ownGroup.id,
      { name: "TAKEN", description: "New" },
      newAudit(),
    );
    expect(await faultOf(update)).toEqual(taken);
    expect(await dump(store)).toEqual(before);
  });

  test("time does not go back", async (store) => {
    const { organization, ownGroup, ownMembership, directoryUser } = await createTenant(store.storage);
    const { groups } = store.storage;
    const { updatedAtMs } = await groups.get(organization.id, ownGroup.id);
    const early = () => newAudit({ atMs: updatedAtMs - 1_000 });
    await groups.update(organization.id, ownGroup.id, { name: "Early" }, early());
    const membership = { id: newId<GroupMembershipId>(), userId: directoryUser.id };
    await groups.addMember(organization.id, ownGroup.id, membership, early());
    await groups.removeMember(organization.id, ownMembership.id, early());
    expect((await groups.get(organization.id, ownGroup.id)).updatedAtMs).toBe(updatedAtMs);
  });
}

function deleteTests(test: StoreTest): void {
  test("a group is deleted with its memberships, and its members stay", async (store) => {
    const tenant = await createTenant(store.storage);
    const { organization, ownGroup, ownMembership, member } = tenant;
    const { groups } = store.storage;
    const second = await createOwn(store, tenant, "Second");
    await add(store, tenant, second.id, member.userId);
    await groups.delete(organization.id, ownGroup.id, newAudit());
    expect(await faultOf(groups.get(organization.id, ownGroup.id))).toEqual(gone("group"));
    expect(await faultOf(groups.delete(organization.id, ownGroup.id, newAudit()))).toEqual(gone("group"));
    expect(await faultOf(groups.removeMember(organization.id, ownMembership.id, newAudit()))).toEqual(
      gone("group_membership"),
    );
    expect(await idsIn(store, tenant, second.id)).toEqual([member.userId]);
    expect((await store.storage.members.get(organization.id, member.userId)).status).toBe("active");
    await expectSound(store);
  });
}

function membershipTests(test: StoreTest): void {
  test("a member who is added is in the group with their name, and the group counts them", async (store) => {
    const tenant = await createTenant(store.storage);
    const { organization, ownGroup } = tenant;
    const ada = await colleague(store, tenant, { fullName: "Ada", avatarUrl: "https://avatars.example/ada" });
    const version = Number(await versionOf(store, ownGroup.id));
    const audit = newAudit();
    const membership = { id: newId<GroupMembershipId>(), userId: ada.userId };
    const added = await store.storage.groups.addMember(organization.id, ownGroup.id, membership, audit);
    expect(added).toStrictEqual({
      organizationId: organization.id,
      groupId: ownGroup.id,
      ...membership,
      name: "Ada",
      avatarUrl: "https://avatars.example/ada",
    });
    const { groups, locator } = store.storage;
    expect(await groups.findMembership(organization.id, ownGroup.id, ada.userId)).toStrictEqual(added);
    expect(await locator.organizationOf("group_membership", membership.id)).toBe(organization.id);
    const group = await groups.get(organization.id, ownGroup.id);
    expect(group).toMatchObject({ memberCount: 2, updatedAtMs: audit.atMs });
    expect(await versionOf(store, ownGroup.id)).toBe(version + 1);
  });

  test("who is in the group already stays in it as they are, and nothing is written", async (store) => {
    const tenant = await createTenant(store.storage);
    const { ownGroup, ownMembership } = tenant;
    const before = await dump(store);
    const again = await add(store, tenant, ownGroup.id, ownMembership.userId);
    expect(again.id).toBe(ownMembership.id);
    expect(await dump(store)).toEqual(before);
  });

  test("a suspended member can be added, and one who has left cannot", async (store) => {
    const tenant = await createTenant(store.storage);
    const { ownGroup } = tenant;
    const suspended = await colleague(store, tenant, { status: "suspended" });
    const left = await colleague(store, tenant, { status: "left" });
    await add(store, tenant, ownGroup.id, suspended.userId);
    expect(await faultOf(add(store, tenant, ownGroup.id, left.userId))).toEqual(gone("user"));
    await expectSound(store);
  });

  test("nobody of another organization is added, and nobody who does not exist", async (store) => {
    const [tenant, other] = [await createTenant(store.storage), await createTenant(store.storage)];
    const before = await dump(store);
    for (const userId of [other.member.userId, newId<UserId>()]) {
      expect(await faultOf(add(store, tenant, tenant.ownGroup.id, userId))).toEqual(gone("user"));
    }
    expect(await dump(store)).toEqual(before);
  });

  test("a member who is removed is in the group no more, and the others are", async (store) => {
    const tenant = await createTenant(store.storage);
    const { organization, ownGroup, ownMembership, directoryUser } = tenant;
    await add(store, tenant, ownGroup.id, directoryUser.id);
    const audit = newAudit();
    await store.storage.groups.removeMember(organization.id, ownMembership.id, audit);
    expect(await idsIn(store, tenant, ownGroup.id)).toEqual([directoryUser.id]);
    const group = await store.storage.groups.get(organization.id, ownGroup.id);
    expect(group).toMatchObject({ memberCount: 1, updatedAtMs: audit.atMs });
    const again = store.storage.groups.removeMember(organization.id, ownMembership.id, newAudit());
    expect(await faultOf(again)).toEqual(gone("group_membership"));
    expect((await add(store, tenant, ownGroup.id, ownMembership.userId)).id).not.toBe(ownMembership.id);
    await expectSound(store);
  });

  test("a group that is full takes nobody more", async (store) => {
    const tenant = await createTenant(store.storage);
    const { ownGroup, directoryUser } = tenant;
    await store.execute("UPDATE groups SET member_count = ? WHERE id = ?", groupMembersMax, ownGroup.id);
    expect(await faultOf(add(store, tenant, ownGroup.id, directoryUser.id))).toEqual({
      kind: "too_many_members",
      entity: "group",
      max: groupMembersMax,
    });
  });
}

function leavingTests(test: StoreTest): void {
  test("who leaves by their directory is in no group any more, and the groups count it", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, directory, directoryUser, ownGroup, ownMembership } = tenant;
    const second = await createOwn(store, tenant, "Second");
    const without = await createOwn(store, tenant, "Without");
    for (const { id } of [ownGroup, second]) await add(store, tenant, id, directoryUser.id);
    const version = Number(await versionOf(store, second.id));
    const events = await allEvents(storage, organization.id);
    const audit = newAudit();
    await storage.directoryUsers.delete(directory, directoryUser.id, () => {}, audit);
    expect(await idsIn(store, tenant, ownGroup.id)).toEqual([ownMembership.userId]);
    expect(await storage.groups.get(organization.id, second.id)).toMatchObject({
      memberCount: 0,
      updatedAtMs: audit.atMs,
    });
    expect(await versionOf(store, second.id)).toBe(version + 1);
    expect(await versionOf(store, without.id)).toBe(1);
    expect(await allEvents(storage, organization.id)).toHaveLength(events.length + 1);
    await expectSound(store);
  });

  test("who comes back is in none of the groups that they were in", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, directoryUser, ownGroup, ownMembership } = tenant;
    await add(store, tenant, ownGroup.id, directoryUser.id);
    await storage.directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
    const back = newUser({ email: directoryUser.content.email });
    const { id } = await storage.directoryUsers.create(directory, back, newAudit());
    expect(id).toBe(directoryUser.id);
    expect(await idsIn(store, tenant, ownGroup.id)).toEqual([ownMembership.userId]);
  });
}

function managedTests(test: StoreTest): void {
  test("a directory's group is not changed, nor who is in it", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, member, directoryGroup, directoryUser } = tenant;
    const { groups } = storage;
    const membership = await groups.findMembership(organization.id, directoryGroup.id, directoryUser.id);
    const before = await dump(store);
    const calls = [
      groups.update(organization.id, directoryGroup.id, { name: "Renamed" }, newAudit()),
      groups.update(organization.id, directoryGroup.id, {}, newAudit()),
      groups.delete(organization.id, directoryGroup.id, newAudit()),
      add(store, tenant, directoryGroup.id, member.userId),
      add(store, tenant, directoryGroup.id, newId()),
      groups.removeMember(organization.id, membership?.id ?? newId(), newAudit()),
    ];
    expect(await Promise.all(calls.map(faultOf))).toEqual(calls.map(() => managed));
    expect(await dump(store)).toEqual(before);
  });

  test("a group that is handed over is the organization's to change, with its members", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, scim, directoryGroup, directoryUser, member } = tenant;
    await storage.scimConfigurations.delete(organization.id, scim.id, newAudit());
    const { groups } = storage;
    await add(store, tenant, directoryGroup.id, member.userId);
    const of = await groups.findMembership(organization.id, directoryGroup.id, directoryUser.id);
    await groups.removeMember(organization.id, of?.id ?? newId(), newAudit());
    expect(await idsIn(store, tenant, directoryGroup.id)).toEqual([member.userId]);
    await groups.delete(organization.id, directoryGroup.id, newAudit());
    await expectSound(store);
  });

  test("own groups are none of a directory's", async ({ storage }) => {
    const { directory, directoryGroup, ownGroup } = await createTenant(storage);
    const page = { kind: "offset", offset: 0, limit: 10 } as const;
    const listed = await storage.directoryGroups.list(directory, {
      condition: undefined,
      sort: undefined,
      page,
    });
    expect(listed.items.map(({ id }) => id)).toEqual([directoryGroup.id]);
    expect(listed.total).toBe(1);
    const change = () => ({ content: newGroup().content });
    const calls = [
      storage.directoryGroups.get(directory, ownGroup.id),
      storage.directoryGroups.update(directory, ownGroup.id, change, newAudit()),
      storage.directoryGroups.delete(directory, ownGroup.id, () => {}, newAudit()),
    ];
    const unknown = { kind: "not_found", entity: "directory_group" };
    expect(await Promise.all(calls.map(faultOf))).toEqual(calls.map(() => unknown));
  });
}

function concurrencyTests(test: StoreTest): void {
  const outcomes = async (calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> => {
    const faults = await Promise.all(calls.map(faultOf));
    return faults.map((fault) => fault ?? "ok").toSorted((a) => (a === "ok" ? -1 : 1));
  };

  test("of 20 that want one name at once one gets it", async (store) => {
    const tenant = await createTenant(store.storage);
    const others = await Promise.all(
      Array.from({ length: 10 }, (_, index) => createOwn(store, tenant, `Other ${index}`)),
    );
    const renamings = others.map(({ id }) =>
      store.storage.groups.update(tenant.organization.id, id, { name: "One NAME" }, newAudit()),
    );
    const creations = others.map(() => createOwn(store, tenant, "One name"));
    expect(await outcomes([...renamings, ...creations])).toEqual(["ok", ...Array(19).fill(taken)]);
  });

  test("of 20 that add one member at once one does, and all are told the same membership", async (store) => {
    const tenant = await createTenant(store.storage);
    const { organization, ownGroup, directoryUser } = tenant;
    const events = await allEvents(store.storage, organization.id);
    const added = await Promise.all(
      Array.from({ length: 20 }, () => add(store, tenant, ownGroup.id, directoryUser.id)),
    );
    expect(new Set(added.map(({ id }) => id)).size).toBe(1);
    expect(await allEvents(store.storage, organization.id)).toHaveLength(events.length + 1);
    await expectSound(store);
  });

  test("members who come and go at once are counted right, also when the group goes", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, ownGroup, ownMembership } = tenant;
    const people: Member[] = [];
    for (let index = 0; index < 10; index += 1) people.push(await colleague(store, tenant));
    const adding = outcomes(people.map(({ userId }) => add(store, tenant, ownGroup.id, userId)));
    const removing = outcomes(
      people.map(() => storage.groups.removeMember(organization.id, ownMembership.id, newAudit())),
    );
    expect(await adding).toEqual(Array(10).fill("ok"));
    expect(await removing).toEqual(["ok", ...Array(9).fill(gone("group_membership"))]);
    expect((await storage.groups.get(organization.id, ownGroup.id)).memberCount).toBe(10);
    const more = outcomes(
      people.map(async ({ userId }) => {
        const found = await storage.groups.findMembership(organization.id, ownGroup.id, userId);
        return await storage.groups.removeMember(organization.id, found?.id ?? newId(), newAudit());
      }),
    );
    const deleting = storage.groups.delete(organization.id, ownGroup.id, newAudit());
    await deleting;
    for (const outcome of await more) expect(["ok", gone("group_membership")]).toContainEqual(outcome);
    await expectSound(store);
  });

  test("who is added while they leave is in no group afterwards", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory } = tenant;
    for (let round = 0; round < 5; round += 1) {
      const user = newUser();
      await storage.directoryUsers.create(directory, user, newAudit());
      const adding = Promise.all(
        Array.from({ length: 4 }, () => faultOf(add(store, tenant, tenant.ownGroup.id, user.id))),
      );
      const leaving = storage.directoryUsers.delete(directory, user.id, () => {}, newAudit());
      await leaving;
      for (const fault of await adding) expect([undefined, gone("user")]).toContainEqual(fault);
      await expectSound(store);
    }
  });
}
