/**
 * Random directories, conditions and sorts: each engine's SQL selects what `evaluate` selects, in the order that sorting in
 * memory gives, on pages of either kind. All runs share one store, each with a directory of its own.
 */
import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { expect } from "vitest";
import type { GroupId, UserId } from "../../../src/base/ids.ts";
import type { Condition, Sort } from "../../../src/scim/filter/condition.ts";
import { evaluate, type FilterDocument } from "../../../src/scim/filter/evaluate.ts";
import type { DirectoryPage, DirectoryQuery, ListPosition } from "../../../src/storage/directory.ts";
import {
  addDirectory,
  type Directory,
  groupDocument,
  newDirectory,
  newGroupRow,
  newUserRow,
  userDocument,
} from "../../support/storage-directory.ts";
import type { StoreTest, StoreUnderTest } from "../../support/storage-harness.ts";
import {
  conditionOn,
  directory,
  idOf,
  type Kind,
  type RandomDirectory,
  sortOf,
  withIds,
} from "../directory/arbitraries.ts";
import { sorted } from "../directory/sorted.ts";

const numRuns = Number(process.env.STORAGE_FILTER_RUNS ?? 100);
const queriesPerDirectory = 12;

interface RandomQuery {
  readonly kind: Kind;
  readonly condition: Condition | undefined;
  readonly sort: Sort | undefined;
  readonly limit: number;
}

const queries = directory.chain((generated) => {
  const query = fc.constantFrom<Kind>("user", "group").chain((kind) =>
    fc.record({
      kind: fc.constant(kind),
      condition: fc.option(conditionOn(kind, generated), { nil: undefined, freq: 8 }),
      sort: fc.option(sortOf(kind), { nil: undefined, freq: 2 }),
      limit: fc.integer({ min: 1, max: 4 }),
    }),
  );
  const some = fc.array(query, { minLength: queriesPerDirectory, maxLength: queriesPerDirectory });
  return some.map((made) => ({ generated, made }));
});

export function directoryRandomTests(test: StoreTest): void {
  const seed = Number(process.env.STORAGE_FILTER_SEED ?? randomInt(2 ** 31));
  test(
    `lists are what the conditions mean, in the order of the sort (STORAGE_FILTER_SEED=${seed})`,
    async (store) => {
      const sizes = new Map<string, number>();
      const property = fc.asyncProperty(queries, async ({ generated, made }) => {
        const built = await build(store, generated);
        for (const query of made) {
          const size = await check(store, built, query);
          sizes.set(size, (sizes.get(size) ?? 0) + 1);
        }
      });
      await fc.assert(property, { seed, numRuns });
      // A world in which every condition finds all or nothing proves nothing.
      expect([...sizes.keys()]).toEqual(expect.arrayContaining(["none", "some", "all"]));
    },
    60_000 + numRuns * 500,
  );
}

async function build(store: StoreUnderTest, { users, groups, members }: RandomDirectory): Promise<Directory> {
  const tenant = await newDirectory(store);
  const userRows = users.map((user) => newUserRow(user));
  const groupRows = groups.map((group) => newGroupRow(group));
  const membersOf = new Map<GroupId, UserId[]>();
  for (const [at, { id }] of groupRows.entries()) {
    const places = members[at] ?? [];
    membersOf.set(
      id,
      userRows.filter((_, place) => places.includes(place)).map((user) => user.id),
    );
  }
  const built = { tenant, users: userRows, groups: groupRows, members: membersOf };
  await addDirectory(store, built);
  return built;
}

/** @returns how much of the directory the condition selects */
async function check(store: StoreUnderTest, built: Directory, query: RandomQuery): Promise<string> {
  const { kind, sort, limit } = query;
  const condition = query.condition && withIds(query.condition, idsOf(built));
  const documents =
    kind === "user"
      ? built.users.map((user) => userDocument(user, built))
      : built.groups.map((group) => groupDocument(group, built));
  const selected = documents.filter((document) => condition === undefined || evaluate(condition, document));
  const expected = sorted(selected, sort);
  const list = listOf(store, kind, built);
  const told = { condition, sort, documents };
  expect(await byCursor(list, { condition, sort }, limit), inspect(told)).toEqual(allOn(expected, limit));
  expect(await byOffset(list, { condition, sort }, limit), inspect(told)).toEqual(allOn(expected, limit));
  if (selected.length === 0) return "none";
  return selected.length === documents.length ? "all" : "some";
}

function inspect(told: unknown): string {
  return JSON.stringify(told, undefined, 1);
}

function idsOf({ users, groups }: Directory): (placeholder: string) => string {
  const ids = new Map<string, string>();
  for (const [at, { id }] of users.entries()) ids.set(idOf("user", at), id);
  for (const [at, { id }] of groups.entries()) ids.set(idOf("group", at), id);
  return (placeholder) => ids.get(placeholder) ?? placeholder;
}

interface Paged {
  readonly pages: readonly (readonly string[])[];
  readonly totals: readonly number[];
}

type List = (query: DirectoryQuery) => Promise<DirectoryPage<{ readonly id: string }>>;

function listOf({ storage }: StoreUnderTest, kind: Kind, { tenant }: Directory): List {
  return kind === "user"
    ? (query) => storage.directoryUsers.list(tenant, query)
    : (query) => storage.directoryGroups.list(tenant, query);
}

/** Full pages, and after the last of them none. */
function allOn(documents: readonly FilterDocument[], limit: number): Paged {
  const ids = documents.map(({ id }) => id);
  const count = Math.max(1, Math.ceil(ids.length / limit));
  const pages = Array.from({ length: count }, (_, at) => ids.slice(at * limit, (at + 1) * limit));
  return { pages, totals: pages.map(() => ids.length) };
}

async function byCursor(list: List, query: Omit<DirectoryQuery, "page">, limit: number): Promise<Paged> {
  const found: DirectoryPage<{ readonly id: string }>[] = [];
  let after: ListPosition | undefined;
  do {
    const page = await list({ ...query, page: { kind: "after", after, limit } });
    found.push(page);
    after = page.next;
  } while (after !== undefined);
  return pagedOf(found);
}

async function byOffset(list: List, query: Omit<DirectoryQuery, "page">, limit: number): Promise<Paged> {
  const found: DirectoryPage<{ readonly id: string }>[] = [];
  for (let offset = 0; offset === 0 || found.at(-1)?.next !== undefined; offset += limit) {
    found.push(await list({ ...query, page: { kind: "offset", offset, limit } }));
  }
  return pagedOf(found);
}

function pagedOf(found: readonly DirectoryPage<{ readonly id: string }>[]): Paged {
  return {
    pages: found.map(({ items }) => items.map(({ id }) => id)),
    totals: found.map(({ total }) => total),
  };
}
