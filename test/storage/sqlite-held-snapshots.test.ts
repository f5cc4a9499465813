/** What a reading of a group's members costs an SQLite file: a connection for as long as it lasts, and the log's room. */
import { statSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { MembersReading } from "../../src/storage/directory.ts";
import { heldLimits } from "../../src/storage/held-snapshots.ts";
import { createWorld, readAll, type World } from "../support/storage-groups.ts";
import { faultOf } from "../support/storage-harness.ts";
import { newId } from "../support/storage-records.ts";
import {
  type OpenedSqlite,
  openObserved,
  sqliteFileStoreInMemory,
  temporaryFolder,
} from "../support/storage-sqlite.ts";

const heldMax = 4;
const unavailable = { kind: "unavailable", reason: expect.any(String) };

afterEach(() => void vi.useRealTimers());

const openOnes = ({ snapshots }: Pick<OpenedSqlite, "snapshots">): number =>
  snapshots.filter(({ open }) => open).length;

const reading = ({ storage, directory, group }: World): Promise<MembersReading> =>
  storage.directoryGroups.readMembers(directory, group.id, 1);

describe("a reading of members", () => {
  it("has a connection of its own, and no longer", async () => {
    await using store = await sqliteFileStoreInMemory();
    const world = await createWorld(store.storage);
    const one = await reading(world);
    expect({ made: store.snapshots.length, open: openOnes(store) }).toEqual({ made: 1, open: 1 });
    expect(store.snapshots[0]).toMatchObject({ readonly: true, inTransaction: true });
    await one[Symbol.asyncDispose]();
    expect(openOnes(store)).toBe(0);
    await readAll(store.storage, world.directory, world.group.id, 1);
    await faultOf(store.storage.directoryGroups.readMembers(world.directory, newId(), 1));
    expect({ made: store.snapshots.length, open: openOnes(store) }).toEqual({ made: 3, open: 0 });
  });

  it("has none any more when its last page is taken", async () => {
    await using store = await sqliteFileStoreInMemory();
    await using one = await reading(await createWorld(store.storage));
    const open: number[] = [];
    for await (const _page of one.pages()) open.push(openOnes(store));
    expect(open).toEqual([1, 1, 0]);
  });

  it("has none any more a minute after it was opened, also when nobody asks for more", async () => {
    await using store = await sqliteFileStoreInMemory();
    const world = await createWorld(store.storage);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using one = await reading(world);
    const pages = one.pages()[Symbol.asyncIterator]();
    await pages.next();
    await vi.advanceTimersByTimeAsync(heldLimits.lifetimeMs);
    expect(openOnes(store)).toBe(0);
    expect(await faultOf(pages.next())).toEqual(unavailable);
  });

  it("is one of four, and the fifth is unavailable after a time while all else is answered", async () => {
    await using store = await sqliteFileStoreInMemory();
    const world = await createWorld(store.storage);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const readings = await Promise.all(Array.from({ length: heldMax }, () => reading(world)));
    const fifth = faultOf(reading(world));
    await world.change({ kind: "replace", members: world.users });
    const { page } = await world.storage.directoryGroups.getWithMembers(world.directory, world.group.id, 10);
    expect(page.members).toHaveLength(6);
    await vi.advanceTimersByTimeAsync(heldLimits.waitMs);
    expect(await fifth).toEqual(unavailable);
    expect(openOnes(store)).toBe(heldMax);
    for (const one of readings) await one[Symbol.asyncDispose]();
    expect((await readAll(world.storage, world.directory, world.group.id, 1)).pages).toHaveLength(6);
  });

  it("keeps nothing from being closed, and the log goes with the storage", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const opened = await openObserved(path);
    const world = await createWorld(opened.storage);
    await reading(world);
    await world.change({ kind: "replace", members: world.users });
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    await opened.storage.close();
    expect(openOnes(opened)).toBe(0);
    expect(statSync(`${path}-wal`, { throwIfNoEntry: false })).toBeUndefined();
  });
});
