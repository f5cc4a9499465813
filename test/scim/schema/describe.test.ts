import { describe, expect, it } from "vitest";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../../src/scim/json.ts";
import type { Schema } from "../../../src/scim/schema/attribute.ts";
import { describeResourceType, describeSchema } from "../../../src/scim/schema/describe.ts";
import { enterpriseUserSchema } from "../../../src/scim/schema/enterprise-user.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { readFixture } from "../support/fixtures.ts";

const { User, Group } = resourceTypes;
const schemas: readonly Schema[] = [User.schema, Group.schema, enterpriseUserSchema];

/** "emails.type string readWrite default none [work home other]", in schema order. */
function linesOf(attributes: JsonValue | undefined, prefix = ""): string[] {
  if (!isJsonArray(attributes)) return [];
  return attributes.filter(isJsonObject).flatMap((attribute) => {
    const path = `${prefix}${attribute.name}`;
    return [lineOf(path, attribute), ...linesOf(attribute.subAttributes, `${path}.`)];
  });
}

function lineOf(path: string, attribute: JsonObject): string {
  const flags = ["multiValued", "required", "caseExact"].filter((flag) => attribute[flag] === true);
  const lists = [attribute.canonicalValues, attribute.referenceTypes].filter(isJsonArray);
  const { type, mutability, returned, uniqueness } = attribute;
  const words = [path, type, mutability, returned, uniqueness, ...flags];
  return [...words, ...lists.map((list) => `[${list.join(" ")}]`)].join(" ");
}

describe("a schema in discovery", () => {
  it("has the attributes of RFC 7643 section 8.7.1 with their characteristics", () => {
    const expected = readFixture("schema-characteristics.json");
    if (!isJsonObject(expected)) return expect.unreachable("the table is no object");
    expect(Object.keys(expected)).toEqual(schemas.map(({ id }) => id));
    for (const schema of schemas) {
      expect(linesOf(describeSchema(schema).attributes)).toEqual(expected[schema.id]);
    }
  });

  it.each(schemas)("of $name has every characteristic, and no null", (schema) => {
    const described = describeSchema(schema);
    expect(described).toMatchObject({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
      id: schema.id,
      name: schema.name,
    });
    expect(JSON.stringify(described)).not.toContain("null");
    const all = [
      ...schema.attributes,
      ...schema.attributes.flatMap(({ subAttributes = [] }) => subAttributes),
    ];
    const names = [
      "name",
      "type",
      "multiValued",
      "description",
      "required",
      "caseExact",
      "mutability",
      "returned",
      "uniqueness",
    ];
    for (const attribute of all) {
      expect(Object.keys(attribute)).toEqual(expect.arrayContaining(names));
      expect(attribute.description).toMatch(/^[A-Z].*\.$/);
    }
    expect(JSON.stringify(described)).not.toContain("maxLength");
  });

  it("has sub-attributes where the type is complex, and reference types where it is a reference", () => {
    for (const schema of schemas) {
      const all = [
        ...schema.attributes,
        ...schema.attributes.flatMap(({ subAttributes = [] }) => subAttributes),
      ];
      for (const { type, subAttributes, referenceTypes } of all) {
        expect(subAttributes !== undefined).toBe(type === "complex");
        expect(referenceTypes !== undefined).toBe(type === "reference");
      }
    }
  });
});

describe("a resource type in discovery", () => {
  it("names its schema, its endpoint and its extensions", () => {
    expect(describeResourceType(User)).toEqual({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
      id: "User",
      name: "User",
      description: "User Account",
      endpoint: "/Users",
      schema: "urn:ietf:params:scim:schemas:core:2.0:User",
      schemaExtensions: [
        { schema: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", required: false },
      ],
    });
  });

  it("has no list of extensions when it has none", () => {
    expect(describeResourceType(Group)).toEqual({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
      id: "Group",
      name: "Group",
      description: "Group",
      endpoint: "/Groups",
      schema: "urn:ietf:params:scim:schemas:core:2.0:Group",
    });
  });
});
