import { describe, expect, it } from "vitest";
import { parseFilter } from "../../../src/scim/filter/parser.ts";
import { parsePath } from "../../../src/scim/filter/path.ts";
import { limits } from "../../../src/scim/limits.ts";
import table from "./fixtures/paths.json" with { type: "json" };
import { refusalOf } from "./support/refusal.ts";

interface Accepted {
  readonly path: string;
  readonly attributePath: string;
  readonly filter?: string | undefined;
  readonly subAttribute?: string | undefined;
}

const accepted: readonly Accepted[] = table.accepted;
const { refused } = table;

describe("the path of a PATCH operation", () => {
  it("has fixtures", () => {
    expect(accepted.length).toBeGreaterThanOrEqual(12);
    expect(refused.length).toBeGreaterThanOrEqual(30);
  });

  it.each(accepted)("$path is read", ({ path, attributePath, filter, subAttribute }) => {
    expect(parsePath(path)).toEqual({
      attributePath,
      filter: filter === undefined ? undefined : parseFilter(filter),
      subAttribute,
    });
  });

  it.each(refused.map(({ path, scimType }) => [path, scimType] as const))(
    "%j is refused as %s",
    (path, scimType) => {
      const refusal = refusalOf(() => parsePath(path));
      expect(refusal).toMatchObject({ status: 400, scimType });
      expect(refusal?.message).toMatch(/^The (path|filter) cannot be read at character \d+: expected .+\.$/);
    },
  );

  it("is refused when it is too long", () => {
    expect(parsePath("a".repeat(limits.filterMaxLength)).attributePath).toHaveLength(limits.filterMaxLength);
    const refusal = refusalOf(() => parsePath("a".repeat(limits.filterMaxLength + 1)));
    expect(refusal).toMatchObject({ status: 400, scimType: "invalidPath" });
  });

  it("is not taken for one that was encoded for a URL", () => {
    expect(refusalOf(() => parsePath("emails%5Btype%20pr%5D"))).toMatchObject({ scimType: "invalidPath" });
  });
});
