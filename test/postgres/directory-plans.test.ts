/**
 * On PostgreSQL, what providers ask of a directory is answered by an index that finds it, and orders by one that has them: the
 * plans for the values themselves, over directories of a thousand users and groups.
 */
import { describe, expect, it } from "vitest";
import { parseId } from "../../src/base/ids.ts";
import type { Step } from "../../src/storage/operation.ts";
import { type Known, lookUps, operationOf, orders, pagesOf, traced } from "../storage/directory/planned.ts";
import { postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { fill } from "./support/fill.ts";

interface World {
  readonly known: Known;
  steps(operation: ReturnType<typeof operationOf>): Promise<readonly Step[]>;
  plan(step: Step): Promise<readonly string[]>;
}

const server = postgresServer();
let world: Promise<World> | undefined;

/** One for all of these tests, which only read. */
function theWorld(): Promise<World> {
  world ??= createWorld();
  return world;
}

async function createWorld(): Promise<World> {
  const { execute } = await filledDatabase();
  return {
    known: await findKnown({ execute }),
    steps: (operation) => traced(operation, ({ sql, parameters }) => execute(sql, ...parameters)),
    async plan({ sql, parameters }) {
      await execute("SET enable_seqscan = off");
      const rows = await execute(`EXPLAIN (COSTS OFF) ${sql}`, ...parameters);
      return rows.map((row) => String(row["QUERY PLAN"]));
    },
  };
}

async function filledDatabase(): Promise<TestDatabase> {
  const database = await server.database();
  await fill(database);
  await database.execute("UPDATE directory_counts SET user_count = 1000, group_count = 1000");
  return database;
}

async function findKnown({ execute }: Pick<TestDatabase, "execute">): Promise<Known> {
  const [row] = await execute(
    `SELECT directory_users.*, value_fold, group_id,
       (SELECT max(updated_at) FROM directory_users) AS latest
     FROM directory_users JOIN directory_user_emails USING (configuration_id, user_id)
     JOIN group_members USING (organization_id, user_id) LIMIT 1`,
  );
  return {
    tenant: {
      organizationId: parseId(String(row?.organization_id)),
      configurationId: parseId(String(row?.configuration_id)),
    },
    userId: String(row?.user_id),
    userName: String(row?.user_name),
    email: String(row?.value_fold),
    groupId: String(row?.group_id),
    recent: new Date(Number(row?.latest) - 5).toISOString(),
  };
}

const indexCondition = /(?:Index|Recheck) Cond: (.*)/;
const ofTenant = /\((?:organization_id|configuration_id) = [^()]*(?:\([^()]*\)[^()]*)*\)/g;

/** Scans of ours that an index narrows to no less than all that the directory has. */
function wideScansIn(plan: readonly string[]): readonly string[] {
  const nodes = plan.join("\n").split(/\n *-> +/);
  return nodes
    .filter((node) => /^[^\n]*Scan\b.* on (?:directory_\w+|groups|group_members)\b/.test(node))
    .filter(
      (node) =>
        !/[a-z]/.test((indexCondition.exec(node)?.[1] ?? "").replaceAll(ofTenant, "").replaceAll("AND", "")),
    );
}

describe("PostgreSQL's plans for directories", () => {
  it("look up by an index what providers ask for, in whatever order", async () => {
    const { known, steps, plan } = await theWorld();
    const planned = lookUps(known);
    expect(planned.length).toBeGreaterThan(40);
    const wide: unknown[] = [];
    for (const each of planned) {
      for (const limit of [0, 10]) {
        const page = { kind: "offset", offset: 0, limit } as const;
        for (const step of await steps(operationOf(known, each, { page }))) {
          const lines = await plan(step);
          if (wideScansIn(lines).length > 0) wide.push({ ...each, plan: lines });
        }
      }
    }
    expect(wide).toEqual([]);
  });

  it("give by an index the orders by id, by name and by time, on every page in both directions", async () => {
    const { known, steps, plan } = await theWorld();
    const sorted: unknown[] = [];
    for (const each of orders.flatMap(pagesOf)) {
      for (const step of await steps(operationOf(known, each, each))) {
        const lines = await plan(step);
        if (lines.some((line) => /\bSort\b|Seq Scan/.test(line))) sorted.push({ ...each, plan: lines });
      }
    }
    expect(sorted).toEqual([]);
  });

  it("skip to an offset on the index of the order alone", async () => {
    const { known, steps, plan } = await theWorld();
    const skipping: string[] = [];
    for (const each of orders.flatMap(pagesOf)) {
      for (const step of await steps(operationOf(known, each, each))) {
        if (step.sql.includes("OFFSET")) skipping.push((await plan(step)).join("\n"));
      }
    }
    expect(skipping.length).toBeGreaterThan(20);
    expect(skipping.filter((lines) => !/Index Only Scan/.test(lines))).toEqual([]);
  });

  it("join two look-ups of a filter and no more: to order the joins of many takes seconds", async () => {
    const { known, steps, plan } = await theWorld();
    const terms = Array.from({ length: 60 }, () => `groups eq "${known.groupId}"`);
    const [step] = await steps(operationOf(known, { type: "User", filter: terms.join(" and ") }));
    if (step === undefined) throw new Error("no statement");
    const apart = new Set((await plan(step)).join("\n").match(/SubPlan \d+/g));
    expect(apart.size).toBe(58);
  });

  it.each([
    ["User", 'title eq "x"'],
    ["User", 'userName eq "a" or title eq "b"'],
    ["Group", 'displayName co "x"'],
  ] as const)("the check itself finds a search of %ss through the directory: %s", async (type, filter) => {
    const { known, steps, plan } = await theWorld();
    const [step] = await steps(operationOf(known, { type, filter }));
    if (step === undefined) throw new Error("no statement");
    expect(wideScansIn(await plan(step))).not.toEqual([]);
  });
});
