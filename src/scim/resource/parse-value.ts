/**
 * JSON to the canonical form of one attribute's value. Names get the schema's case and order; what the schema does not
 * define, or the client may not write, is left out; values are kept as they are sent, neither trimmed nor normalized.
 *
 * No value is `undefined`: null, an empty array, an object of which nothing is left (RFC 7643 section 2.5).
 */
import { complexOf, refersToNothing, unwrapSingle } from "../compat/single-values.ts";
import { badRequest } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import type { Attribute } from "../schema/attribute.ts";
import { findAttribute } from "../schema/registry.ts";
import { parsePrimitive } from "./parse-primitive.ts";

/**
 * The canonical value of an attribute or a sub-attribute. One value of a multi-valued attribute counts as an array of one.
 *
 * @param path what errors call it: `emails`, `name.givenName`
 * @throws ScimError 400 invalidValue for a wrong type, and what else the attribute does not allow; invalidSyntax for a
 *   name that is there twice
 */
export function parseAttributeValue(
  attribute: Attribute,
  value: JsonValue,
  path: string,
): JsonValue | undefined {
  if (attribute.multiValued) return parseElements(attribute, value, path);
  const single = unwrapSingle(value);
  if (single === null) return undefined;
  if (attribute.type !== "complex") return parsePrimitive(attribute, single, path);
  const complex = complexOf(attribute, single);
  if (complex === null) return undefined;
  const parsed = parseComplex(attribute, complex, path);
  return isEmpty(parsed) || refersToNothing(parsed) ? undefined : parsed;
}

/**
 * One value of a multi-valued complex attribute. It may come out empty.
 *
 * @throws ScimError as `parseAttributeValue`; 400 invalidValue for a required sub-attribute that is missing
 */
export function parseElement(attribute: Attribute, value: JsonValue, path: string): JsonObject {
  const complex = complexOf(attribute, value) ?? {};
  return parseComplex(attribute, complex, path);
}

function parseElements(
  attribute: Attribute,
  value: JsonValue,
  path: string,
): readonly JsonValue[] | undefined {
  const sent = isJsonArray(value) ? value : [value];
  const elements: JsonValue[] = [];
  for (const each of sent) {
    if (each === null) continue;
    const element =
      attribute.type === "complex"
        ? parseElement(attribute, each, path)
        : parsePrimitive(attribute, each, path);
    if (!isJsonObject(element) || !isEmpty(element)) elements.push(element);
  }
  return elements.length === 0 ? undefined : elements;
}

function parseComplex(attribute: Attribute, value: JsonValue, path: string): JsonObject {
  if (!isJsonObject(value)) throw badRequest("invalidValue", `${path} must be an object.`);
  const subAttributes = attribute.subAttributes ?? [];
  const sent = valuesByAttribute(subAttributes, value, path);
  const parsed: Record<string, JsonValue> = {};
  for (const sub of subAttributes) {
    const each = sub.mutability === "readOnly" ? undefined : sent.get(sub);
    const canonical = each === undefined ? undefined : parseAttributeValue(sub, each, `${path}.${sub.name}`);
    if (canonical !== undefined) parsed[sub.name] = canonical;
  }
  assertRequired(subAttributes, parsed, path);
  return parsed;
}

/** The values by what their names mean. Unknown names are left out. */
function valuesByAttribute(
  attributes: readonly Attribute[],
  object: JsonObject,
  path: string,
): ReadonlyMap<Attribute, JsonValue> {
  const values = new Map<Attribute, JsonValue>();
  for (const [name, value] of Object.entries(object)) {
    const attribute = findAttribute(attributes, name);
    if (attribute === undefined) continue;
    if (values.has(attribute)) {
      throw badRequest("invalidSyntax", `${path}.${attribute.name} is there twice. Names have no case.`);
    }
    values.set(attribute, value);
  }
  return values;
}

function assertRequired(attributes: readonly Attribute[], values: JsonObject, path: string): void {
  const missing = attributes.find(({ name, required }) => required && ownValue(values, name) === undefined);
  if (missing !== undefined) throw badRequest("invalidValue", `${path}.${missing.name} is required.`);
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
