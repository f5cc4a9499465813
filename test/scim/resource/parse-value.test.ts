import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../src/scim/json.ts";
import { assertOnePrimary, assertValid } from "../../../src/scim/resource/assert-valid.ts";
import { parseAttributeValue, parseElement } from "../../../src/scim/resource/parse-value.ts";
import type { Attribute, AttributeType } from "../../../src/scim/schema/attribute.ts";
import { define } from "../../../src/scim/schema/define.ts";
import { resolvePath, resourceTypes } from "../../../src/scim/schema/registry.ts";

const { User, Group } = resourceTypes;

function attributeOf(path: string): Attribute {
  const target = resolvePath(path.startsWith("members") ? Group : User, path);
  if (target?.kind !== "attribute") return expect.unreachable(`${path} names nothing`);
  return target.sub ?? target.attribute;
}

const parse = (path: string, value: JsonValue) => parseAttributeValue(attributeOf(path), value, path);

describe("the value of an attribute", () => {
  it.each<readonly [string, JsonValue, JsonValue]>([
    ["title", "Guide", "Guide"],
    ["title", ["Guide"], "Guide"],
    ["active", "TRUE", true],
    ["active", ["False"], false],
    ["emails", { VALUE: "x", Primary: "true" }, [{ value: "x", primary: true }]],
    ["emails", ["x", null, "y"], [{ value: "x" }, { value: "y" }]],
    ["emails.primary", "false", false],
    ["manager", "2", { value: "2" }],
    ["manager", ["2"], { value: "2" }],
    ["manager", [{ $ref: "x", value: "2", displayName: "M" }], { value: "2", $ref: "x" }],
    ["members", [{ value: "u", display: "U", $ref: null }], [{ value: "u" }]],
    ["name", { GIVENNAME: "G", familyName: null }, { givenName: "G" }],
  ])("%s: %j is %j", (path, value, canonical) => {
    expect(parse(path, value)).toEqual(canonical);
  });

  it.each<readonly [string, JsonValue]>([
    ["title", null],
    ["title", []],
    ["title", [null]],
    ["active", null],
    ["emails", null],
    ["emails", []],
    ["emails", ""],
    ["emails", [{}, null, { value: null }]],
    ["name", {}],
    ["name", { givenName: null }],
    ["name", []],
    ["manager", ""],
    ["manager", [""]],
    ["manager", { value: "" }],
    ["manager", { value: null, $ref: null }],
    ["manager", { displayName: "M" }],
  ])("%s: %j is none", (path, value) => {
    expect(parse(path, value)).toBeUndefined();
  });

  it.each<readonly [string, JsonValue, string]>([
    ["title", 7, "title must be a string."],
    ["title", { value: "x" }, "title must be a string."],
    ["title", [["x"]], "title must be a string."],
    ["active", "1", "active must be true or false."],
    ["active", {}, "active must be true or false."],
    ["active", "falsefalse", "active must be true or false."],
    ["name", ["a", "b"], "name must be an object."],
    ["manager", 7, "manager must be an object."],
    ["manager", [{ value: "1" }, { value: "2" }], "manager must be an object."],
    ["emails", [{ value: 7 }], "emails.value must be a string."],
    ["members", [{ value: " " }], "members.value must not be empty."],
  ])("%s: %j is refused", (path, value, message) => {
    expect(() => parse(path, value)).toThrow(
      expect.objectContaining({ status: 400, scimType: "invalidValue", message }),
    );
  });
});

describe("types that no schema of ours has yet", () => {
  const parsed = (type: AttributeType, value: JsonValue) =>
    parseAttributeValue(define("x", "", { type }), value, "x");

  it.each<readonly [AttributeType, JsonValue]>([
    ["integer", 7],
    ["integer", -1],
    ["decimal", 0.5],
    ["dateTime", "2026-01-31T09:30:00Z"],
    ["dateTime", "2026-01-31t09:30:00.123+02:00"],
    ["dateTime", "2026-01-31T09:30:00"],
    ["dateTime", ""],
    ["binary", "QUJD\nREVG\n"],
    ["binary", "_-8="],
  ])("%s takes %j", (type, value) => {
    expect(parsed(type, value)).toBe(value);
  });

  it.each<readonly [AttributeType, JsonValue]>([
    ["integer", 0.5],
    ["integer", "7"],
    ["decimal", Number.POSITIVE_INFINITY],
    ["decimal", true],
    ["dateTime", "yesterday"],
    ["dateTime", "2026-13-31T09:30:00Z"],
    ["dateTime", "2026-01-31"],
    ["dateTime", 1_769_851_800],
    ["binary", "a!"],
  ])("%s refuses %j", (type, value) => {
    expect(() => parsed(type, value)).toThrow(expect.objectContaining({ scimType: "invalidValue" }));
  });

  it("a multi-valued attribute without parts is a list of values", () => {
    const tags = define("tags", "", { multiValued: true });
    expect(parseAttributeValue(tags, ["a", null, "b"], "tags")).toEqual(["a", "b"]);
    expect(parseAttributeValue(tags, "a", "tags")).toEqual(["a"]);
    expect(() => parseAttributeValue(tags, [{ value: "a" }], "tags")).toThrow("tags must be a string.");
  });

  it("a long value that is not base64 is refused in no time", () => {
    const value = `${" ".repeat(65_000)}!`;
    const started = performance.now();
    expect(() => parsed("binary", value)).toThrow("must be base64");
    expect(performance.now() - started).toBeLessThan(500);
  });
});

describe("an element", () => {
  it("may come out empty", () => {
    expect(parseElement(attributeOf("emails"), {}, "emails")).toEqual({});
    expect(parseElement(attributeOf("emails"), "", "emails")).toEqual({});
    expect(parseElement(attributeOf("emails"), { unknown: 1 }, "emails")).toEqual({});
  });

  it("must have what is required of it", () => {
    expect(() => parseElement(attributeOf("members"), {}, "members")).toThrow("members.value is required.");
  });
});

describe("attributes as a whole", () => {
  const emails = attributeOf("emails");

  it("have at most one primary value for each attribute", () => {
    const one = [{ primary: true }, { primary: false }, {}];
    expect(() => assertOnePrimary(emails, one, "emails")).not.toThrow();
    expect(() => assertOnePrimary(emails, [...one, { primary: true }], "emails")).toThrow(
      expect.objectContaining({ status: 400, scimType: "invalidValue" }),
    );
  });

  it("have what is required", () => {
    expect(() => assertValid(User, { userName: "a" })).not.toThrow();
    expect(() => assertValid(User, { displayName: "a" })).toThrow("userName is required.");
    expect(() => assertValid(Group, {})).toThrow("displayName is required.");
  });

  it("have a bounded number of values", () => {
    const roles = Array.from({ length: 1_001 }, (_, index) => ({ value: `${index}` }));
    expect(() => assertValid(User, { userName: "a", roles })).toThrow(
      "roles must not have more than 1000 values.",
    );
  });
});
