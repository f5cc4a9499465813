/** Pages of a directory's users and groups: their totals, cursors while rows come and go, and whose they show. */
import { expect } from "vitest";
import type { Condition, SortKey } from "../../../src/scim/filter/condition.ts";
import type { DirectoryQuery, DirectoryTenant, ListPosition } from "../../../src/storage/directory.ts";
import { newDirectory } from "../../support/storage-directory.ts";
import type { StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newGroup, newUser } from "../../support/storage-records.ts";
import { anotherDirectory, createTenant } from "../../support/storage-tenant.ts";
import { five, groups, type Kind, orderCases, users } from "../directory/kinds.ts";

export function directoryListTests(test: StoreTest): void {
  itemTests(test);
  for (const kind of [users, groups]) {
    totalTests(test, kind);
    movingTest(test, kind);
    tenancyTest(test, kind);
  }
}

function itemTests(test: StoreTest): void {
  test("a list shows of a user and of a group what reading them shows, groups and member counts too", async ({
    storage,
  }) => {
    const { directory } = await createTenant(storage);
    const first = await storage.directoryUsers.create(directory, newUser({ externalId: "e" }), newAudit());
    const second = await storage.directoryUsers.create(directory, newUser({ active: false }), newAudit());
    for (const members of [[first.id, second.id], [second.id], []]) {
      await storage.directoryGroups.create(
        directory,
        newGroup({ externalId: undefined }, members),
        newAudit(),
      );
    }
    const all = {
      condition: undefined,
      sort: undefined,
      page: { kind: "offset", offset: 0, limit: 10 },
    } as const;
    const listedUsers = (await storage.directoryUsers.list(directory, all)).items;
    expect(listedUsers.map((user) => user.groups.length)).toEqual([1, 1, 2]);
    for (const user of listedUsers) {
      expect(user).toStrictEqual(await storage.directoryUsers.get(directory, user.id));
    }
    const listedGroups = (await storage.directoryGroups.list(directory, all)).items;
    expect(listedGroups.map((group) => group.memberCount)).toEqual([1, 2, 1, 0]);
    for (const group of listedGroups) {
      expect(group).toStrictEqual(await storage.directoryGroups.get(directory, group.id));
    }
  });
}

const hasTitle: Condition = { kind: "present", key: "title" };

function totalTests(test: StoreTest, { name, nameKey, list, add }: Kind): void {
  const named = (value: string): Condition => ({ kind: "compare", key: nameKey, operator: "eq", value });
  const cases: readonly (readonly [string, Condition | undefined, number])[] = [
    ["all", undefined, 5],
    ["some", hasTitle, 3],
    ["one by its name", named("alpha"), 1],
    ["none", named("nobody"), 0],
  ];
  for (const [what, condition, total] of cases) {
    test(`${name}: the total of ${what} is the same on every page, beyond the last and without one`, async (store) => {
      const tenant = await newDirectory(store);
      await add(store, tenant, five);
      for (const sort of [undefined, { by: { kind: "key", key: nameKey }, descending: true } as const]) {
        const ask = (page: DirectoryQuery["page"]) => list(store.storage, tenant, { condition, sort, page });
        for (const offset of [0, 1, 2, 4, 5, 100]) {
          const page = await ask({ kind: "offset", offset, limit: 2 });
          expect(page.total).toBe(total);
          expect(page.items).toHaveLength(Math.max(0, Math.min(2, total - offset)));
          expect(page.next === undefined).toBe(offset + 2 >= total);
        }
        const first = await ask({ kind: "after", after: undefined, limit: 1 });
        expect([first.total, first.items.length]).toEqual([total, Math.min(1, total)]);
        if (first.next !== undefined) {
          expect((await ask({ kind: "after", after: first.next, limit: 1 })).total).toBe(total);
        }
        const none = { items: [], total, next: undefined };
        expect(await ask({ kind: "offset", offset: 0, limit: 0 })).toEqual(none);
        expect(await ask({ kind: "after", after: undefined, limit: 0 })).toEqual(none);
      }
    });
  }

  test(`${name}: an empty directory has an empty page and none after it`, async (store) => {
    const tenant = await newDirectory(store);
    const none = { items: [], total: 0, next: undefined };
    for (const condition of [undefined, hasTitle]) {
      for (const page of [
        { kind: "offset", offset: 0, limit: 10 },
        { kind: "offset", offset: 3, limit: 10 },
        { kind: "after", after: undefined, limit: 10 },
      ] as const) {
        expect(await list(store.storage, tenant, { condition, sort: undefined, page })).toEqual(none);
      }
    }
  });
}

function movingTest(test: StoreTest, kind: Kind): void {
  for (const key of [undefined, kind.nameKey, "title"]) {
    test(`${kind.name} by ${key ?? "id"}: a cursor shows once what stays, while others come and go`, async (store) => {
      const tenant = await newDirectory(store);
      const rows = "jcahfibgde".split("").map((name) => ({ name, search: { title: name } }));
      const ids = await kind.add(store, tenant, rows);
      const staying = ids.slice(0, 8);
      const sort = key === undefined ? undefined : ({ by: { kind: "key", key }, descending: false } as const);
      const seen: string[] = [];
      let after: ListPosition | undefined;
      let round = 0;
      do {
        const page = { kind: "after", after, limit: 2 } as const;
        const { items, next } = await kind.list(store.storage, tenant, { condition: undefined, sort, page });
        seen.push(...items.map(({ id }) => id));
        after = next;
        // Before all, after all, and where the cursor stands.
        const coming = round < 4 ? ["aa", "zz", `${String(after?.key ?? "m")}x`] : [];
        for (const name of coming.map((each) => each + round)) {
          await kind.add(store, tenant, [{ name, search: { title: name } }]);
        }
        // The one at which the cursor stands, and others.
        const leaving = [seen.at(-1), ids[8], ids[9]][round];
        if (leaving !== undefined) await kind.remove(store.storage, tenant, leaving);
        round += 1;
      } while (after !== undefined);
      expect(staying.map((id) => seen.filter((each) => each === id).length)).toEqual(staying.map(() => 1));
      expect(new Set(seen).size).toBe(seen.length);
    });
  }
}

function tenancyTest(test: StoreTest, { name, nameKey, list, add }: Kind): void {
  test(`${name}: another configuration of the organization, and another organization, see nothing`, async (store) => {
    const owner = await createTenant(store.storage);
    const mine = await anotherDirectory(store.storage, owner);
    const sibling = await anotherDirectory(store.storage, owner);
    const stranger = await newDirectory(store);
    const ids = await add(store, mine, five);
    const foreign: readonly DirectoryTenant[] = [
      sibling,
      stranger,
      { ...mine, organizationId: stranger.organizationId },
      { ...mine, configurationId: stranger.configurationId },
    ];
    for (const condition of [undefined, hasTitle, ...conditionsNaming(ids[0] ?? "", nameKey)]) {
      for (const by of [undefined, ...sortKeys(nameKey)]) {
        const sort = by && { by, descending: false };
        for (const page of [
          { kind: "offset", offset: 0, limit: 10 },
          { kind: "offset", offset: 1, limit: 10 },
          { kind: "after", after: undefined, limit: 10 },
          { kind: "after", after: { key: undefined, id: "" }, limit: 10 },
        ] as const) {
          for (const tenant of foreign) {
            const found = await list(store.storage, tenant, { condition, sort, page });
            expect(found).toEqual({ items: [], total: 0, next: undefined });
          }
        }
        const own = await list(store.storage, mine, {
          condition,
          sort,
          page: { kind: "offset", offset: 0, limit: 10 },
        });
        expect(own.total).toBeGreaterThan(0);
      }
    }
  });
}

function conditionsNaming(id: string, nameKey: string): readonly Condition[] {
  return [
    { kind: "compare", key: "id", operator: "eq", value: id },
    { kind: "compare", key: nameKey, operator: "eq", value: "bravo" },
    { kind: "compare", key: "externalId", operator: "eq", value: "4" },
    { kind: "time", key: "meta.lastModified", operator: "ge", valueMs: 0 },
  ];
}

function sortKeys(nameKey: string): readonly SortKey[] {
  return orderCases(nameKey).flatMap(({ by }) => (by === undefined ? [] : [by]));
}
