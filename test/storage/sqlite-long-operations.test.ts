/**
 * S18 on SQLite: what one request may ask of a large directory is many statements, between which the event loop has its
 * turns. Nothing of it is to be seen before it is acknowledged, and nothing is left of it when it does not come that far.
 */
import { describe, expect, it } from "vitest";
import type { MembersChange } from "../../src/storage/directory.ts";
import type { Operation } from "../../src/storage/operation.ts";
import { deleteOrganization } from "../../src/storage/operations/organizations.ts";
import { pieceMax } from "../../src/storage/operations/pieces.ts";
import { deleteScimConfiguration } from "../../src/storage/operations/scim-configurations.ts";
import type { Audit } from "../../src/storage/records.ts";
import { createRunner } from "../../src/storage/sqlite/runner.ts";
import { startChild } from "../support/storage-child.ts";
import { allEvents, dump, faultOf } from "../support/storage-harness.ts";
import { populate } from "../support/storage-many-rows.ts";
import { newAudit, newGroup, newId, newUser } from "../support/storage-records.ts";
import {
  openObserved,
  openRaw,
  sqliteFileStoreInMemory,
  sqliteMemoryStore,
  temporaryFolder,
} from "../support/storage-sqlite.ts";
import { countTurns } from "../support/turns.ts";

/** Several slices on any machine: to put so many in a group takes some 100 ms, to take them out a quarter of that. */
const size = 10_000;
const timeoutMs = 60_000;

describe("a long operation", { timeout: timeoutMs }, () => {
  it("leaves the event loop its turns, whatever it changes", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { directoryGroups, scimConfigurations, organizations } = store.storage;
    const { organizationId, directory, userIds, full } = await populate(store, 2 * size);
    const acts: readonly (() => Promise<unknown>)[] = [
      () => directoryGroups.create(directory, newGroup({}, userIds), newAudit()),
      () => directoryGroups.update(directory, full[0], () => ({ members: nobody }), newAudit()),
      () => directoryGroups.delete(directory, full[1], () => {}, newAudit()),
      () => scimConfigurations.delete(organizationId, directory.configurationId, newAudit()),
      () => organizations.delete(organizationId, newAudit()),
    ];
    for (const act of acts) expect(await turnsOf(act)).toBeGreaterThan(turnsOfShort);
  });

  it("is one turn in memory, where reads share its connection", async () => {
    await using store = await sqliteMemoryStore();
    const { directory, userIds } = await populate(store, size);
    const group = newGroup({}, userIds);
    const turns = await turnsOf(() => store.storage.directoryGroups.create(directory, group, newAudit()));
    expect(turns).toBeLessThanOrEqual(turnsOfShort);
  });

  it("is seen by no read before it has ended", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { directoryGroups } = store.storage;
    const { directory, userIds, full } = await populate(store, size);
    const created = newGroup({}, userIds);
    const one: MembersChange = { kind: "replace", members: userIds.slice(0, 1) };
    const look = async (): Promise<unknown> => ({
      created: await faultOf(directoryGroups.get(directory, created.id)),
      emptied: (await directoryGroups.getWithMembers(directory, full[0], 10)).page.members.length,
    });
    const states: unknown[] = [await look()];
    const acts: readonly (() => Promise<unknown>)[] = [
      () => directoryGroups.create(directory, created, newAudit()),
      () => directoryGroups.update(directory, full[0], () => ({ members: one }), newAudit()),
    ];
    for (const act of acts) {
      const seen = await untilEnded(act(), look);
      expect(seen.length).toBeGreaterThan(turnsOfShort);
      for (const state of seen.slice(0, -1)) expect(state).toEqual(states.at(-1));
      states.push(await look());
    }
    const missing = { kind: "not_found", entity: "directory_group" };
    expect(states).toEqual([
      { created: missing, emptied: 10 },
      { created: undefined, emptied: 10 },
      { created: undefined, emptied: 1 },
    ]);
  });

  it("is followed by the writes that came while it was at work, in their order", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { directoryGroups, directoryUsers } = store.storage;
    const { organizationId, directory, userIds } = await populate(store, size);
    const acknowledged: string[] = [];
    const asked: string[] = [];
    const later: Promise<unknown>[] = [];
    const note = (audit: Audit) => () => acknowledged.push(audit.eventId);
    const first = newAudit();
    const writing = directoryGroups.create(directory, newGroup({}, userIds), first).then(note(first));
    await untilEnded(writing, async () => {
      const audit = newAudit();
      asked.push(audit.eventId);
      later.push(directoryUsers.create(directory, newUser(), audit).then(note(audit)));
    });
    await Promise.all(later);
    expect(later.length).toBeGreaterThan(turnsOfShort);
    expect(acknowledged).toEqual([first.eventId, ...asked]);
    const events = await allEvents(store.storage, organizationId);
    expect(events.slice(-acknowledged.length).map(({ id }) => id)).toEqual(acknowledged);
  });

  it("that fails at its end leaves nothing", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { directoryGroups } = store.storage;
    const { directory, userIds, full } = await populate(store, size);
    const before = await dump(store);
    // Users are added in the order of their ids, and this one's is the last.
    const group = newGroup({}, [...userIds, newId()]);
    const stranger: MembersChange = { kind: "replace", members: [newId()] };
    const faults = await Promise.all([
      faultOf(directoryGroups.create(directory, group, newAudit())),
      faultOf(directoryGroups.update(directory, full[0], () => ({ members: stranger }), newAudit())),
    ]);
    expect(faults).toEqual(Array(2).fill({ kind: "not_found", entity: "directory_user" }));
    expect(await dump(store)).toEqual(before);
  });

  it("is waited for by close", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { storage, writer } = store;
    const { directory, userIds } = await populate(store, size);
    const group = newGroup({}, userIds);
    const creation = storage.directoryGroups.create(directory, group, newAudit());
    const closing: Promise<void>[] = [];
    await untilEnded(creation, async () => {
      if (writer.inTransaction && closing.length === 0) closing.push(storage.close());
    });
    expect(closing).toHaveLength(1);
    await Promise.all(closing);
    const again = await openObserved(writer.name);
    expect((await again.storage.directoryGroups.get(directory, group.id)).memberCount).toBe(size);
    await again.storage.close();
  });

  it("is gone without a trace when its process is killed in the midst of it", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await using writer = startChild("long-writer.ts", path, String(size));
    await writer.line("killed");
    expect(await writer.ended).toBeNull();
    const known = ["group", "other"].map((name) => writer.lines.find((line) => line.startsWith(name)) ?? "");
    const [groupId = "", otherId = ""] = known.map((line) => line.split(" ")[1]);

    const { storage } = await openObserved(path);
    using raw = openRaw(path);
    expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(raw.pragma("foreign_key_check")).toEqual([]);
    const count = raw
      .prepare<[string], number>("SELECT count(*) FROM group_members WHERE group_id = ?")
      .pluck();
    expect([count.get(groupId), count.get(otherId)]).toEqual([0, size]);
    expect(raw.prepare("SELECT id FROM groups WHERE id = ?").all(groupId)).toEqual([]);
    expect(raw.prepare("SELECT id FROM events WHERE subject_id = ?").all(groupId)).toEqual([]);
    await storage.close();
  });

  it("changes no more than a thousand rows in one statement", async () => {
    await using store = await sqliteFileStoreInMemory();
    const { directory, organizationId } = await populate(store, 2 * pieceMax + 1);
    const run = createRunner(store.writer);
    const largest = (operation: Operation<unknown>): number => Math.max(...run(changesOf(operation)));
    const { configurationId } = directory;
    expect(largest(deleteScimConfiguration(organizationId, configurationId, newAudit()))).toBe(pieceMax);
    expect(largest(deleteOrganization(organizationId, newAudit()))).toBe(pieceMax);
  });
});

const nobody: MembersChange = { kind: "replace", members: [] };
/** What a short one takes at most. */
const turnsOfShort = 2;

/** How many turns of the event loop there were from the call to its answer. */
async function turnsOf(act: () => Promise<unknown>): Promise<number> {
  using clock = countTurns();
  await act();
  return clock.turns;
}

/** Looks once in every turn until the write has ended; the last look may have been after it. */
async function untilEnded<Seen>(
  write: Promise<unknown>,
  look: () => Promise<Seen>,
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  let isOver = false;
  const end = write.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    seen.push(await look());
    await new Promise((resolve) => setImmediate(resolve));
  }
  await end;
  return seen;
}

/** How many rows each of the operation's statements changes. */
function* changesOf(operation: Operation<unknown>): Operation<readonly number[]> {
  const changes: number[] = [];
  let next = operation.next();
  while (!next.done) {
    const result = yield next.value;
    changes.push(result.changes);
    next = operation.next(result);
  }
  return changes;
}
