/** Groups and their memberships as the management API reads them: whatever directory made them. */
import { expect } from "vitest";
import type { GroupId, UserId } from "../../../src/base/ids.ts";
import type { GroupFilter, Page } from "../../../src/storage/storage.ts";
import { faultOf, type StoreTest, type StoreUnderTest } from "../../support/storage-harness.ts";
import { newAudit, newGroup, newId, newOwnGroup, newUser } from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const firstPage: Page<never> = { afterId: undefined, limit: 100 };

export function groupTests(test: StoreTest): void {
  recordTests(test);
  nameTests(test);
  listTests(test);
  membershipTests(test);
}

async function addOwnGroup(
  { storage }: StoreUnderTest,
  { organization }: Tenant,
  name: string,
): Promise<GroupId> {
  const { id } = await storage.groups.create(organization.id, newOwnGroup({ name }), newAudit());
  return id;
}

/** With its directory's group alone. */
async function tenantWithoutOwnGroup({ storage }: StoreUnderTest): Promise<Tenant> {
  const tenant = await createTenant(storage);
  await storage.groups.delete(tenant.organization.id, tenant.ownGroup.id, newAudit());
  return tenant;
}

async function addDirectoryGroup(
  { storage }: StoreUnderTest,
  { directory }: Tenant,
  displayName: string,
  members: readonly UserId[] = [],
): Promise<GroupId> {
  const group = newGroup({ displayName }, members);
  await storage.directoryGroups.create(directory, group, newAudit());
  return group.id;
}

function recordTests(test: StoreTest): void {
  test("a directory's group reads as the directory has it, with whose it is", async ({ storage }) => {
    const { organization, scim, directory, directoryGroup } = await createTenant(storage);
    const known = await storage.directoryGroups.get(directory, directoryGroup.id);
    expect(await storage.groups.get(organization.id, directoryGroup.id)).toStrictEqual({
      organizationId: organization.id,
      id: directoryGroup.id,
      scimConfigurationId: scim.id,
      name: directoryGroup.content.displayName,
      description: "",
      memberCount: 1,
      createdAtMs: known.createdAtMs,
      updatedAtMs: known.updatedAtMs,
    });
  });

  test("a group of the organization's own is no directory's", async (store) => {
    const tenant = await createTenant(store.storage);
    const id = await addOwnGroup(store, tenant, "Own");
    const group = await store.storage.groups.get(tenant.organization.id, id);
    expect(group).toMatchObject({
      id,
      scimConfigurationId: undefined,
      name: "Own",
      description: "What it is for",
    });
  });

  test("a group is located in its organization, and one that never was nowhere", async ({ storage }) => {
    const { organization, directoryGroup } = await createTenant(storage);
    expect(await storage.locator.organizationOf("group", directoryGroup.id)).toBe(organization.id);
    expect(await storage.locator.organizationOf("group", newId())).toBeUndefined();
  });
}

function nameTests(test: StoreTest): void {
  test("a name finds the oldest of the groups that have it without regard to case", async (store) => {
    const tenant = await createTenant(store.storage);
    const { id } = tenant.organization;
    const oldest = await addDirectoryGroup(store, tenant, "\u00c4RZTE");
    await addOwnGroup(store, tenant, "\u00e4rzte");
    for (const name of ["\u00c4rzte", "a\u0308RZTE"]) {
      expect((await store.storage.groups.getByName(id, name)).id).toBe(oldest);
    }
  });

  test("a name is the whole name, of a group of the organization", async (store) => {
    const [tenant, other] = [await createTenant(store.storage), await createTenant(store.storage)];
    await addOwnGroup(store, tenant, "Engineering");
    await addOwnGroup(store, other, "Sales");
    for (const name of ["Engineer", "Engineering ", "E%", "Engineerin_", "Sales", ""]) {
      const fault = await faultOf(store.storage.groups.getByName(tenant.organization.id, name));
      expect(fault).toEqual({ kind: "not_found", entity: "group" });
    }
  });
}

function listTests(test: StoreTest): void {
  test("groups are listed in the order of their creation, in pages, of one organization or of all", async (store) => {
    const [tenant, other] = [await tenantWithoutOwnGroup(store), await tenantWithoutOwnGroup(store)];
    const { groups } = store.storage;
    const ids = [tenant.directoryGroup.id, other.directoryGroup.id];
    for (const [index, name] of ["Zebra", "Ape", "Bear", "Cow"].entries()) {
      ids.push(await addOwnGroup(store, index % 2 === 0 ? tenant : other, name));
    }
    const own = ids.filter((_, index) => index % 2 === 0);
    const idsOn = (found: readonly { readonly id: GroupId }[]) => found.map(({ id }) => id);
    expect(idsOn(await groups.list(tenant.organization.id, {}, firstPage))).toEqual(own);
    expect(idsOn(await groups.listAll({ groupIds: ids }, firstPage))).toEqual(ids);
    const page = { afterId: own[0], limit: 1 };
    expect(idsOn(await groups.list(tenant.organization.id, {}, page))).toEqual(own.slice(1, 2));
    expect(idsOn(await groups.listAll({ groupIds: ids }, { afterId: ids[1], limit: 3 }))).toEqual(
      ids.slice(2, 5),
    );
    expect(await groups.list(tenant.organization.id, {}, { afterId: undefined, limit: 0 })).toEqual([]);
  });

  const filters: readonly (readonly [GroupFilter, readonly string[]])[] = [
    [{ search: "\u00e4" }, ["\u00c4 own", "SCIM \u00e4%"]],
    [{ search: "A\u0308" }, ["\u00c4 own", "SCIM \u00e4%"]],
    [{ search: "%" }, ["SCIM \u00e4%"]],
    [{ search: "_" }, []],
    [{ systemManaged: true, search: "scim" }, ["SCIM \u00e4%"]],
    [{ systemManaged: false }, ["\u00c4 own", "Other"]],
    [{ systemManaged: false, search: "OTHER" }, ["Other"]],
    [{ systemManaged: true, search: "other" }, []],
  ];
  for (const [filter, names] of filters) {
    test(`of groups, ${JSON.stringify(filter)} finds ${JSON.stringify(names)}`, async (store) => {
      const tenant = await tenantWithoutOwnGroup(store);
      await addOwnGroup(store, tenant, "\u00c4 own");
      await addOwnGroup(store, tenant, "Other");
      await addDirectoryGroup(store, tenant, "SCIM \u00e4%");
      const found = await store.storage.groups.list(tenant.organization.id, filter, firstPage);
      expect(found.map(({ name }) => name)).toEqual(names);
    });
  }

  test("groups that a filter names are found in their organization alone", async (store) => {
    const [tenant, other] = [await createTenant(store.storage), await createTenant(store.storage)];
    const named = [tenant.directoryGroup.id, other.directoryGroup.id, newId<GroupId>()];
    const many = { groupIds: [...named, ...Array.from({ length: 22 }, () => newId<GroupId>())] };
    for (const filter of [{ groupIds: named }, many]) {
      const found = await store.storage.groups.list(tenant.organization.id, filter, firstPage);
      expect(found.map(({ id }) => id)).toEqual([tenant.directoryGroup.id]);
    }
  });
}

function membershipTests(test: StoreTest): void {
  test("memberships are listed by user id, in pages, each with what the member is called", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, directory } = tenant;
    const users = Array.from({ length: 7 }, (_, index) => newUser({ displayName: `User ${index}` }));
    for (const user of users) await storage.directoryUsers.create(directory, user, newAudit());
    const ids = users.map(({ id }) => id);
    const groupId = await addDirectoryGroup(store, tenant, "All", ids.toReversed());
    const list = (page: Page<UserId>) => storage.groups.listMemberships(organization.id, groupId, "", page);
    const all = await list(firstPage);
    expect(all.map(({ userId }) => userId)).toEqual(ids);
    expect(all.map(({ name }) => name)).toEqual(users.map((_, index) => `User ${index}`));
    expect(new Set(all.map(({ id }) => id)).size).toBe(7);
    for (const limit of [1, 3, 7]) {
      const pages = await Promise.all(ids.map((afterId) => list({ afterId, limit })));
      expect(pages).toEqual(ids.map((_, at) => all.slice(at + 1, at + 1 + limit)));
    }
    const [first] = all;
    expect(await storage.groups.findMembership(organization.id, groupId, ids[0] ?? newId())).toEqual(first);
    expect(first).toMatchObject({ organizationId: organization.id, groupId, userId: ids[0] });
  });

  test("memberships are searched by the member's name, without regard to case", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { organization, directory } = tenant;
    const users = ["\u00c9lodie", "Bob %", "BOBBY"].map((displayName) => newUser({ displayName }));
    for (const user of users) await storage.directoryUsers.create(directory, user, newAudit());
    const ids = users.map(({ id }) => id);
    const groupId = await addDirectoryGroup(store, tenant, "All", ids);
    const namesFor = async (search: string, page: Page<UserId> = firstPage) =>
      (await storage.groups.listMemberships(organization.id, groupId, search, page)).map(({ name }) => name);
    expect(await namesFor("bob")).toEqual(["Bob %", "BOBBY"]);
    expect(await namesFor("bob", { afterId: ids[1], limit: 5 })).toEqual(["BOBBY"]);
    expect(await namesFor("E\u0301LO")).toEqual(["\u00c9lodie"]);
    expect(await namesFor("%")).toEqual(["Bob %"]);
    expect(await namesFor("example.com")).toEqual([]);
  });

  test("who is not in a group has no membership of it, wherever else they are", async (store) => {
    const { storage } = store;
    const [tenant, other] = [await createTenant(storage), await createTenant(storage)];
    const { organization, member, directoryUser } = tenant;
    const empty = await addDirectoryGroup(store, tenant, "Empty");
    const find = (groupId: GroupId, userId: UserId) =>
      storage.groups.findMembership(organization.id, groupId, userId);
    expect(await find(tenant.directoryGroup.id, member.userId)).toBeUndefined();
    expect(await find(empty, directoryUser.id)).toBeUndefined();
    expect(await find(other.directoryGroup.id, other.directoryUser.id)).toBeUndefined();
    expect(await find(tenant.directoryGroup.id, directoryUser.id)).toBeDefined();
    expect(await storage.groups.listMemberships(organization.id, empty, "", firstPage)).toEqual([]);
  });
}
