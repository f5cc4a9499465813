/**
 * No statement of an operation reads a whole table or sorts what it found: the plans that PostgreSQL makes, for values
 * that it does not know, of each statement that the operations really ran, over tables that are large enough for a
 * scan to be the wrong choice. Of the ad hoc ones, which filters may make do either, `directory-plans.test.ts` asks those
 * that providers send.
 */
import pg from "pg";
import { describe, expect, it } from "vitest";
import type { LocatableKind, Storage } from "../../src/storage/storage.ts";
import { runDirectoryBranches } from "../support/storage-branches.ts";
import { everyCall, targetFor } from "../support/storage-calls.ts";
import { runDirectoryLists } from "../support/storage-directory-lists.ts";
import { runListBranches } from "../support/storage-list-branches.ts";
import { runChangesOfMany } from "../support/storage-many-rows.ts";
import { runMemberBranches } from "../support/storage-member-branches.ts";
import { openOn, postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newAudit, newHash, newId } from "../support/storage-records.ts";
import { createTenant } from "../support/storage-tenant.ts";
import { fill } from "./support/fill.ts";

const kinds: readonly LocatableKind[] = [
  "organization",
  "user",
  "sso_configuration",
  "scim_configuration",
  "personal_access_token",
  "group",
  "group_membership",
  "domain_verification",
  "organization_invite",
];
const server = postgresServer();
let filled: Promise<TestDatabase> | undefined;

/** One for all of these tests: they look at plans, and add no more than a few rows. */
async function filledDatabase(): Promise<TestDatabase> {
  filled ??= server.database().then(async (database) => {
    await fill(database);
    return database;
  });
  return await filled;
}

describe("PostgreSQL query plans", () => {
  it("no statement that an operation runs scans a table or sorts its rows", async () => {
    const database = await filledDatabase();
    const statements = await statementsRunOn(database);
    expect(statements.length).toBeGreaterThan(40);
    const problems = await problemsOf(database, statements);
    expect(problems).toEqual([]);
  });

  it("every foreign key is looked up from its parent by an index", async () => {
    const database = await filledDatabase();
    const keys = await foreignKeysOf(database);
    expect(keys.length).toBeGreaterThan(3);
    const lookUps = keys.map(
      ({ child, columns }) =>
        `SELECT 1 FROM ${child} WHERE ${columns.map((column, at) => `${column} = $${at + 1}`).join(" AND ")}`,
    );
    const withoutIndex = (await plansOf(database, lookUps)).filter(({ plan }) =>
      scansIn(plan).some(({ condition }) => condition === ""),
    );
    expect(withoutIndex).toEqual([]);
  });

  it("the check itself finds what is not looked up by an index", async () => {
    const database = await filledDatabase();
    const statements = [
      "SELECT * FROM members WHERE email = $1",
      "SELECT user_id FROM members WHERE organization_id = $1 ORDER BY full_name",
      "SELECT count(*) FROM organizations",
      "SELECT id FROM scim_configurations WHERE enabled = $1 ORDER BY id LIMIT $2",
      "UPDATE members SET role = $1 WHERE status = $2",
      "DELETE FROM personal_access_tokens WHERE description = $1",
    ];
    const problems = await problemsOf(database, statements);
    expect(problems.map(({ sql }) => sql)).toEqual(statements);
  });
});

/** Every method, and the branches of those that have several statements. */
async function statementsRunOn({ url }: TestDatabase): Promise<readonly string[]> {
  const ran = new Set<string>();
  const observer = { running: (sql: string, adHoc: boolean) => adHoc || ran.add(sql) };
  const storage = await openOn(url, { observer });
  await runEveryStatement(storage);
  await storage.close();
  // Elsewhere: so many rows that come and go are another table to the planner.
  const { execute, ...other } = await server.database();
  const many = await openOn(other.url, { observer });
  await runChangesOfMany({ storage: many, execute, [Symbol.asyncDispose]: () => many.close() });
  await many.close();
  return [...ran];
}

async function runEveryStatement(storage: Storage): Promise<void> {
  for (const call of everyCall) await call.run(storage, await targetFor(call, storage), newAudit());
  const { organization, member } = await createTenant(storage);
  const page = { afterId: undefined, limit: 10 };
  await storage.personalAccessTokens.list(organization.id, [member.userId], page);
  await storage.personalAccessTokens.listAll([member.userId], page);
  await storage.instance.setOperatorTokenHash(newHash(), { replace: false });
  for (const kind of kinds) await storage.locator.organizationOf(kind, newId());
  await runDirectoryBranches(storage);
  await runListBranches(storage);
  await runMemberBranches(storage);
  await runDirectoryLists(storage);
  await storage.ping();
}

interface Planned {
  readonly sql: string;
  readonly plan: readonly string[];
}

async function plansOf(
  { execute }: TestDatabase,
  statements: readonly string[],
): Promise<readonly Planned[]> {
  const planned: Planned[] = [];
  for (const sql of statements) {
    const rows = await execute(`EXPLAIN (GENERIC_PLAN, COSTS OFF) ${sql}`);
    planned.push({ sql, plan: rows.map((row) => String(row["QUERY PLAN"])) });
  }
  return planned;
}

/** Statements that read more than they answer. */
async function problemsOf(
  database: TestDatabase,
  statements: readonly string[],
): Promise<readonly Planned[]> {
  const uniqueIndexes = await uniqueIndexesOf(database);
  const planned = await plansOf(database, statements);
  return planned.filter(
    ({ plan }) =>
      plan.some((line, at) => /\bSort\b|Aggregate/.test(line) && !isBoundedCount(plan, at)) ||
      scansIn(plan).some((scan) => isTooWide(scan, uniqueIndexes)),
  );
}

/** What a LIMIT has let through is counted. */
function isBoundedCount(plan: readonly string[], at: number): boolean {
  return plan[at] === "Aggregate" && plan[at + 1] === "  ->  Limit";
}

interface Scan {
  readonly node: string;
  readonly index: string;
  readonly condition: string;
  readonly filter: string;
}

/** A line for each scan, with its properties in the lines up to the next node. */
function scansIn(plan: readonly string[]): readonly Scan[] {
  const nodes = plan.join("\n").split(/\n *-> +/);
  return (
    nodes
      // The rows of an INSERT are scanned too.
      .filter((node) => /^(?!Values)[^\n]*Scan/.test(node))
      .map((node) => ({
        node,
        index: /^Index (?:Only )?Scan(?: Backward)? using (\w+)/.exec(node)?.[1] ?? "",
        condition: /(?:Index|Recheck) Cond: (.*)/.exec(node)?.[1] ?? "",
        filter: /Filter: (.*)/.exec(node)?.[1] ?? "",
      }))
  );
}

/** What lists of the management API go along. */
const narrowedLists = new Set([
  "members_by_name",
  "members_by_date_joined",
  "groups_pkey",
  "group_members_pkey",
]);

/** The ledger has a row for each migration: a scan is the right choice. */
const small = "organization_service_migrations";

/** Rows may be thrown away again only where the index finds one at most. */
function isTooWide({ node, index, condition, filter }: Scan, uniqueIndexes: UniqueIndexes): boolean {
  if (node.includes(small)) return false;
  if (condition === "") return true;
  const columns = uniqueIndexes.get(index);
  const findsOne = columns?.every((column) => condition.includes(`${column} = `)) ?? false;
  // A configuration is one organization's: of its rows none is thrown away.
  const isTenant = /configuration_id = /.test(condition) && /^\(organization_id = \$\d+\)$/.test(filter);
  // Of a list that a request narrows, those are passed over whom it does not ask for, along the organization's own index.
  const isNarrowed = narrowedLists.has(index) && /\borganization_id = /.test(condition);
  return filter !== "" && !isTenant && !isNarrowed && !findsOne;
}

type UniqueIndexes = ReadonlyMap<string, readonly string[]>;

async function uniqueIndexesOf({ execute }: TestDatabase): Promise<UniqueIndexes> {
  const rows = await execute(
    `SELECT indexrelid::regclass::text AS name, attname::text AS "column"
     FROM pg_index JOIN pg_attribute ON attrelid = indexrelid
     WHERE indisunique AND indrelid::regclass::text NOT LIKE 'pg_%'`,
  );
  const grouped = Map.groupBy(rows, ({ name }) => String(name));
  return new Map([...grouped].map(([name, group]) => [name, group.map(({ column }) => String(column))]));
}

interface ForeignKey {
  readonly child: string;
  readonly columns: readonly string[];
}

async function foreignKeysOf({ url }: TestDatabase): Promise<readonly ForeignKey[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<ForeignKey>(
    `SELECT conrelid::regclass::text AS child,
       array(SELECT attname::text FROM unnest(conkey) AS key
             JOIN pg_attribute ON attrelid = conrelid AND attnum = key) AS columns
     FROM pg_constraint WHERE contype = 'f'`,
  );
  await client.end();
  return rows;
}
