/** What tests of lists ask of users and of groups alike, and the rows that they ask it of. */
import { type GroupId, parseId, type UserId } from "../../../src/base/ids.ts";
import type { Sort, SortKey } from "../../../src/scim/filter/condition.ts";
import type {
  DirectoryPage,
  DirectoryQuery,
  DirectoryTenant,
  ListPosition,
} from "../../../src/storage/directory.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import {
  addGroups,
  addUsers,
  newGroupRow,
  newUserRow,
  type RowValues,
} from "../../support/storage-directory.ts";
import type { StoreUnderTest } from "../../support/storage-harness.ts";
import { newAudit } from "../../support/storage-records.ts";

/** Users and groups alike. */
export interface Kind {
  readonly name: string;
  readonly nameKey: string;
  readonly list: (storage: Storage, tenant: DirectoryTenant, query: DirectoryQuery) => Promise<Page>;
  /** @returns the ids */
  readonly add: Add;
  readonly remove: (storage: Storage, tenant: DirectoryTenant, id: string) => Promise<void>;
}

type Page = DirectoryPage<{ readonly id: string }>;
type Add = (
  store: StoreUnderTest,
  tenant: DirectoryTenant,
  rows: readonly RowValues[],
) => Promise<readonly string[]>;

export const users: Kind = {
  name: "users",
  nameKey: "userName",
  list: ({ directoryUsers }, ...args) => directoryUsers.list(...args),
  async add(store, tenant, values) {
    const rows = values.map((each) => newUserRow(each));
    await addUsers(store, tenant, rows);
    return rows.map(({ id }) => id);
  },
  remove: ({ directoryUsers }, tenant, id) =>
    directoryUsers.delete(tenant, parseId<UserId>(id), () => {}, newAudit()),
};

export const groups: Kind = {
  name: "groups",
  nameKey: "displayName",
  list: ({ directoryGroups }, ...args) => directoryGroups.list(...args),
  async add(store, tenant, values) {
    const rows = values.map((each) => newGroupRow(each));
    await addGroups(store, tenant, rows);
    return rows.map(({ id }) => id);
  },
  remove: ({ directoryGroups }, tenant, id) =>
    directoryGroups.delete(tenant, parseId<GroupId>(id), () => {}, newAudit()),
};

/** In the order of creation: names and times of another order, three of them of one time, two without a title. */
export const five: readonly RowValues[] = [
  { name: "Bravo", externalId: "4", search: { title: "x" }, createdAtMs: 5, updatedAtMs: 10 },
  { name: "delta", externalId: "2", search: {}, createdAtMs: 4, updatedAtMs: 10 },
  { name: "ALPHA", externalId: undefined, search: { title: "w" }, createdAtMs: 3, updatedAtMs: 7 },
  { name: "echo", externalId: "3", search: {}, createdAtMs: 2, updatedAtMs: 10 },
  { name: "Charlie", externalId: "1", search: { title: "x" }, createdAtMs: 1, updatedAtMs: 20 },
];

export interface OrderCase {
  readonly by: SortKey | undefined;
  /** Places in `five`, ascending and descending. */
  readonly ascending: readonly number[];
  readonly descending: readonly number[];
}

export function orderCases(nameKey: string): readonly OrderCase[] {
  return [
    { by: undefined, ascending: [0, 1, 2, 3, 4], descending: [0, 1, 2, 3, 4] },
    { by: { kind: "key", key: "id" }, ascending: [0, 1, 2, 3, 4], descending: [4, 3, 2, 1, 0] },
    { by: { kind: "key", key: nameKey }, ascending: [2, 0, 4, 1, 3], descending: [3, 1, 4, 0, 2] },
    { by: { kind: "key", key: "externalId" }, ascending: [4, 1, 3, 0, 2], descending: [2, 0, 3, 1, 4] },
    { by: { kind: "key", key: "title" }, ascending: [2, 0, 4, 1, 3], descending: [3, 1, 4, 0, 2] },
    { by: { kind: "time", key: "meta.created" }, ascending: [4, 3, 2, 1, 0], descending: [0, 1, 2, 3, 4] },
    {
      by: { kind: "time", key: "meta.lastModified" },
      ascending: [2, 0, 1, 3, 4],
      descending: [4, 3, 1, 0, 2],
    },
  ];
}

type Ids = readonly (string | undefined)[];

export async function walkByCursor(
  kind: Kind,
  { storage }: StoreUnderTest,
  tenant: DirectoryTenant,
  sort: Sort | undefined,
  limit: number,
): Promise<Ids> {
  const seen: string[] = [];
  let after: ListPosition | undefined;
  do {
    const page = { kind: "after", after, limit } as const;
    const { items, next } = await kind.list(storage, tenant, { condition: undefined, sort, page });
    seen.push(...items.map(({ id }) => id));
    after = next;
  } while (after !== undefined);
  return seen;
}

export async function walkByOffset(
  kind: Kind,
  { storage }: StoreUnderTest,
  tenant: DirectoryTenant,
  sort: Sort | undefined,
  limit: number,
): Promise<Ids> {
  const seen: string[] = [];
  for (let offset = 0; offset < five.length; offset += limit) {
    const page = { kind: "offset", offset, limit } as const;
    const { items } = await kind.list(storage, tenant, { condition: undefined, sort, page });
    seen.push(...items.map(({ id }) => id));
  }
  return seen;
}
