import { expect } from "vitest";
import type { DirectoryTenant, GroupChange } from "../../../src/storage/directory.ts";
import type { StorageFault, UniqueKey } from "../../../src/storage/errors.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { addUsers, createWorld, memberIds } from "../../support/storage-groups.ts";
import { allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { type NewGroup, newAudit, newGroup, newGroupContent, newId } from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";

const missingGroup: StorageFault = { kind: "not_found", entity: "directory_group" };

export function directoryGroupTests(test: StoreTest): void {
  creationTests(test);
  uniquenessTests(test);
  updateTests(test);
  tenancyTests(test);
}

function creationTests(test: StoreTest): void {
  test("a created group reads back as it was given, with its members in order of id", async ({ storage }) => {
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 300);
    const group = newGroup(
      { externalId: "g1", displayName: "Engineering" },
      [...users, ...users].toReversed(),
    );
    const audit = newAudit();
    const created = await storage.directoryGroups.create(directory, group, audit);
    expect(created).toStrictEqual({
      id: group.id,
      displayName: "Engineering",
      externalId: "g1",
      document: group.content.document,
      memberCount: 300,
      version: 1,
      createdAtMs: audit.atMs,
      updatedAtMs: audit.atMs,
    });
    expect(await storage.directoryGroups.get(directory, group.id)).toStrictEqual(created);
    const { group: again, page } = await storage.directoryGroups.getWithMembers(directory, group.id, 1_000);
    expect(again).toStrictEqual(created);
    expect(page.members.map(({ userId }) => userId)).toEqual(users);
  });

  test("a user's groups are those that they are in", async ({ storage }) => {
    const { directory, directoryUser, directoryGroup } = await createTenant(storage);
    const group = newGroup({ displayName: "Second" }, [directoryUser.id]);
    await storage.directoryGroups.create(directory, group, newAudit());
    const { groups } = await storage.directoryUsers.get(directory, directoryUser.id);
    expect(groups).toEqual([
      { id: directoryGroup.id, displayName: directoryGroup.content.displayName },
      { id: group.id, displayName: "Second" },
    ]);
  });
}

const collisions: readonly { readonly key: UniqueKey; readonly one: Values; readonly other: Values }[] = [
  { key: "displayName", one: { displayName: "Staff" }, other: { displayName: "sTAFF" } },
  { key: "displayName", one: { displayName: "\u00c9quipe" }, other: { displayName: "e\u0301QUIPE" } },
  { key: "externalId", one: { externalId: "g1" }, other: { externalId: "g1" } },
];
type Values = Parameters<typeof newGroupContent>[0];

function uniquenessTests(test: StoreTest): void {
  for (const { key, one, other } of collisions) {
    const values = JSON.stringify([one, other]);
    test(`two groups of a directory do not have one ${key}: ${values}, neither created nor updated`, async (store) => {
      const { directoryGroups } = store.storage;
      const { directory, directoryGroup } = await createTenant(store.storage);
      await directoryGroups.create(directory, newGroup(one), newAudit());
      const before = await dump(store);
      const fault = { kind: "already_exists", entity: "directory_group", key };
      expect(await faultOf(directoryGroups.create(directory, newGroup(other), newAudit()))).toEqual(fault);
      const change = () => ({ content: newGroupContent(other) });
      const update = directoryGroups.update(directory, directoryGroup.id, change, newAudit());
      expect(await faultOf(update)).toEqual(fault);
      expect(await dump(store)).toEqual(before);
    });
  }

  test("another directory may have the same displayName and externalId", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const values = { displayName: "Staff", externalId: "g1" };
    await storage.directoryGroups.create(tenant.directory, newGroup(values), newAudit());
    const other = await anotherDirectory(storage, tenant);
    expect(await storage.directoryGroups.create(other, newGroup(values), newAudit())).toMatchObject(values);
  });
}

function updateTests(test: StoreTest): void {
  test("an update replaces what it gives, and leaves the members alone", async ({ storage }) => {
    const { directory, group, organization, users } = await createWorld(storage);
    const content = newGroupContent({ displayName: "Renamed", externalId: "g2", document: '{"schemas":[]}' });
    const before = await storage.directoryGroups.get(directory, group.id);
    const audit = newAudit();
    const updated = await storage.directoryGroups.update(directory, group.id, () => ({ content }), audit);
    expect(updated).toStrictEqual({
      ...before,
      displayName: "Renamed",
      externalId: "g2",
      document: '{"schemas":[]}',
      version: 2,
      updatedAtMs: audit.atMs,
    });
    expect(await storage.directoryGroups.get(directory, group.id)).toStrictEqual(updated);
    expect(await memberIds(storage, directory, group)).toEqual(users.slice(0, 3));
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ subjectType: "group", action: "updated", subjectId: group.id });
  });

  test("a change of content and members is one version and one event", async ({ storage }) => {
    const { directory, group, organization, users } = await createWorld(storage);
    const { length } = await allEvents(storage, organization.id);
    const change: GroupChange = {
      content: newGroupContent({ displayName: "Both" }),
      members: { kind: "replace", members: users.slice(2) },
    };
    const updated = await storage.directoryGroups.update(directory, group.id, () => change, newAudit());
    expect(updated).toMatchObject({ displayName: "Both", memberCount: 4, version: 2 });
    const events = await allEvents(storage, organization.id);
    expect(events.slice(length)).toMatchObject([{ action: "updated", subjectId: group.id }]);
  });

  test("no change writes nothing, and answers the group as it is", async (store) => {
    const { directory, group } = await createWorld(store.storage);
    const before = await dump(store);
    const { directoryGroups } = store.storage;
    const same = await directoryGroups.update(directory, group.id, () => ({}), newAudit());
    expect(same).toStrictEqual(await directoryGroups.get(directory, group.id));
    expect(await dump(store)).toEqual(before);
  });

  test("what a change throws reaches the caller as it is, and nothing is written", async (store) => {
    const { directory, group } = await createWorld(store.storage);
    const before = await dump(store);
    const refusal = new RangeError("not this version");
    const refuse = () => {
      throw refusal;
    };
    const { directoryGroups } = store.storage;
    await expect(directoryGroups.update(directory, group.id, refuse, newAudit())).rejects.toBe(refusal);
    await expect(directoryGroups.delete(directory, group.id, refuse, newAudit())).rejects.toBe(refusal);
    expect(await dump(store)).toEqual(before);
  });

  test("a deleted group is gone, and its members are not", async (store) => {
    const { storage } = store;
    const { directory, group, users, organization } = await createWorld(storage);
    await storage.directoryGroups.delete(directory, group.id, () => {}, newAudit());
    await expectUnknown(storage, directory, group);
    const user = await storage.directoryUsers.get(directory, users[0] ?? newId());
    expect(user).toMatchObject({ version: 1, groups: [] });
    const events = await allEvents(storage, organization.id);
    expect(events.at(-1)).toMatchObject({ subjectType: "group", action: "deleted", subjectId: group.id });
    await storage.directoryGroups.create(directory, newGroup(group.content), newAudit());
    await expectSound(store);
  });
}

async function expectUnknown(
  { directoryGroups }: Storage,
  directory: DirectoryTenant,
  { id, content }: NewGroup,
): Promise<void> {
  expect(await faultOf(directoryGroups.get(directory, id))).toEqual(missingGroup);
  expect(await faultOf(directoryGroups.getWithMembers(directory, id, 10))).toEqual(missingGroup);
  expect(await faultOf(directoryGroups.readMembers(directory, id, 10))).toEqual(missingGroup);
  const update = directoryGroups.update(directory, id, () => ({ content }), newAudit());
  expect(await faultOf(update)).toEqual(missingGroup);
  expect(await faultOf(directoryGroups.delete(directory, id, () => {}, newAudit()))).toEqual(missingGroup);
}

function tenancyTests(test: StoreTest): void {
  test("another configuration of the same organization does not have the group, by no method", async (store) => {
    const world = await createWorld(store.storage);
    const other = await anotherDirectory(store.storage, world);
    const before = await dump(store);
    await expectUnknown(store.storage, other, world.group);
    expect(await dump(store)).toEqual(before);
  });

  test("a group that a directory no longer has is no method's, and its name is free", async (store) => {
    const { storage } = store;
    const world = await createWorld(storage);
    await storage.scimConfigurations.delete(world.organization.id, world.scim.id, newAudit());
    await expectUnknown(storage, world.directory, world.group);
    const other = await anotherDirectory(storage, world);
    await storage.directoryGroups.create(other, newGroup(world.group.content), newAudit());
    const rows = await store.execute("SELECT group_id FROM group_members WHERE group_id = ?", world.group.id);
    expect(rows).toHaveLength(3);
    await expectSound(store);
  });
}
