/**
 * R3: a full disk, and one that cannot be written to, on a small file system of the test's own. Where none can be
 * mounted, `sqlite-group-commit.test.ts` still fills a database by its page limit.
 */
import { describe, expect, it } from "vitest";
import type { Organization } from "../../src/storage/records.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { faultOf } from "../support/storage-harness.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import { openObserved } from "../support/storage-sqlite.ts";
import { createTenant } from "../support/storage-tenant.ts";
import { canMount, mountSmallDisk } from "../support/storage-tmpfs.ts";

const full = { kind: "unavailable", reason: "the disk is full" };

describe.skipIf(!canMount())("a disk without space", () => {
  it("refuses writes, answers every read, and takes the first write once there is space", async () => {
    using disk = mountSmallDisk(4);
    const { storage, writer } = await openObserved(disk.file("organization.db"));
    const tenant = await createTenant(storage);
    disk.fill();
    const written = await writeUntilFull(storage);

    const batch = Array.from({ length: 32 }, () => newOrganization());
    const faults = await Promise.all(batch.map((one) => faultOf(create(storage, one))));
    expect(faults).toEqual(Array(32).fill(full));
    for (const one of batch) {
      expect(await faultOf(storage.organizations.get(one.id))).toMatchObject({ kind: "not_found" });
      expect(await storage.events.list(one.id, 0, 10)).toEqual([]);
    }
    expect(await storage.organizations.get(tenant.organization.id)).toStrictEqual(tenant.organization);
    expect(await storage.credentials.findScimConfiguration(tenant.scimHash)).toStrictEqual(tenant.scim);
    const credential = await storage.credentials.findPersonalAccessToken(tenant.tokenHash);
    expect(credential?.token).toStrictEqual(tenant.token);
    await storage.ping();

    disk.resize(16);
    const [first] = batch;
    if (first === undefined) throw new Error("no batch");
    await create(storage, first);
    for (const one of [...written, first]) {
      expect(await storage.organizations.get(one.id)).toStrictEqual(one);
      expect(await storage.events.list(one.id, 0, 10)).toHaveLength(1);
    }
    expect(writer.pragma("integrity_check", { simple: true })).toBe("ok");
    await storage.close();
  });

  it("loses nothing when the storage is closed on it", async () => {
    using disk = mountSmallDisk(4);
    const path = disk.file("organization.db");
    const { storage } = await openObserved(path);
    disk.fill();
    const written = await writeUntilFull(storage);
    await storage.close();

    disk.resize(16);
    const again = await openObserved(path);
    for (const one of written) expect(await again.storage.organizations.get(one.id)).toStrictEqual(one);
    await again.storage.close();
  });

  it("refuses to open in one line", async () => {
    using disk = mountSmallDisk(4);
    const path = disk.file("organization.db");
    await (await openObserved(path)).storage.close();
    disk.fill();
    await expect(openObserved(path)).rejects.toThrow(
      /^\S+organization\.db cannot be opened: the disk [a-z ]+$/,
    );
    disk.resize(16);
    await (await openObserved(path)).storage.close();
  });
});

describe.skipIf(!canMount())("a disk that cannot be written to", () => {
  it("refuses to open in one line, whether the database is there or not", async () => {
    using disk = mountSmallDisk(4);
    const path = disk.file("organization.db");
    await (await openObserved(path)).storage.close();
    disk.makeReadOnly();
    await expect(openObserved(path)).rejects.toThrow(/^\S+organization\.db cannot be opened[^\n]+$/);
    await expect(openObserved(disk.file("new.db"))).rejects.toThrow(/^\S+new\.db cannot be opened[^\n]+$/);
    await expect(openObserved(disk.file("new/new.db"))).rejects.toThrow(
      /^\S+new\.db cannot be opened[^\n]+$/,
    );
  });
});

/** What was still acknowledged on the last bytes. */
async function writeUntilFull(storage: Storage): Promise<readonly Organization[]> {
  const written: Organization[] = [];
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    const one = newOrganization({ name: "x".repeat(1_000) });
    const fault = await faultOf(create(storage, one));
    if (fault === undefined) {
      written.push(one);
      continue;
    }
    expect(fault).toEqual(full);
    return written;
  }
  throw new Error("the disk does not fill");
}

async function create(storage: Storage, organization: Organization): Promise<void> {
  await storage.organizations.create(organization, undefined, newAudit());
}
