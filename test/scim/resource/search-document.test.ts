import { describe, expect, it } from "vitest";
import {
  comparableOf,
  toSearchDocument,
  toSearchElement,
} from "../../../src/scim/resource/search-document.ts";
import { findAttribute, resourceTypes } from "../../../src/scim/schema/registry.ts";
import { readRows } from "../support/fixtures.ts";

function attributeOf(name: string) {
  const attribute = findAttribute(resourceTypes.User.schema.attributes, name);
  return attribute ?? expect.unreachable(`users have no ${name}`);
}

describe("a search document:", () => {
  it.each(readRows("search-documents.json"))("$name", (row) => {
    expect(toSearchDocument(row.type, row.object("attributes"))).toEqual(row.value("search"));
  });

  it("an element alone is the same as in its document", () => {
    const element = { value: "A@Example.com", type: "Work", primary: false, display: "", unknown: "x" };
    const document = toSearchDocument(resourceTypes.User, { userName: "a", emails: [element] });
    expect(document.emails).toEqual([toSearchElement(attributeOf("emails"), element)]);
    expect(document.emails).toEqual([{ value: "a@example.com", type: "work", primary: "false" }]);
  });
});

describe("a comparable value", () => {
  it.each([
    ["userName", "ÄB", "äb"],
    ["password", "ÄB", "ÄB"],
    ["profileUrl", "HTTPS://X", "HTTPS://X"],
    ["active", true, "true"],
    ["active", false, "false"],
    ["title", null, ""],
    ["title", 7, "7"],
  ])("of %s, %j, is %j", (name, value, comparable) => {
    expect(comparableOf(attributeOf(name), value)).toBe(comparable);
  });
});
