import { describe, expect, it } from "vitest";
import { groupSummary, userSummary } from "../../../src/scim/resource/summary.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { readRows } from "../support/fixtures.ts";

describe("what the organization shows:", () => {
  it.each(readRows("summaries.json"))("$name", (row) => {
    const summaryOf = row.type === resourceTypes.User ? userSummary : groupSummary;
    expect(summaryOf(row.object("attributes"))).toEqual(row.value("summary"));
  });
});

describe("a long name", () => {
  it("is cut to what an index takes", () => {
    const name = { givenName: "g".repeat(200), familyName: "f".repeat(200) };
    const { displayName } = userSummary({ userName: "a", name });
    expect(displayName).toBe(`${"g".repeat(200)} ${"f".repeat(55)}`);
  });

  it("is not cut within a character", () => {
    const displayName = `${"x".repeat(255)}😀`;
    expect(userSummary({ userName: "a", displayName }).displayName).toBe("x".repeat(255));
  });
});
