/** R13 to R15 and S40 of directories: calls of one turn that want the same. */
import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import type { DirectoryGroup, DirectoryUser } from "../../../src/storage/directory.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import { addUsers, memberIds } from "../../support/storage-groups.ts";
import { addMember, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newGroup,
  newGroupContent,
  newMember,
  newUser,
  newUserContent,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { createTenant } from "../../support/storage-tenant.ts";

const lastAdmin: StorageFault = { kind: "last_admin", entity: "user" };

/** One in which some letters are capitals, another one for each index. */
function inSomeCase(text: string, index: number): string {
  return [...text].map((char, at) => ((index >> at) & 1 ? char.toUpperCase() : char)).join("");
}

const succeeded = (faults: readonly unknown[]): number =>
  faults.filter((fault) => fault === undefined).length;

export function directoryConcurrencyTests(test: StoreTest): void {
  uniquenessTests(test);
  userTests(test);
  membersTests(test);
  lastAdminTests(test);
}

function uniquenessTests(test: StoreTest): void {
  test("of 50 creations of one userName in as many spellings one wins, and 49 are told that it exists", async (store) => {
    const { directory } = await createTenant(store.storage);
    const names = Array.from({ length: 50 }, (_, index) => inSomeCase("ada.lovelace@example.com", index));
    const users = names.map((userName) => newUser({ userName }));
    const faults = await Promise.all(
      users.map((user) => faultOf(store.storage.directoryUsers.create(directory, user, newAudit()))),
    );
    expect(succeeded(faults)).toBe(1);
    const taken = { kind: "already_exists", entity: "directory_user", key: "userName" };
    expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(49).fill(taken));
    await expectSound(store);
  });

  test("of 50 creations of one person one wins, and 49 are told that they exist", async (store) => {
    const { directory } = await createTenant(store.storage);
    const name = "ada.lovelace@example.com";
    const users = Array.from({ length: 50 }, (_, index) =>
      newUser({ userName: inSomeCase(name, index), email: inSomeCase(name, 50 - index), externalId: "00u1" }),
    );
    const faults = await Promise.all(
      users.map((user) => faultOf(store.storage.directoryUsers.create(directory, user, newAudit()))),
    );
    expect(succeeded(faults)).toBe(1);
    for (const fault of faults.filter((one) => one !== undefined)) {
      // Which of its keys is met first is the engine's.
      expect(fault).toMatchObject({ kind: "already_exists", entity: "directory_user" });
    }
    await expectSound(store);
  });

  test("of 20 users who are renamed to one name one gets it", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 20);
    const faults = await Promise.all(
      users.map((id, index) => {
        const content = newUserContent({ userName: inSomeCase("ada", index) });
        return faultOf(storage.directoryUsers.update(directory, id, () => content, newAudit()));
      }),
    );
    expect(succeeded(faults)).toBe(1);
    const taken = { kind: "already_exists", entity: "directory_user", key: "userName" };
    expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(19).fill(taken));
  });

  test("of 20 creations of one group one wins, and their neighbours all do", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const create = (displayName?: string) => {
      const group = displayName === undefined ? newGroup() : newGroup({ displayName });
      return faultOf(storage.directoryGroups.create(directory, group, newAudit()));
    };
    const faults = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => ({
        colliding: await create(inSomeCase("staff", index)),
        neighbour: await create(),
      })),
    );
    expect(succeeded(faults.map(({ colliding }) => colliding))).toBe(1);
    expect(succeeded(faults.map(({ neighbour }) => neighbour))).toBe(20);
    await expectSound(store);
  });
}

function userTests(test: StoreTest): void {
  test("of 100 updates that begin at the same version one is made", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const stale = new RangeError("another version");
    const update = (index: number) => {
      const change = (current: DirectoryUser) => {
        if (current.version !== 1) throw stale;
        return newUserContent({ userName: `name ${index}` });
      };
      return storage.directoryUsers.update(directory, directoryUser.id, change, newAudit());
    };
    const settled = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => update(index)));
    const made = settled.filter(({ status }) => status === "fulfilled");
    expect(made).toHaveLength(1);
    const reasons = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(new Set(reasons)).toEqual(new Set([stale]));
    expect(await storage.directoryUsers.get(directory, directoryUser.id)).toMatchObject({ version: 2 });
  });

  test("64 changes of one user are all made, one after the other", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const change = (current: DirectoryUser) =>
      newUserContent({ document: JSON.stringify({ schemas: [], count: current.version }) });
    const updated = await Promise.all(
      Array.from({ length: 64 }, () =>
        storage.directoryUsers.update(directory, directoryUser.id, change, newAudit()),
      ),
    );
    const versions = updated.map(({ version }) => version).toSorted((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 64 }, (_, index) => index + 2));
    const last = await storage.directoryUsers.get(directory, directoryUser.id);
    expect(JSON.parse(last.document)).toEqual({ schemas: [], count: 64 });
  });
}

function membersTests(test: StoreTest): void {
  test("200 changes that add a member each all land in the group, which counts them", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 200);
    const group = newGroup();
    await storage.directoryGroups.create(directory, group, newAudit());
    await Promise.all(
      users.map((id) => {
        const change = () => ({ members: { kind: "delta", add: [id], remove: [] } }) as const;
        return storage.directoryGroups.update(directory, group.id, change, newAudit());
      }),
    );
    expect(await memberIds(storage, directory, group)).toEqual(users);
    const found = await storage.directoryGroups.get(directory, group.id);
    expect(found).toMatchObject({ memberCount: 200, version: 201 });
    await expectSound(store);
  }, 60_000);

  test("100 additions beside 100 removals: each does what it says, and the set is what is left", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 200);
    const leaving = users.slice(0, 100);
    const coming = users.slice(100);
    const group = newGroup({}, leaving);
    await storage.directoryGroups.create(directory, group, newAudit());
    const change = (add: readonly UserId[], remove: readonly UserId[]) =>
      storage.directoryGroups.update(
        directory,
        group.id,
        () => ({ members: { kind: "delta", add, remove } }),
        newAudit(),
      );
    await Promise.all(users.map((id, index) => (index < 100 ? change([], [id]) : change([id], []))));
    expect(await memberIds(storage, directory, group)).toEqual(coming);
    const found = await storage.directoryGroups.get(directory, group.id);
    expect(found).toMatchObject({ memberCount: 100, version: 201 });
    await expectSound(store);
  }, 60_000);

  test("users are deleted and renamed while groups take them up: no group has who is gone, nor a wrong count", async (store) => {
    const { storage } = store;
    const { directory } = await createTenant(storage);
    const users = await addUsers(storage, directory, 24);
    const groups = Array.from({ length: 4 }, () => newGroup({}, users.slice(0, 12)));
    for (const group of groups) await storage.directoryGroups.create(directory, group, newAudit());
    const gone: StorageFault = { kind: "not_found", entity: "directory_user" };
    const calls = users.flatMap((id, index) => {
      const content = newUserContent({ displayName: `Name ${index}` });
      const own =
        index % 2 === 0
          ? storage.directoryUsers.delete(directory, id, () => {}, newAudit())
          : storage.directoryUsers.update(directory, id, () => content, newAudit());
      const added = groups.map((group) => {
        const change = () => ({ members: { kind: "delta", add: [id], remove: [] } }) as const;
        return storage.directoryGroups.update(directory, group.id, change, newAudit());
      });
      return [own, ...added];
    });
    for (const fault of await Promise.all(calls.map(faultOf))) {
      expect([undefined, gone]).toContainEqual(fault);
    }
    await expectSound(store);
    const [group] = groups;
    if (group === undefined) throw new Error("no group");
    expect(await memberIds(storage, directory, group)).toEqual(users.filter((_, index) => index % 2 === 1));
  }, 60_000);

  test("of 50 renames of a group that begin at the same version one is made", async ({ storage }) => {
    const { directory, directoryGroup } = await createTenant(storage);
    const stale = new RangeError("another version");
    const change = (current: DirectoryGroup) => {
      if (current.version !== 1) throw stale;
      return { content: newGroupContent() };
    };
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, () =>
        storage.directoryGroups.update(directory, directoryGroup.id, change, newAudit()),
      ),
    );
    expect(settled.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });
}

function lastAdminTests(test: StoreTest): void {
  test("of an organization's admins who are all suspended, deleted and demoted at once one is left", async (store) => {
    const { storage } = store;
    for (let round = 0; round < 5; round += 1) {
      const { directory, member, organization } = await createTenant(storage);
      const colleagues = Array.from({ length: 5 }, () => newMember(organization.id, { role: "admin" }));
      for (const colleague of colleagues) await addMember(store, colleague);
      const admins = [member, ...colleagues];
      for (const { email } of admins) {
        const user = newUser({ email, userName: email }, { allowUnverifiedLinking: true });
        await storage.directoryUsers.create(directory, user, newAudit());
      }
      const faults = await Promise.all(
        admins.map(({ userId, email }, index) => {
          const content = newUserContent({ email, userName: email, active: false });
          const ways = [
            () => storage.directoryUsers.update(directory, userId, () => content, newAudit()),
            () => storage.directoryUsers.delete(directory, userId, () => {}, newAudit()),
            () => storage.members.setRole(organization.id, userId, "member", newAudit()),
          ];
          return faultOf(ways[(index + round) % ways.length]?.() ?? Promise.resolve());
        }),
      );
      expect(faults.filter((fault) => fault !== undefined)).toEqual([lastAdmin]);
      const found = await Promise.all(
        admins.map(({ userId }) => storage.members.get(organization.id, userId)),
      );
      expect(found.filter(({ role, status }) => role === "admin" && status === "active")).toHaveLength(1);
    }
    await expectSound(store);
  }, 60_000);
}
