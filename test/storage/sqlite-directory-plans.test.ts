/** On SQLite, what providers ask of a directory is answered by an index that finds it, and orders by one that has them. */
import type Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Row, Step } from "../../src/storage/operation.ts";
import { toSqlite } from "../../src/storage/sqlite/runner.ts";
import { addDirectory, newDirectory, newGroupRow, newUserRow } from "../support/storage-directory.ts";
import type { StoreUnderTest } from "../support/storage-harness.ts";
import { type OpenedSqlite, sqliteFileStoreInMemory } from "../support/storage-sqlite.ts";
import { type Known, lookUps, operationOf, orders, pagesOf, traced } from "./directory/planned.ts";

interface World extends AsyncDisposable {
  readonly known: Known;
  steps(operation: ReturnType<typeof operationOf>): Promise<readonly Step[]>;
  plan(step: Step): readonly string[];
}

async function createWorld(): Promise<World> {
  const store = await sqliteFileStoreInMemory();
  const { writer } = store;
  return {
    known: await addKnown(store),
    steps: (operation) =>
      traced(operation, async ({ sql, parameters }) =>
        writer.prepare<unknown[], Row>(toSqlite(sql)).all(...parameters),
      ),
    plan: (step) => planOf(writer, step),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function addKnown(store: StoreUnderTest & OpenedSqlite): Promise<Known> {
  const tenant = await newDirectory(store);
  const email = "somebody@example.com";
  const user = newUserRow({ search: { emails: [{ value: email, type: "work" }] }, externalId: "external" });
  const group = newGroupRow({ name: "group", externalId: "external" });
  await addDirectory(store, {
    tenant,
    users: [user, ...Array.from({ length: 11 }, () => newUserRow())],
    groups: [group, ...Array.from({ length: 11 }, () => newGroupRow())],
    members: new Map([[group.id, [user.id]]]),
  });
  const recent = "2020-01-01T00:00:00Z";
  return { tenant, userId: user.id, userName: user.name, email, groupId: group.id, recent };
}

function planOf(db: Database.Database, { sql, parameters }: Step): readonly string[] {
  return db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${toSqlite(sql)}`)
    .all(...parameters)
    .map(({ detail }) => detail);
}

/** Of a table of ours, where an index finds nothing, or no more than all that the directory has. */
const tenantWide = /^SEARCH \w+ .*\((?:organization_id=\? AND )?configuration_id=\?\)/;
/** The elements of one document, and what a statement has found and sorted itself, are gone through. */
const scan = /^SCAN (?!element .*VIRTUAL TABLE|found$|page$)/;

function goesThroughDirectory(plan: readonly string[]): boolean {
  return plan.some((detail) => tenantWide.test(detail) || scan.test(detail));
}

describe("SQLite's plans for directories", () => {
  it("look up by an index what providers ask for, in whatever order", async () => {
    await using world = await createWorld();
    const planned = lookUps(world.known);
    expect(planned.length).toBeGreaterThan(40);
    const wide: unknown[] = [];
    for (const each of planned) {
      for (const limit of [0, 10]) {
        const page = { kind: "offset", offset: 0, limit } as const;
        for (const step of await world.steps(operationOf(world.known, each, { page }))) {
          const plan = world.plan(step);
          if (goesThroughDirectory(plan)) wide.push({ ...each, plan });
        }
      }
    }
    expect(wide).toEqual([]);
  });

  it("give by an index the orders by id, by name and by time, on every page in both directions", async () => {
    await using world = await createWorld();
    const sorted: unknown[] = [];
    for (const each of orders.flatMap(pagesOf)) {
      for (const step of await world.steps(operationOf(world.known, each, each))) {
        const plan = world.plan(step);
        if (plan.some((detail) => scan.test(detail) || detail.includes("TEMP B-TREE")))
          sorted.push({ ...each, plan });
      }
    }
    expect(sorted).toEqual([]);
  });

  it("skip to an offset on the index of the order alone", async () => {
    await using world = await createWorld();
    const skipping: string[] = [];
    for (const each of orders.flatMap(pagesOf)) {
      const steps = await world.steps(operationOf(world.known, each, each));
      for (const step of steps.filter(({ sql }) => sql.includes("OFFSET"))) {
        skipping.push(world.plan(step)[0] ?? "");
      }
    }
    expect(skipping.length).toBeGreaterThan(20);
    expect(skipping.filter((detail) => !detail.includes("USING COVERING INDEX"))).toEqual([]);
  });

  it("search once for what can be one resource only", async () => {
    await using world = await createWorld();
    const { userId, userName, groupId } = world.known;
    for (const each of [
      { type: "User", filter: `userName eq "${userName}"` },
      { type: "User", filter: 'userName eq "nobody"' },
      { type: "User", filter: 'externalId eq "external"' },
      { type: "User", filter: `id eq "${userId}"` },
      { type: "Group", filter: 'displayName eq "group"' },
      { type: "Group", filter: `id eq "${groupId}" and members eq "${userId}"` },
    ] as const) {
      const steps = await world.steps(operationOf(world.known, each));
      const searches = steps.filter(({ sql }) => !sql.includes("FROM group_members AS membership WHERE"));
      expect(searches, each.filter).toHaveLength(1);
    }
  });

  it.each([
    ["User", 'title eq "x"'],
    ["User", `userName eq "a" or title eq "b"`],
    ["Group", 'displayName co "x"'],
  ] as const)("the check itself finds a search of %ss through the directory: %s", async (type, filter) => {
    await using world = await createWorld();
    const [step] = await world.steps(operationOf(world.known, { type, filter }));
    if (step === undefined) throw new Error("no statement");
    expect(goesThroughDirectory(world.plan(step))).toBe(true);
  });
});
