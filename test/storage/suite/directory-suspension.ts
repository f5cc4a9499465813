/** Who suspends a member and who lifts that, when several may; and who is the last that may do either. */
import { expect } from "vitest";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { addColleague, link, setActive, suspend } from "../../support/storage-colleagues.ts";
import { dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, nextMs } from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";

const lastAdmin: StorageFault = { kind: "last_admin", entity: "user" };

export function directorySuspensionTests(test: StoreTest): void {
  suspensionTests(test);
  severalDirectoriesTests(test);
  lastAdminTests(test);
}

function suspensionTests(test: StoreTest): void {
  test("a member who is linked inactive is suspended", async (store) => {
    const tenant = await createTenant(store.storage);
    const colleague = await addColleague(store, tenant);
    await link(store.storage, tenant.directory, colleague, { active: false });
    const member = await store.storage.members.get(tenant.organization.id, colleague.userId);
    expect(member).toMatchObject({ status: "suspended", role: "member" });
  });

  test("a directory lifts no suspension of an admin's, neither by linking nor by activating", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, organization } = tenant;
    const colleague = await addColleague(store, tenant);
    await suspend(store, colleague.userId);
    const values = { userName: "ada", email: colleague.email };
    await link(storage, directory, colleague, values);
    const status = async () => (await storage.members.get(organization.id, colleague.userId)).status;
    expect(await status()).toBe("suspended");
    for (const active of [false, true]) {
      await setActive(storage, directory, { id: colleague.userId, values }, active);
      expect(await status()).toBe("suspended");
    }
  });

  test("a user whose member has left stays so, whatever the directory says", async (store) => {
    const { storage } = store;
    const { directory, directoryUser, organization } = await createTenant(storage);
    const { id, content } = directoryUser;
    await store.execute("UPDATE members SET status = 'left' WHERE user_id = ?", id);
    for (const active of [false, true]) {
      await setActive(storage, directory, { id, values: content }, active);
      expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
    }
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
  });
}

/** What two directories say one after the other, and whether the member is suspended then. */
const sayings: readonly {
  readonly steps: readonly (readonly [0 | 1, boolean])[];
  readonly status: string;
}[] = [
  { steps: [[0, false]], status: "suspended" },
  { steps: [[1, false]], status: "suspended" },
  {
    steps: [
      [0, false],
      [1, false],
      [0, true],
    ],
    status: "suspended",
  },
  {
    steps: [
      [0, false],
      [1, false],
      [1, true],
    ],
    status: "suspended",
  },
  {
    steps: [
      [0, false],
      [1, false],
      [0, true],
      [1, true],
    ],
    status: "active",
  },
  {
    steps: [
      [0, false],
      [0, true],
    ],
    status: "active",
  },
];

function severalDirectoriesTests(test: StoreTest): void {
  for (const { steps, status } of sayings) {
    const said = steps.map(([which, active]) => `${which === 0 ? "one" : "the other"} ${active}`).join(", ");
    test(`of two directories that say active ${said}: the member is ${status}`, async (store) => {
      const { storage } = store;
      const tenant = await createTenant(storage);
      const { id, content } = tenant.directoryUser;
      const other = await anotherDirectory(storage, tenant);
      await link(storage, other, content, { userName: content.userName });
      for (const [which, active] of steps) {
        const directory = which === 0 ? tenant.directory : other;
        await setActive(storage, directory, { id, values: content }, active);
      }
      expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status });
      await expectSound(store);
    });
  }

  test("a member who is linked by a second directory stays suspended by the first", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { id, content } = tenant.directoryUser;
    await setActive(storage, tenant.directory, { id, values: content }, false);
    const other = await anotherDirectory(storage, tenant);
    await link(storage, other, content);
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "suspended" });
  });

  test("who is deleted from one directory stays a member while another has them", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directoryUser, directory, directoryGroup, organization } = tenant;
    const { id, content } = directoryUser;
    const other = await anotherDirectory(storage, tenant);
    await link(storage, other, content);
    const before = await storage.members.get(organization.id, id);
    await storage.directoryUsers.delete(directory, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toStrictEqual(before);
    expect(await storage.directoryUsers.get(other, id)).toMatchObject({ id });
    expect(await storage.directoryGroups.get(directory, directoryGroup.id)).toMatchObject({ memberCount: 0 });
    await storage.directoryUsers.delete(other, id, () => {}, newAudit());
    expect(await storage.members.get(organization.id, id)).toMatchObject({ status: "left" });
    await expectSound(store);
  });

  test("whom an ended configuration suspended, a new one lifts when it links them as active", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { id, content } = tenant.directoryUser;
    await setActive(storage, tenant.directory, { id, values: content }, false);
    await storage.scimConfigurations.delete(tenant.organization.id, tenant.scim.id, newAudit());
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "suspended" });
    await link(storage, await anotherDirectory(storage, tenant), content);
    expect(await storage.members.get(tenant.organization.id, id)).toMatchObject({ status: "active" });
  });
}

function lastAdminTests(test: StoreTest): void {
  test("the last active admin is not suspended, does not leave and is not linked as inactive", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, member } = tenant;
    await addColleague(store, tenant, { role: "admin", status: "suspended" });
    await addColleague(store, tenant, { role: "admin", status: "left" });
    const other = await createTenant(storage);
    expect(other.member.role).toBe("admin");
    const before = await dump(store);
    expect(await faultOf(link(storage, directory, member, { active: false }))).toEqual(lastAdmin);
    expect(await dump(store)).toEqual(before);
    const values = { email: member.email, userName: "admin" };
    const user = { id: member.userId, values };
    await link(storage, directory, member, values);
    const linked = await dump(store);
    expect(await faultOf(setActive(storage, directory, user, false))).toEqual(lastAdmin);
    const deletion = storage.directoryUsers.delete(directory, member.userId, () => {}, newAudit());
    expect(await faultOf(deletion)).toEqual(lastAdmin);
    expect(await dump(store)).toEqual(linked);
  });

  test("an admin beside another active one is suspended and leaves", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, member, organization } = tenant;
    await addColleague(store, tenant, { role: "admin", memberSinceMs: nextMs() });
    const values = { email: member.email, userName: "admin" };
    await link(storage, directory, member, values);
    await setActive(storage, directory, { id: member.userId, values }, false);
    expect(await storage.members.get(organization.id, member.userId)).toMatchObject({ status: "suspended" });
    await storage.directoryUsers.delete(directory, member.userId, () => {}, newAudit());
    const left = await storage.members.get(organization.id, member.userId);
    expect(left).toMatchObject({ status: "left", role: "member" });
  });
}
