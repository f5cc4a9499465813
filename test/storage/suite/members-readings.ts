/** A group that is read with all its members, however long that takes and whatever changes meanwhile. */
import { expect } from "vitest";
import type { MemberReference, MembersReading } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { addUsers, createWorld, readAll, type World } from "../../support/storage-groups.ts";
import { faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newGroup, newGroupContent, newId, newUserContent } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

const unavailable: StorageFault = { kind: "unavailable", reason: expect.any(String) };
const missingGroup: StorageFault = { kind: "not_found", entity: "directory_group" };
/** More than any engine holds at the same time. */
const many = 12;

export function membersReadingTests(test: StoreTest): void {
  pageTests(test);
  momentTests(test);
  endTests(test);
}

function pageTests(test: StoreTest): void {
  test("pages have each member once, in order of id, also when the last page is full", async ({
    storage,
  }) => {
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 12);
    const group = newGroup({}, users.toReversed());
    const created = await storage.directoryGroups.create(directory, group, newAudit());
    const { page } = await storage.directoryGroups.getWithMembers(directory, group.id, 100);
    for (const pageSize of [1, 5, 6, 12, 100]) {
      const { group: read, pages } = await readAll(storage, directory, group.id, pageSize);
      expect(read).toStrictEqual(created);
      expect(pages.map(({ length }) => length)).toEqual(lengths(12, pageSize));
      expect(pages.flat()).toStrictEqual(page.members);
      expect(pages.flat().map(({ userId }) => userId)).toEqual(users);
    }
  });

  test("a group without members has no page", async ({ storage }) => {
    const { directory } = await createTenant(storage);
    const group = newGroup();
    const created = await storage.directoryGroups.create(directory, group, newAudit());
    expect(await readAll(storage, directory, group.id, 10)).toStrictEqual({ group: created, pages: [] });
  });

  test("what is no group is not found, and nothing is held for it", async ({ storage }) => {
    const { directory } = await createTenant(storage);
    for (let time = 0; time < many; time += 1) {
      const opening = storage.directoryGroups.readMembers(directory, newId(), 10);
      expect(await faultOf(opening)).toEqual(missingGroup);
    }
  });
}

function lengths(count: number, pageSize: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / pageSize) }, (_, page) =>
    Math.min(pageSize, count - page * pageSize),
  );
}

/** All that can change of what a reading shows; at last the group itself is gone. */
const changes: readonly ((world: World) => Promise<unknown>)[] = [
  ({ change, users }) => change({ kind: "delta", add: users.slice(3, 4), remove: users.slice(1, 2) }),
  ({ storage, directory, users }) =>
    storage.directoryUsers.update(
      directory,
      users[2] ?? newId(),
      () => newUserContent({ displayName: "Renamed" }),
      newAudit(),
    ),
  ({ storage, directory, users }) =>
    storage.directoryUsers.delete(directory, users[0] ?? newId(), () => {}, newAudit()),
  ({ storage, directory, group }) =>
    storage.directoryGroups.update(
      directory,
      group.id,
      () => ({ content: newGroupContent({ displayName: "Renamed" }) }),
      newAudit(),
    ),
  ({ storage, directory, group }) =>
    storage.directoryGroups.delete(directory, group.id, () => {}, newAudit()),
];

function momentTests(test: StoreTest): void {
  test("a reading is of the moment in which it was opened, whatever is changed before its pages are read", async ({
    storage,
  }) => {
    const world = await createWorld(storage);
    const before = await readAll(storage, world.directory, world.group.id, 1);
    await using reading = await storage.directoryGroups.readMembers(world.directory, world.group.id, 1);
    for (const change of changes) await change(world);
    expect(reading.group).toStrictEqual(before.group);
    expect(await rest(pagesOf(reading))).toStrictEqual(before.pages);
    expect(await faultOf(readAll(storage, world.directory, world.group.id, 1))).toEqual(missingGroup);
  });

  test("a reading is of one moment, whatever is changed between its pages", async ({ storage }) => {
    const { directory, ...world } = await createWorld(storage);
    const users = await addUsers(storage, directory, 20);
    await world.change({ kind: "delta", add: users, remove: [] });
    const before = await readAll(storage, directory, world.group.id, 2);
    await using reading = await storage.directoryGroups.readMembers(directory, world.group.id, 2);
    const pages = pagesOf(reading);
    const read: (readonly MemberReference[])[] = [];
    for (const change of changes) {
      read.push(...(await some(pages)));
      await change({ directory, ...world });
    }
    expect([...read, ...(await rest(pages))]).toStrictEqual(before.pages);
  });

  test("two readings of the same group have each its own moment", async ({ storage }) => {
    const { directory, group, users, change } = await createWorld(storage);
    await using before = await storage.directoryGroups.readMembers(directory, group.id, 1);
    await change({ kind: "replace", members: users });
    await using after = await storage.directoryGroups.readMembers(directory, group.id, 1);
    expect((await rest(pagesOf(before))).length).toBe(3);
    expect((await rest(pagesOf(after))).length).toBe(6);
    expect([before.group.version, after.group.version]).toEqual([1, 2]);
  });
}

type Pages = AsyncIterator<readonly MemberReference[]>;

function pagesOf(reading: MembersReading): Pages {
  return reading.pages()[Symbol.asyncIterator]();
}

/** The next page, as a list of one or none. */
async function some(pages: Pages): Promise<(readonly MemberReference[])[]> {
  const next = await pages.next();
  return next.done ? [] : [next.value];
}

async function rest(pages: Pages): Promise<(readonly MemberReference[])[]> {
  const found: (readonly MemberReference[])[] = [];
  for (let page = await some(pages); page.length > 0; page = await some(pages)) found.push(...page);
  return found;
}

function endTests(test: StoreTest): void {
  test("readings that end before their last page, or before their first, hold nothing", async ({
    storage,
  }) => {
    const { directory, group } = await createWorld(storage);
    for (let time = 0; time < many; time += 1) {
      await using reading = await storage.directoryGroups.readMembers(directory, group.id, 1);
      const pages = pagesOf(reading);
      for (let page = 0; page < time % 4; page += 1) await pages.next();
      if (time % 2 === 0) await pages.return?.();
    }
    expect((await readAll(storage, directory, group.id, 1)).pages.length).toBe(3);
  });

  test("a reading that was disposed of gives nothing more, and can be disposed of again", async ({
    storage,
  }) => {
    const { directory, group } = await createWorld(storage);
    const reading = await storage.directoryGroups.readMembers(directory, group.id, 1);
    const pages = pagesOf(reading);
    await pages.next();
    await Promise.all([reading[Symbol.asyncDispose](), reading[Symbol.asyncDispose]()]);
    expect(await faultOf(pages.next())).toEqual(unavailable);
    await reading[Symbol.asyncDispose]();
  });

  test("a reading that was disposed of in the middle of a page finishes the page", async ({ storage }) => {
    const { directory, group } = await createWorld(storage);
    const reading = await storage.directoryGroups.readMembers(directory, group.id, 1);
    const page = some(pagesOf(reading));
    await reading[Symbol.asyncDispose]();
    expect(await page).toHaveLength(1);
  });

  test("more readings than can be open at once wait for each other, and each is whole", async ({
    storage,
  }) => {
    const { directory, group } = await createWorld(storage);
    const readings = Array.from({ length: many }, () => readAll(storage, directory, group.id, 1));
    for (const { pages } of await Promise.all(readings)) expect(pages.length).toBe(3);
  });

  test("close ends the readings that are open, and does not wait for those who read", async ({ storage }) => {
    const { directory, group } = await createWorld(storage);
    const reading = await storage.directoryGroups.readMembers(directory, group.id, 1);
    const unread = await storage.directoryGroups.readMembers(directory, group.id, 1);
    const waiting = Array.from({ length: many }, () =>
      faultOf(storage.directoryGroups.readMembers(directory, group.id, 1)),
    );
    const pages = pagesOf(reading);
    await pages.next();
    await storage.close();
    expect(await faultOf(pages.next())).toEqual(unavailable);
    expect(await faultOf(pagesOf(unread).next())).toEqual(unavailable);
    expect(new Set(await Promise.all(waiting))).toContainEqual(unavailable);
    for (const one of [reading, unread]) await one[Symbol.asyncDispose]();
  });
}
