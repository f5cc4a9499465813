import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScimError } from "../../../src/scim/error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../../src/scim/json.ts";
import { parseDocument, schemasOf, toDocument } from "../../../src/scim/resource/document.ts";
import { type ParsedResource, parseResource } from "../../../src/scim/resource/parse-resource.ts";
import { toSearchDocument } from "../../../src/scim/resource/search-document.ts";
import type { ResourceType } from "../../../src/scim/schema/attribute.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { anyBody, validAttributes } from "../support/arbitrary.ts";
import { readRows } from "../support/fixtures.ts";

const { User, Group } = resourceTypes;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("an example of RFC 7643 goes through unchanged:", () => {
  it.each(readRows("rfc7643-examples.json"))("$name", ({ type, object, value }) => {
    const body = object("body");
    const document = toDocument(type, parseResource(type, body).attributes);
    const notKept = value("notKept");
    const dropped = new Set(isJsonArray(notKept) ? notKept : []);
    const kept = Object.entries(body).filter(([name]) => !dropped.has(name));
    expect(JSON.parse(document)).toEqual(Object.fromEntries(kept));
    const { schemas: _, ...attributes } = Object.fromEntries(kept);
    expect(parseDocument(document)).toEqual(attributes);
  });
});

describe("a document", () => {
  it("begins with schemas, then has names in schema order", () => {
    const attributes = {
      [enterprise]: { manager: { $ref: "../Users/2", value: "2" }, department: "D" },
      emails: [{ type: "work", value: "x" }],
      name: { givenName: "G", familyName: "F" },
      userName: "a",
      externalId: "e",
    };
    expect(toDocument(User, attributes)).toBe(
      `{"schemas":["${User.schema.id}","${enterprise}"],"externalId":"e","userName":"a",` +
        '"name":{"familyName":"F","givenName":"G"},"emails":[{"value":"x","type":"work"}],' +
        `"${enterprise}":{"department":"D","manager":{"value":"2","$ref":"../Users/2"}}}`,
    );
  });

  it("leaves out what has no value, what storage has elsewhere, and what nobody defines", () => {
    const attributes = {
      schemas: ["x"],
      id: "1",
      meta: {},
      displayName: "g",
      externalId: null,
      members: [{ value: "u" }],
      constructor: "x",
    };
    expect(toDocument(Group, attributes)).toBe(`{"schemas":["${Group.schema.id}"],"displayName":"g"}`);
    expect(toDocument(User, { userName: "a", name: {}, emails: [], [enterprise]: {} })).toBe(
      `{"schemas":["${User.schema.id}"],"userName":"a"}`,
    );
  });

  it("names an extension's schema while it has attributes", () => {
    expect(schemasOf(User, { [enterprise]: { department: "D" } })).toEqual([User.schema.id, enterprise]);
    expect(schemasOf(User, { [enterprise]: {} })).toEqual([User.schema.id]);
    expect(schemasOf(User, {})).toEqual([User.schema.id]);
  });

  it.each([User, Group])(
    "of the same attributes is the same to the byte, in whatever order: $name",
    (type) => {
      fc.assert(
        fc.property(validAttributes(type), (attributes) => {
          const document = toDocument(type, attributes);
          expect(toDocument(type, reversed(attributes))).toBe(document);
          expect(parseDocument(document)).toEqual(attributes);
        }),
      );
    },
  );

  it("that is none is a defect", () => {
    expect(() => parseDocument("[]")).toThrow("a document is no JSON object");
  });
});

describe.each([User, Group])("any body of a $name", (type) => {
  it("is taken or refused as the client's mistake", () => {
    let taken = 0;
    fc.assert(
      fc.property(anyBody(type), (body) => {
        const parsed = parsedOrRefused(type, withRequired(type, body));
        if (parsed !== undefined) taken += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });

  it("that is taken is canonical: taking it again changes nothing", () => {
    fc.assert(
      fc.property(anyBody(type), (body) => {
        const parsed = parsedOrRefused(type, withRequired(type, body));
        if (parsed === undefined) return;
        const { attributes } = parsed;
        expect(JSON.stringify(parseResource(type, attributes).attributes)).toBe(JSON.stringify(attributes));
        const { schemas: _, ...kept } = parseDocument(toDocument(type, attributes));
        expect(JSON.stringify(kept)).toBe(JSON.stringify(attributes));
      }),
      { numRuns: 1_000 },
    );
  });

  it("that is valid is taken as it is, and all its text can be searched", () => {
    fc.assert(
      fc.property(validAttributes(type), (attributes) => {
        expect(parseResource(type, attributes).attributes).toEqual(attributes);
        expect(countValues(toSearchDocument(type, attributes))).toBe(countValues(attributes));
      }),
    );
  });
});

function parsedOrRefused(type: ResourceType, body: JsonObject): ParsedResource | undefined {
  try {
    return parseResource(type, body);
  } catch (error) {
    expect(error).toBeInstanceOf(ScimError);
    return undefined;
  }
}

/** Without the names that would nearly always be refused. */
function withRequired(type: ResourceType, body: JsonObject): JsonObject {
  const required = type === User ? "userName" : "displayName";
  const others = Object.entries(body).filter(([name]) => {
    return ![required.toLowerCase(), "schemas"].includes(name.toLowerCase());
  });
  return Object.fromEntries([...others, [required, "x"]]);
}

function reversed(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, each]) => [name, reversedValue(each)]),
  );
}

function reversedValue(value: JsonValue): JsonValue {
  if (isJsonArray(value)) return value.map(reversedValue);
  return isJsonObject(value) ? reversed(value) : value;
}

function countValues(value: JsonValue): number {
  if (isJsonArray(value)) return value.reduce<number>((sum, each) => sum + countValues(each), 0);
  if (isJsonObject(value))
    return Object.values(value).reduce<number>((sum, each) => sum + countValues(each), 0);
  return 1;
}
