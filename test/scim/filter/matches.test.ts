import { describe, expect, it } from "vitest";
import { evaluate } from "../../../src/scim/filter/evaluate.ts";
import { compileFilter } from "../../../src/scim/filter/resolve.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import tables from "./fixtures/matches.json" with { type: "json" };
import { documents } from "./support/documents.ts";

describe("the fixtures", () => {
  it("are all there", () => {
    expect(tables.length).toBeGreaterThanOrEqual(12);
    expect(tables.flatMap(({ cases }) => cases).length).toBeGreaterThan(150);
  });
});

describe.each(tables)("$about", ({ type, cases }) => {
  const name = type === "Group" ? "Group" : "User";

  it.each(cases)("$filter selects $matches", ({ filter, matches }) => {
    const condition = compileFilter(resourceTypes[name], filter);
    const selected = [...documents[name]].filter(([, document]) => evaluate(condition, document));
    expect(selected.map(([key]) => key)).toEqual(matches);
  });
});
