import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { all } from "../../src/storage/operation.ts";
import { adHocStatementsMax } from "../../src/storage/recent-cache.ts";
import { createRunner } from "../../src/storage/sqlite/runner.ts";

/** How often each text was prepared when `texts` were run in their order. */
function preparations(texts: readonly string[], adHoc: boolean): ReadonlyMap<string, number> {
  const db = new Database(":memory:");
  const prepared = new Map<string, number>();
  const run = createRunner(db, (sql, isAdHoc) => {
    expect(isAdHoc).toBe(adHoc);
    prepared.set(sql, (prepared.get(sql) ?? 0) + 1);
  });
  for (const sql of texts) run(all({ sql, decode: () => undefined, adHoc }));
  db.close();
  return prepared;
}

const many = Array.from({ length: adHocStatementsMax + 1 }, (_, at) => `SELECT ${at} AS at`);
const [first = "", second = ""] = many;

describe("a statement on SQLite", () => {
  it("is prepared once, however many others there are", () => {
    const prepared = preparations([...many, ...many], false);
    expect(new Set(prepared.values())).toEqual(new Set([1]));
  });

  it("that is ad hoc is kept while it is run again among the last few hundred", () => {
    const prepared = preparations(
      [first, second, ...many.slice(2, -1), first, ...many.slice(-1), first],
      true,
    );
    expect([prepared.get(first), prepared.get(second)]).toEqual([1, 1]);
  });

  it("that is ad hoc is prepared again once a few hundred others were run", () => {
    const prepared = preparations([...many, first], true);
    expect([prepared.get(first), prepared.get(many[2] ?? "")]).toEqual([2, 1]);
  });
});
