/** Bodies as clients send them, and as they should not: known and unknown names in any case, right and wrong values. */
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../../../src/scim/json.ts";
import type { Attribute, ResourceType } from "../../../src/scim/schema/attribute.ts";
import { commonAttributes } from "../../../src/scim/schema/common.ts";

function attributesOf(type: ResourceType): readonly Attribute[] {
  return [...commonAttributes, ...type.schema.attributes];
}

const oddNames = [
  "__proto__",
  "constructor",
  "toString",
  "shoeSize",
  "name.givenName",
  "emails.value",
  "manager",
  "",
];

function namesFor(attributes: readonly Attribute[]): fc.Arbitrary<string> {
  const names = attributes.map(({ name }) => name);
  const known = fc.constantFrom(...names, ...names.map((name) => name.toUpperCase()));
  return fc.oneof({ weight: 6, arbitrary: known }, { weight: 1, arbitrary: fc.constantFrom(...oddNames) });
}

const anyPrimitive: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }),
  fc.constantFrom("", "True", "false", "\ud800", "a\u0000"),
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
);

function objectOf(names: fc.Arbitrary<string>, values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonObject> {
  return fc.array(fc.tuple(names, values), { maxLength: 6 }).map((entries) => Object.fromEntries(entries));
}

const subNames = ["value", "type", "primary", "display", "$ref", "givenName", "GivenName", "locality", "x"];

const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 3, arbitrary: anyPrimitive },
  { weight: 2, arbitrary: objectOf(fc.constantFrom(...subNames), anyPrimitive) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(anyPrimitive, objectOf(fc.constantFrom(...subNames), anyPrimitive)), {
      maxLength: 3,
    }),
  },
);

export function anyBody(type: ResourceType): fc.Arbitrary<JsonObject> {
  const names = namesFor(attributesOf(type));
  return fc
    .tuple(
      objectOf(names, anyValue),
      ...type.extensions.map(({ attributes }) => objectOf(namesFor(attributes), anyValue)),
    )
    .map(([core, ...extensions]) => {
      const entries = extensions.map((values, index): [string, JsonValue] => [
        type.extensions[index]?.id ?? "",
        values,
      ]);
      return { ...core, ...Object.fromEntries(entries) };
    });
}

/** A value that the attribute takes as it is. */
function validValue(attribute: Attribute): fc.Arbitrary<JsonValue> {
  if (attribute.multiValued) return fc.array(validSingle(attribute), { minLength: 1, maxLength: 3 });
  return validSingle(attribute);
}

function validSingle({ type, subAttributes = [] }: Attribute): fc.Arbitrary<JsonValue> {
  switch (type) {
    case "boolean":
      // At most one element may be primary.
      return fc.constant(false);
    case "binary":
      return fc.base64String({ minLength: 4, maxLength: 8 });
    case "complex":
      return validObject(subAttributes, 1);
    default:
      return fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }).filter(isPlain);
  }
}

function isPlain(text: string): boolean {
  return text.trim() !== "" && !/[\p{Cc}]/u.test(text);
}

function validObject(attributes: readonly Attribute[], minKeys: number): fc.Arbitrary<JsonObject> {
  const writable = attributes.filter(
    ({ mutability }) => mutability !== "readOnly" && mutability !== "writeOnly",
  );
  const values = Object.fromEntries(writable.map((attribute) => [attribute.name, validValue(attribute)]));
  const requiredKeys = writable.filter(({ required }) => required).map(({ name }) => name);
  return fc.record(values, { requiredKeys }).filter((object) => Object.keys(object).length >= minKeys);
}

/** Canonical attributes, but for the order of their names. */
export function validAttributes(type: ResourceType): fc.Arbitrary<JsonObject> {
  const core = validObject(
    attributesOf(type).filter(({ name }) => name !== "members"),
    1,
  );
  const extensions = type.extensions.map(({ id, attributes }) =>
    validObject(attributes, 0).map(
      (values): JsonObject => (Object.keys(values).length === 0 ? {} : { [id]: values }),
    ),
  );
  return fc
    .tuple(core, ...extensions)
    .map((parts) => reversed(parts.flatMap((part) => Object.entries(part))));
}

function reversed(entries: readonly (readonly [string, JsonValue])[]): JsonObject {
  return Object.fromEntries(entries.toReversed());
}
