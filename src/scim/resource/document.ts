/** The text that storage keeps of a resource: what it is answered with, but for what the service adds. */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { parseJson } from "../parse-json.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { type Section, sectionsOf } from "./stored-attributes.ts";

/** The URNs of the schemas that the attributes are of: the core schema's, then those of extensions that have any. */
export function schemasOf(type: ResourceType, attributes: JsonObject): readonly string[] {
  const extensions = type.extensions.filter(({ id }) => hasValue(ownValue(attributes, id)));
  return [type.schema.id, ...extensions.map(({ id }) => id)];
}

/**
 * JSON text that begins with `schemas`. Equal attributes give equal bytes, in whatever order their names are: names are
 * written in schema order, and what has no value is left out.
 */
export function toDocument(type: ResourceType, attributes: JsonObject): string {
  const document: Record<string, JsonValue> = { schemas: schemasOf(type, attributes) };
  for (const { extension, attributes: section } of sectionsOf(type)) {
    if (extension === undefined) {
      copyInOrder(section, attributes, document);
      continue;
    }
    const values = ownValue(attributes, extension.id);
    if (!isJsonObject(values) || !hasValue(values)) continue;
    document[extension.id] = copyInOrder(section, values, {});
  }
  return JSON.stringify(document);
}

/**
 * The attributes of a document, without `schemas`.
 *
 * @throws Error when it is none: storage holds what `toDocument` made
 */
export function parseDocument(text: string): JsonObject {
  const document = parseJson(text);
  if (!isJsonObject(document)) throw new Error("a document is no JSON object");
  const { schemas: _, ...attributes } = document;
  return attributes;
}

function copyInOrder(
  attributes: Section["attributes"],
  source: JsonObject,
  target: Record<string, JsonValue>,
): JsonObject {
  for (const attribute of attributes) {
    const value = ownValue(source, attribute.name);
    if (value !== undefined && hasValue(value)) target[attribute.name] = inOrder(attribute, value);
  }
  return target;
}

function inOrder(attribute: Attribute, value: JsonValue): JsonValue {
  const { subAttributes } = attribute;
  if (subAttributes === undefined) return value;
  if (isJsonArray(value)) return value.map((element) => inOrder(attribute, element));
  return isJsonObject(value) ? copyInOrder(subAttributes, value, {}) : value;
}

/** RFC 7643 section 2.5. */
function hasValue(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return false;
  return typeof value !== "object" || Object.keys(value).length > 0;
}
