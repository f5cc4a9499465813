/** R8: a backup is a whole, checked file with all that was acknowledged before it began, or it is not there at all. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { StorageOpenError } from "../../src/storage/errors.ts";
import type { Organization } from "../../src/storage/records.ts";
import { openSqlite } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allEvents, faultOf } from "../support/storage-harness.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import {
  openObserved,
  openRaw,
  sqliteFileStore,
  sqliteMemoryStore,
  temporaryFolder,
} from "../support/storage-sqlite.ts";
import { canMount, mountSmallDisk } from "../support/storage-tmpfs.ts";

describe("a backup", () => {
  it("made while others write contains every write acknowledged before it began, whole and checked", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    const file = folder.file("backup.db");
    const before = await createLarge(store.storage, 300);
    // Each step of the copy writes and waits for the answer: the gate that makes writes fall into the copy.
    const during: Promise<Organization>[] = [];
    const shares: number[] = [];
    await store.storage.backup(file, (share) => {
      shares.push(share);
      during.push(createOne(store.storage));
    });
    const written = await Promise.all(during);
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(readdirSync(folder.path)).toEqual(["backup.db"]);

    using raw = openRaw(file);
    expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(raw.pragma("foreign_key_check")).toEqual([]);
    expect(raw.pragma("journal_mode", { simple: true })).toBe("delete");

    const copy = await openSqlite({ path: file, clock: systemClock, role: "tool" });
    for (const one of before) {
      expect(await copy.organizations.get(one.id)).toStrictEqual(one);
      expect(await allEvents(copy, one.id)).toHaveLength(1);
    }
    // Of the later ones each is there with its event, or neither is.
    for (const one of written) {
      const found = (await faultOf(copy.organizations.get(one.id))) === undefined;
      expect(await allEvents(copy, one.id)).toHaveLength(found ? 1 : 0);
    }
    await copy.close();
    for (const one of written) expect(await store.storage.organizations.get(one.id)).toStrictEqual(one);
  });

  it("restores by being put in the database's place", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const { storage } = await openObserved(path);
    const organization = await createOne(storage);
    await storage.backup(folder.file("backup.db"), () => {});
    await storage.organizations.delete(organization.id, newAudit());
    await storage.close();

    writeFileSync(path, readFileSync(folder.file("backup.db")));
    const restored = await openObserved(path);
    expect(await restored.storage.organizations.get(organization.id)).toStrictEqual(organization);
    await restored.storage.organizations.update(organization.id, { name: "Restored" }, newAudit());
    await restored.storage.close();
  });

  it("does not replace a file, the database itself neither", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    const file = folder.file("backup.db");
    writeFileSync(file, "precious");
    expect(await failureOf(store.storage, file)).toBe(`${file} exists: give the backup a name of its own`);
    expect(readFileSync(file, "utf8")).toBe("precious");
    expect(await failureOf(store.storage, store.writer.name)).toMatch(/exists/);
    await store.storage.ping();
    expect(readdirSync(folder.path)).toEqual(["backup.db"]);
  });

  it("takes over what an earlier one that was killed has left", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    const file = folder.file("backup.db");
    for (const rest of [".partial", ".partial-journal", ".partial-wal"])
      writeFileSync(`${file}${rest}`, "left");
    const organization = await createOne(store.storage);
    await store.storage.backup(file, () => {});
    expect(readdirSync(folder.path)).toEqual(["backup.db"]);
    const copy = await openSqlite({ path: file, clock: systemClock, role: "tool" });
    expect(await copy.organizations.get(organization.id)).toStrictEqual(organization);
    await copy.close();
  });

  it("of a damaged database fails in one line and leaves nothing", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    await createLarge(store.storage, 20);
    store.writer.pragma("wal_checkpoint(TRUNCATE)");
    damage(store.writer.name);
    const message = await failureOf(store.storage, folder.file("backup.db"));
    expect(message).toMatch(/^the copy is damaged \(Tree \d+ page \d+: .+\): the original may be too$/);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("that is broken off leaves nothing", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    const breakOff = () => {
      throw new Error("broken off");
    };
    await expect(store.storage.backup(folder.file("backup.db"), breakOff)).rejects.toThrow("broken off");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  it("into a folder that does not exist fails in one line", async () => {
    await using store = await sqliteFileStore();
    await using folder = await temporaryFolder();
    const message = await failureOf(store.storage, folder.file("missing/backup.db"));
    expect(message).toBe(`${folder.file("missing")} does not exist: make it first`);
    expect(existsSync(folder.file("missing"))).toBe(false);
  });

  it.skipIf(!canMount())("onto a disk that fills up fails in one line and leaves nothing", async () => {
    await using store = await sqliteFileStore();
    await createLarge(store.storage, 150);
    using disk = mountSmallDisk(1);
    const file = disk.file("backup.db");
    expect(await failureOf(store.storage, file)).toBe(`the backup to ${file} failed: the disk is full`);
    expect(existsSync(`${file}.partial`)).toBe(false);
    expect(existsSync(file)).toBe(false);
    await createOne(store.storage);
  });

  it("of a database in memory is refused: it has no file", async () => {
    await using store = await sqliteMemoryStore();
    await using folder = await temporaryFolder();
    const fault = await faultOf(store.storage.backup(folder.file("backup.db"), () => {}));
    expect(fault).toMatchObject({ kind: "unavailable" });
    expect(readdirSync(folder.path)).toEqual([]);
  });
});

async function failureOf(storage: Storage, file: string): Promise<string> {
  const error: unknown = await storage.backup(file, () => {}).catch((reason: unknown) => reason);
  if (!(error instanceof StorageOpenError)) throw new Error("another outcome", { cause: error });
  expect(error.message).not.toContain("\n");
  return error.message;
}

/** Enough pages for several steps of the copy. */
async function createLarge(storage: Storage, count: number): Promise<readonly Organization[]> {
  const organizations = Array.from({ length: count }, () => newOrganization({ name: "x".repeat(60_000) }));
  await Promise.all(organizations.map((one) => storage.organizations.create(one, undefined, newAudit())));
  return organizations;
}

async function createOne(storage: Storage): Promise<Organization> {
  const organization = newOrganization();
  await storage.organizations.create(organization, undefined, newAudit());
  return organization;
}

/** Two pages in the middle, where rows are. */
function damage(path: string): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 4_096 * 2, 4_096 * 4);
  writeFileSync(path, bytes);
}
