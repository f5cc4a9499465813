/** Filters in SQL: the table that says what each of them selects, and what only a database can get wrong. */
import { expect } from "vitest";
import type { Condition } from "../../../src/scim/filter/condition.ts";
import { compileFilter } from "../../../src/scim/filter/resolve.ts";
import { limits } from "../../../src/scim/limits.ts";
import type { ResourceTypeName } from "../../../src/scim/schema/attribute.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import type { DirectoryTenant } from "../../../src/storage/directory.ts";
import tables from "../../scim/filter/fixtures/matches.json" with { type: "json" };
import { documents } from "../../scim/filter/support/documents.ts";
import {
  addDirectory,
  addGroups,
  addMembers,
  addUsersOfMembers,
  newDirectory,
  newGroupRow,
  newUserRow,
} from "../../support/storage-directory.ts";
import type { StoreTest, StoreUnderTest } from "../../support/storage-harness.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";
import { fixtureDirectory } from "../directory/fixtures.ts";

export function directoryFilterTests(test: StoreTest): void {
  test("the table of filters is there", async () => {
    expect(tables.flatMap(({ cases }) => cases).length).toBeGreaterThan(150);
  });
  for (const { about, type, cases } of tables) {
    test(`${about}: ${type}s are found as the table says`, async (store) => {
      const name: ResourceTypeName = type === "Group" ? "Group" : "User";
      const tenant = await fixtureDirectory(store, name);
      const found: [filter: string, matches: readonly string[]][] = [];
      for (const { filter } of cases) {
        const ids = await idsBy(store, tenant, name, compileFilter(resourceTypes[name], filter));
        const matches = [...documents[name]].filter(([, { id }]) => ids.includes(id));
        expect(matches, filter).toHaveLength(ids.length);
        found.push([filter, matches.map(([key]) => key)]);
      }
      expect(found).toEqual(cases.map(({ filter, matches }) => [filter, matches]));
    });
  }
  foreignGroupsTest(test);
  sizeTests(test);
}

/** The same person may be in directories of two configurations, and in groups of both. */
function foreignGroupsTest(test: StoreTest): void {
  test("groups and members of another directory of the organization are not found", async (store) => {
    const tenant = await createTenant(store.storage);
    const mine = await anotherDirectory(store.storage, tenant);
    const other = await anotherDirectory(store.storage, tenant);
    const user = newUserRow({ name: "somebody", displayName: "As we call them" });
    const group = newGroupRow({ name: "ours" });
    const foreign = newGroupRow({ name: "theirs" });
    const users = [user];
    await addDirectory(store, {
      tenant: mine,
      users,
      groups: [group],
      members: new Map([[group.id, [user.id]]]),
    });
    await addUsersOfMembers(store, other, [{ ...user, displayName: "As they do" }]);
    await addGroups(store, other, [foreign]);
    await addMembers(store, other, foreign.id, [user.id]);
    const cases: readonly (readonly [DirectoryTenant, ResourceTypeName, string, readonly string[]])[] = [
      [mine, "User", `groups eq "${group.id}"`, [user.id]],
      [mine, "User", `groups eq "${foreign.id}"`, []],
      [mine, "User", 'groups.display eq "theirs"', []],
      [other, "User", 'groups.display eq "theirs"', [user.id]],
      [mine, "Group", `members eq "${user.id}"`, [group.id]],
      [mine, "Group", 'members.display eq "as we call them"', [group.id]],
      [mine, "Group", 'members.display eq "as they do"', []],
      [other, "Group", `members eq "${user.id}"`, [foreign.id]],
      [other, "Group", `id eq "${group.id}" and members eq "${user.id}"`, []],
    ];
    for (const [asked, type, filter, expected] of cases) {
      const condition = compileFilter(resourceTypes[type], filter);
      expect(await idsBy(store, asked, type, condition), filter).toEqual(expected);
    }
  });
}

function sizeTests(test: StoreTest): void {
  test("a filter with as many terms as are taken is answered, in one list and nested", async (store) => {
    const tenant = await newDirectory(store);
    const user = newUserRow({ search: { title: "t99", emails: [{ value: "t99", type: "work" }] } });
    await addDirectory(store, { tenant, users: [user, newUserRow()], groups: [], members: new Map() });
    const tests = Array.from({ length: limits.filterMaxTerms }, (_, at) => `t${at}`);
    const oneOf: Condition = {
      kind: "or",
      terms: tests.map((value) => ({ kind: "compare", key: "title", operator: "eq", value })),
    };
    const elements: Condition = {
      kind: "or",
      terms: tests.map((value) => ({
        kind: "element",
        list: "emails",
        where: { kind: "compare", key: "value", operator: "sw", value },
      })),
    };
    for (const condition of [oneOf, elements, nested(oneOf), nested(elements)]) {
      expect(await idsBy(store, tenant, "User", condition)).toEqual([user.id]);
    }
  });

  test("as many look-ups as are taken are answered, all of them and one of them", async (store) => {
    const tenant = await newDirectory(store);
    const users = [newUserRow(), newUserRow(), newUserRow()];
    const [inAll, inAllButOne] = users.map(({ id }) => id);
    if (inAll === undefined || inAllButOne === undefined) throw new Error("no users");
    const groups = Array.from({ length: limits.filterMaxTerms }, (_, at) =>
      newGroupRow({ name: `Group ${at}.` }),
    );
    const members = new Map(groups.map(({ id }, at) => [id, at === 50 ? [inAll] : [inAll, inAllButOne]]));
    await addDirectory(store, { tenant, users, groups, members });
    const byId = groups.map(({ id }) => inGroup({ key: "value", operator: "eq", value: id }));
    const byName = groups.map((_, at) => inGroup({ key: "display", operator: "ew", value: ` ${at}.` }));
    for (const terms of [byId, byName]) {
      expect(await idsBy(store, tenant, "User", { kind: "and", terms })).toEqual([inAll]);
      expect(await idsBy(store, tenant, "User", { kind: "or", terms })).toEqual([inAll, inAllButOne]);
    }
  });
}

function inGroup(where: Omit<Extract<Condition, { kind: "compare" }>, "kind">): Condition {
  return { kind: "element", list: "groups", where: { kind: "compare", ...where } };
}

/** As deep as the parser lets filters be, with a term beside each level. */
function nested(condition: Condition): Condition {
  let made = condition;
  for (let depth = 0; depth < limits.filterMaxDepth; depth += 1) {
    const present: Condition = { kind: "present", key: "userName" };
    const negated: Condition = { kind: "not", term: { kind: "and", terms: [made, present] } };
    made = { kind: "not", term: { kind: "or", terms: [negated, { kind: "not", term: present }] } };
  }
  return made;
}

async function idsBy(
  { storage }: StoreUnderTest,
  tenant: DirectoryTenant,
  type: ResourceTypeName,
  condition: Condition,
): Promise<readonly string[]> {
  const query = { condition, sort: undefined, page: { kind: "offset", offset: 0, limit: 100 } } as const;
  const { items } =
    type === "User"
      ? await storage.directoryUsers.list(tenant, query)
      : await storage.directoryGroups.list(tenant, query);
  return items.map(({ id }) => id);
}
