/**
 * No statement of an operation reads a whole table or sorts what it found: EXPLAIN QUERY PLAN of each statement that
 * the operations really ran, and a reading of their sources that makes sure that all of them did run. Of the ad hoc ones,
 * which filters may make do either, `sqlite-directory-plans.test.ts` asks those that providers send.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { describe, expect, it, vi } from "vitest";
import { withStablePlan } from "../../src/storage/sqlite/stable-plan.ts";
import type { LocatableKind } from "../../src/storage/storage.ts";
import { runDirectoryBranches } from "../support/storage-branches.ts";
import { everyCall, targetFor } from "../support/storage-calls.ts";
import { runDirectoryLists } from "../support/storage-directory-lists.ts";
import type { StoreUnderTest } from "../support/storage-harness.ts";
import { runListBranches } from "../support/storage-list-branches.ts";
import { runChangesOfMany } from "../support/storage-many-rows.ts";
import { runMemberBranches } from "../support/storage-member-branches.ts";
import { newAudit, newHash, newId } from "../support/storage-records.ts";
import { sqliteFileStoreInMemory } from "../support/storage-sqlite.ts";
import { createTenant } from "../support/storage-tenant.ts";

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
const operationsFolder = join(import.meta.dirname, "../../src/storage/operations");

describe("SQLite query plans", () => {
  it("no statement that an operation runs scans a table or sorts its rows", async () => {
    await using store = await sqliteFileStoreInMemory();
    await runEveryStatement(store);
    const planned = [...store.statements].map((sql) => [sql, problemsOf(store.writer, sql)]);
    expect(planned.filter(([, problems]) => problems?.length !== 0)).toEqual([]);
    expect(planned.length).toBeGreaterThan(40);
  });

  it("every SQL text of every operation file was among the statements that ran", async () => {
    await using store = await sqliteFileStoreInMemory();
    await runEveryStatement(store);
    const ran = [...store.statements, ...store.adHocStatements].map(oneLine);
    const files = readdirSync(operationsFolder).map((name) => ({ name, texts: sqlTextsOf(name) }));
    const missed = files.map(({ name, texts }) => [
      name,
      texts.filter((text) => !ran.some((sql) => text.test(sql))),
    ]);
    expect(missed).toEqual(files.map(({ name }) => [name, []]));
    const withoutSql = files.filter(({ texts }) => texts.length === 0).map(({ name }) => name);
    expect(withoutSql).toEqual([
      "chunks.ts",
      "directory-group-rows.ts",
      "directory-members.ts",
      "group-membership-id.ts",
      "list-filters.ts",
      "paging.ts",
      "patch.ts",
      "stored-results.ts",
    ]);
  });

  it("no statement is prepared anew when it runs again", async () => {
    await using store = await sqliteFileStoreInMemory();
    await runEveryStatement(store);
    const texts = [...store.statements, ...store.adHocStatements];
    const again = texts.filter((sql) => isPreparedAnew(store.writer, withStablePlan(sql)));
    expect(again).toEqual([]);
    expect(texts.filter((sql) => isPreparedAnew(store.writer, sql)).length).toBeGreaterThan(10);
  });

  it("every foreign key is looked up from its parent by an index", async () => {
    await using store = await sqliteFileStoreInMemory();
    const keys = foreignKeys(store.writer);
    expect(keys.length).toBeGreaterThan(3);
    const lookUps = keys.map(
      ({ child, columns }) =>
        `SELECT 1 FROM ${child} WHERE ${columns.map((column) => `${column} = ?`).join(" AND ")}`,
    );
    expect(lookUps.filter((sql) => problemsOf(store.writer, sql).length > 0)).toEqual([]);
  });

  it.each([
    "SELECT * FROM members WHERE email = ?",
    "SELECT user_id FROM members WHERE organization_id = ? ORDER BY full_name",
    "SELECT count(*) FROM organizations",
    "SELECT id FROM sso_configurations WHERE client_id = ? AND id > ? ORDER BY id LIMIT ?",
    "UPDATE members SET role = ? WHERE status = ?",
    "DELETE FROM personal_access_tokens WHERE description = ?",
  ])("the check itself finds %s", async (sql) => {
    await using store = await sqliteFileStoreInMemory();
    expect(problemsOf(store.writer, sql)).not.toEqual([]);
  });
});

/** Every method, and the branches of those that have several statements. */
async function runEveryStatement(store: StoreUnderTest): Promise<void> {
  const { storage } = store;
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
  await runChangesOfMany(store);
  await storage.ping();
}

/** Told by the function that better-sqlite3 makes for the rows of a statement each time that it has been prepared. */
function isPreparedAnew(db: Database.Database, sql: string): boolean {
  const statement = db.prepare(`EXPLAIN ${sql}`);
  const parameters = Array<number>(sql.split("?").length - 1).fill(1);
  statement.all(...parameters);
  const made = vi.spyOn(globalThis, "Function");
  try {
    statement.all(...parameters);
    return made.mock.calls.length > 0;
  } finally {
    made.mockRestore();
  }
}

/** Steps that cost more than what they find: scans, sorts, and ranges over everybody's rows of which one's are kept. */
function problemsOf(db: Database.Database, sql: string): readonly string[] {
  const parameters = Array<null>(sql.split("?").length - 1).fill(null);
  const steps = db.prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters);
  const problem = /\bWHERE\b.* = \?/s.test(sql) ? /^SCAN|TEMP B-TREE|\(\w+[<>]\?\)/ : /^SCAN|TEMP B-TREE/;
  // What a LIMIT has let through is counted.
  const harmless = /ROW VALUES CLAUSE$|^SCAN counted$/;
  const details = steps.map(({ detail }) => detail).filter((detail) => !harmless.test(detail));
  return details.filter((detail) => problem.test(detail));
}

/** The SQL literals of a source file, as patterns: an interpolation may stand for anything. */
function sqlTextsOf(name: string): readonly RegExp[] {
  const source = readFileSync(join(operationsFolder, name), "utf8")
    .replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, anything);
  const literals = [...source.matchAll(/"([^"\n]*)"|`([^`]*)`/g)].map(
    ([, quoted, template]) => quoted ?? template ?? "",
  );
  return literals.filter((text) => /\b(SELECT|INSERT|UPDATE|DELETE|WHERE)\b/.test(text)).map(toPattern);
}

const anything = "\u0000";

function toPattern(text: string): RegExp {
  const pieces = oneLine(text.replace(/\{FOR (UPDATE|KEY SHARE)\}/, "")).split(anything);
  return new RegExp(pieces.map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*"));
}

function oneLine(sql: string): string {
  return sql.replaceAll(/\s+/g, " ").trim();
}

interface ForeignKey {
  readonly child: string;
  readonly columns: readonly string[];
}

function foreignKeys(db: Database.Database): readonly ForeignKey[] {
  const rows = db
    .prepare<[], { child: string; key: number; column: string }>(
      `SELECT tables.name AS child, keys.id AS key, keys."from" AS "column"
       FROM sqlite_schema AS tables, pragma_foreign_key_list(tables.name) AS keys
       WHERE tables.type = 'table' ORDER BY child, key, keys.seq`,
    )
    .all();
  const grouped = Map.groupBy(rows, ({ child, key }) => `${child} ${key}`);
  return [...grouped.values()].map((group) => ({
    child: group[0]?.child ?? "",
    columns: group.map(({ column }) => column),
  }));
}
