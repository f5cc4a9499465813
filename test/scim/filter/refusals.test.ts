import { describe, expect, it } from "vitest";
import { compileFilter } from "../../../src/scim/filter/resolve.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import tables from "./fixtures/refusals.json" with { type: "json" };
import { refusalOf } from "./support/refusal.ts";

interface Case {
  readonly filter: string;
  /** Where the detail says that the filter cannot be read. */
  readonly at?: number | undefined;
}

describe("the fixtures", () => {
  it("are all there", () => {
    expect(tables.length).toBeGreaterThanOrEqual(5);
    expect(tables.flatMap(({ cases }): readonly Case[] => cases).length).toBeGreaterThan(120);
  });
});

describe.each(tables)("$about", ({ type, status = 400, cases }) => {
  const rows: readonly Case[] = cases;

  it.each(rows.map(({ filter, at }) => [filter, at] as const))("%j is refused", (filter, at) => {
    const refusal = refusalOf(() =>
      compileFilter(resourceTypes[type === "Group" ? "Group" : "User"], filter),
    );
    expect(refusal).toMatchObject({ status, scimType: status === 403 ? "sensitive" : "invalidFilter" });
    if (at !== undefined) expect(refusal?.message).toContain(`at character ${at}: expected `);
  });
});

describe("a refusal", () => {
  it.each([
    'userName eq "tell-tale" "tell-tale"',
    'userName tell-tale "x"',
    "tell-tale[",
    'active eq "tell-tale"',
    'meta.created gt "tell-tale"',
    'password eq "tell-tale"',
    `${"tell-tale".repeat(10)} pr`,
  ])("repeats nothing of %j", (filter) => {
    const refusal = refusalOf(() => compileFilter(resourceTypes.User, filter));
    expect(refusal?.message).toMatch(/^\S.{10,}\.$/);
    expect(refusal?.message).not.toContain("tell-tale");
  });

  it("says where an unpaired surrogate is, which no JSON file can hold", () => {
    const refusal = refusalOf(() => compileFilter(resourceTypes.User, "userName eq \ud800"));
    expect(refusal?.message).toContain("at character 12: expected ");
  });

  it("names an attribute that nobody knows, when the name is short", () => {
    const refusal = refusalOf(() => compileFilter(resourceTypes.User, "favouriteColour pr"));
    expect(refusal?.message).toBe("The filter names favouriteColour, which the schemas do not define.");
  });
});
