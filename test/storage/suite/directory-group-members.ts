/** Members of groups: who comes, who goes, and who cannot be one. */
import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import { groupMembersMax, type MembersChange } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { addUsers, createWorld, memberIds } from "../../support/storage-groups.ts";
import { addMember, allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newGroup, newId, newMember } from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";

const missingUser: StorageFault = { kind: "not_found", entity: "directory_user" };
const tooMany: StorageFault = {
  kind: "too_many_members",
  entity: "directory_group",
  max: groupMembersMax,
};

export function directoryGroupMemberTests(test: StoreTest): void {
  membersTests(test);
  boundTests(test);
}

/** Of users 0 to 5, of whom 0 to 2 are in the group. */
interface MembersCase {
  readonly name: string;
  readonly change: (users: readonly UserId[]) => MembersChange;
  readonly left: readonly number[];
}

const pick = (users: readonly UserId[], indexes: readonly number[]): UserId[] =>
  indexes.flatMap((index) => users[index] ?? []);
const delta = (add: readonly number[], remove: readonly number[]): MembersCase["change"] => {
  return (users) => ({ kind: "delta", add: pick(users, add), remove: pick(users, remove) });
};
const replace = (members: readonly number[]): MembersCase["change"] => {
  return (users) => ({ kind: "replace", members: pick(users, members) });
};

const changes: readonly MembersCase[] = [
  { name: "one is added", change: delta([3], []), left: [0, 1, 2, 3] },
  { name: "one is removed", change: delta([], [1]), left: [0, 2] },
  { name: "some come and others go", change: delta([4, 3], [0, 2]), left: [1, 3, 4] },
  { name: "one is added twice", change: delta([3, 3], []), left: [0, 1, 2, 3] },
  { name: "one is removed twice", change: delta([], [1, 1]), left: [0, 2] },
  { name: "one of them is there already", change: delta([0, 5], []), left: [0, 1, 2, 5] },
  { name: "one of them is not there", change: delta([], [0, 5]), left: [1, 2] },
  { name: "all go", change: delta([], [0, 1, 2]), left: [] },
  { name: "they are replaced by others", change: replace([3, 4]), left: [3, 4] },
  { name: "they are replaced by some of them and others", change: replace([5, 1]), left: [1, 5] },
  { name: "they are replaced by more", change: replace([0, 1, 2, 3, 4, 5, 0]), left: [0, 1, 2, 3, 4, 5] },
  { name: "they are replaced by nobody", change: replace([]), left: [] },
];
const noChanges: readonly Omit<MembersCase, "left">[] = [
  { name: "adding who is there", change: delta([0, 1, 2], []) },
  { name: "removing who is not there", change: delta([], [3, 4, 5]) },
  { name: "an empty delta", change: delta([], []) },
  { name: "replacing them by themselves", change: replace([2, 1, 0]) },
];

function membersTests(test: StoreTest): void {
  for (const { name, change, left } of changes) {
    test(`members when ${name}: the group has the rest, a count and a version that fit`, async (store) => {
      const { storage } = store;
      const world = await createWorld(storage);
      const { directory, group, users, organization } = world;
      const updated = await world.change(change(users));
      expect(updated).toMatchObject({ memberCount: left.length, version: 2 });
      expect(await storage.directoryGroups.get(directory, group.id)).toStrictEqual(updated);
      expect(await memberIds(storage, directory, group)).toEqual(pick(users, left));
      const events = await allEvents(storage, organization.id);
      expect(events.at(-1)).toMatchObject({ action: "members_changed", subjectId: group.id });
      await expectSound(store);
    });
  }

  for (const { name, change } of noChanges) {
    test(`${name} writes nothing`, async (store) => {
      const { directory, group, users, change: changeMembers } = await createWorld(store.storage);
      const before = await dump(store);
      const same = await changeMembers(change(users));
      expect(same).toStrictEqual(await store.storage.directoryGroups.get(directory, group.id));
      expect(await dump(store)).toEqual(before);
    });
  }

  test("nobody who is no user of the directory becomes a member, nor does anybody else of the same change", async (store) => {
    const { storage } = store;
    const world = await createWorld(storage);
    const { directory, organization, member, users } = world;
    const other = await anotherDirectory(storage, world);
    const [ofAnotherConfiguration] = await addUsers(storage, other, 1);
    const [ofAnotherOrganization] = await addUsers(storage, (await createTenant(storage)).directory, 1);
    const colleague = newMember(organization.id);
    await addMember(store, colleague);
    const strangers = [newId<UserId>(), member.userId, colleague.userId];
    const before = await dump(store);
    for (const stranger of [...strangers, ofAnotherConfiguration, ofAnotherOrganization]) {
      const members = [...users, stranger ?? newId<UserId>()];
      expect(await faultOf(world.change({ kind: "delta", add: members, remove: [] }))).toEqual(missingUser);
      expect(await faultOf(world.change({ kind: "replace", members }))).toEqual(missingUser);
      const created = storage.directoryGroups.create(directory, newGroup({}, members), newAudit());
      expect(await faultOf(created)).toEqual(missingUser);
    }
    expect(await dump(store)).toEqual(before);
  });

  test("who was never there can be removed", async ({ storage }) => {
    const { change } = await createWorld(storage);
    expect(await change({ kind: "delta", add: [], remove: [newId()] })).toMatchObject({ version: 1 });
  });

  test("large replacements are right on both sides of a page's end", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 2_100);
    const group = newGroup({}, users.slice(0, 2_000));
    await storage.directoryGroups.create(directory, group, newAudit());
    const wanted = users.filter((_, index) => index % 3 !== 0);
    for (const members of [wanted, users, users.slice(100), users.slice(0, 1_000), users.slice(0, 1_000)]) {
      const change = () => ({ members: { kind: "replace", members } }) as const;
      const updated = await storage.directoryGroups.update(directory, group.id, change, newAudit());
      expect(updated.memberCount).toBe(members.length);
      expect(await memberIds(storage, directory, group)).toEqual(members);
    }
    await expectSound(store);
  }, 60_000);
}

function boundTests(test: StoreTest): void {
  test("a group of more than the most members is refused, before anything is looked at", async (store) => {
    const { directory, change } = await createWorld(store.storage);
    const members = Array.from({ length: groupMembersMax + 1 }, () => newId<UserId>());
    const before = await dump(store);
    const { directoryGroups } = store.storage;
    expect(await faultOf(change({ kind: "replace", members }))).toEqual(tooMany);
    expect(await faultOf(directoryGroups.create(directory, newGroup({}, members), newAudit()))).toEqual(
      tooMany,
    );
    expect(await dump(store)).toEqual(before);
  });

  test("a full group takes nobody more, but somebody instead of another", async (store) => {
    const { group, users, change } = await createWorld(store.storage);
    await store.execute("UPDATE groups SET member_count = ? WHERE id = ?", groupMembersMax, group.id);
    const before = await dump(store);
    expect(await faultOf(change({ kind: "delta", add: pick(users, [3]), remove: [] }))).toEqual(tooMany);
    expect(await dump(store)).toEqual(before);
    const exchanged = await change({ kind: "delta", add: pick(users, [3]), remove: pick(users, [0]) });
    expect(exchanged.memberCount).toBe(groupMembersMax);
  });
}
