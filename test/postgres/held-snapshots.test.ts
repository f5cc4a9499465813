/** What a reading of a group's members costs PostgreSQL: a connection of the pool in a transaction, for as long as it lasts. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { MembersReading } from "../../src/storage/directory.ts";
import { heldLimits } from "../../src/storage/held-snapshots.ts";
import { createWorld, readAll, type World } from "../support/storage-groups.ts";
import { faultOf } from "../support/storage-harness.ts";
import { postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newId } from "../support/storage-records.ts";
import { startProxy } from "./support/proxy.ts";
import {
  expectNoneLeaked,
  type ObservedStorage,
  openObserved,
  terminateAll,
  unavailable,
  until,
} from "./support/storages.ts";

const server = postgresServer();

afterEach(() => void vi.useRealTimers());

interface Opened extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly observed: ObservedStorage;
  readonly world: World;
}

async function open(connectionsMax: number): Promise<Opened> {
  const database = await server.database();
  const observed = await openObserved(database.url, { connectionsMax });
  const world = await createWorld(observed.storage);
  return { database, observed, world, [Symbol.asyncDispose]: () => observed[Symbol.asyncDispose]() };
}

const reading = ({ storage, directory, group }: World): Promise<MembersReading> =>
  storage.directoryGroups.readMembers(directory, group.id, 1);

const whole = ({ storage, directory, group }: World) => readAll(storage, directory, group.id, 1);

/** Sessions in a transaction, in which they wait for the next statement. */
async function transactions({ execute }: TestDatabase): Promise<number> {
  const [row] = await execute(
    `SELECT count(*) AS count FROM pg_stat_activity
     WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
  );
  return Number(row?.count);
}

describe("a reading of members", () => {
  it("is a transaction until it is disposed of, and the connection is as before", async () => {
    await using opened = await open(4);
    const { database, observed, world } = opened;
    const one = await reading(world);
    expect(await transactions(database)).toBe(1);
    await one[Symbol.asyncDispose]();
    expect(await transactions(database)).toBe(0);
    await whole(world);
    await faultOf(world.storage.directoryGroups.readMembers(world.directory, newId(), 1));
    expect(await transactions(database)).toBe(0);
    expectNoneLeaked(observed);
  });

  it("shows its statements to who observes them", async () => {
    await using opened = await open(4);
    const before = opened.observed.statements.length;
    await whole(opened.world);
    const ran = opened.observed.statements.slice(before);
    expect(ran.filter((sql) => sql.includes("FROM group_members"))).toHaveLength(3);
  });

  it("is one of a quarter of the connections; others wait, and all else is answered meanwhile", async () => {
    await using opened = await open(8);
    const { database, observed, world } = opened;
    const readings = await Promise.all([reading(world), reading(world)]);
    const waiting = whole(world);
    await world.change({ kind: "replace", members: world.users });
    const { page } = await world.storage.directoryGroups.getWithMembers(world.directory, world.group.id, 10);
    expect(page.members).toHaveLength(6);
    expect(await transactions(database)).toBe(2);
    await readings[0][Symbol.asyncDispose]();
    expect((await waiting).pages).toHaveLength(6);
    await readings[1][Symbol.asyncDispose]();
    expectNoneLeaked(observed);
  });

  it("is unavailable after a time while all are held", async () => {
    await using opened = await open(3);
    await using _held = await reading(opened.world);
    const startMs = performance.now();
    expect(await faultOf(reading(opened.world))).toEqual(unavailable);
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThanOrEqual(heldLimits.waitMs - 100);
    expect(tookMs).toBeLessThan(heldLimits.waitMs + 2_000);
    await opened.world.change({ kind: "replace", members: [] });
  });

  it("is one also where the pool has one connection", async () => {
    await using opened = await open(1);
    expect((await whole(opened.world)).pages).toHaveLength(3);
    expectNoneLeaked(opened.observed);
  });

  it("that loses its connection is unavailable, and the next one is whole", async () => {
    await using opened = await open(4);
    const { database, observed, world } = opened;
    await using one = await reading(world);
    const pages = one.pages()[Symbol.asyncIterator]();
    await pages.next();
    await terminateAll(database);
    expect(await faultOf(pages.next())).toEqual(unavailable);
    await one[Symbol.asyncDispose]();
    expect((await whole(world)).pages).toHaveLength(3);
    await until(() => observed.pool.idleCount === observed.pool.totalCount);
    expectNoneLeaked(observed);
  });

  it("of a server that does not answer is unavailable within a time, and so is its end", async () => {
    const database = await server.database();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    await using observed = await openObserved(proxy.url(database.url));
    await using one = await reading(await createWorld(observed.storage));
    const startMs = performance.now();
    proxy.freeze();
    expect(await faultOf(one.pages()[Symbol.asyncIterator]().next())).toEqual(unavailable);
    await one[Symbol.asyncDispose]();
    expect(performance.now() - startMs).toBeLessThan(6_000);
    expectNoneLeaked(observed);
    proxy.thaw();
  });

  it("begins on another connection when the one that it was given has ended", async () => {
    await using opened = await open(4);
    for (let time = 0; time < 5; time += 1) {
      await terminateAll(opened.database);
      expect((await whole(opened.world)).pages).toHaveLength(3);
    }
    await until(() => opened.observed.pool.idleCount === opened.observed.pool.totalCount);
  });

  it("ends a minute after it was opened, also when nobody asks for more", async () => {
    await using opened = await open(4);
    const { database, observed, world } = opened;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await using one = await reading(world);
    const pages = one.pages()[Symbol.asyncIterator]();
    await pages.next();
    await vi.advanceTimersByTimeAsync(heldLimits.lifetimeMs);
    vi.useRealTimers();
    await until(async () => (await transactions(database)) === 0);
    expect(await faultOf(pages.next())).toEqual(unavailable);
    expectNoneLeaked(observed);
  });

  it("keeps the storage from nothing when it closes", async () => {
    const { database, observed, world } = await open(4);
    await reading(world);
    const startMs = performance.now();
    await observed.storage.close();
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(observed.pool.totalCount).toBe(0);
    expect(await transactions(database)).toBe(0);
  });
});
