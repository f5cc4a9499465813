import { isJsonArray, isJsonObject, type JsonValue, ownValue } from "../json.ts";
import type { Attribute } from "../schema/attribute.ts";
import { findAttribute } from "../schema/registry.ts";

const none: readonly Attribute[] = [];

/**
 * The value of a singular attribute without an array of one around it: Entra ID sends
 * `"manager": [{"$ref": …, "value": …}]`. An empty array is no value.
 */
export function unwrapSingle(value: JsonValue): JsonValue {
  if (!isJsonArray(value) || value.length > 1) return value;
  return value[0] ?? null;
}

/**
 * A complex value for what is sent as bare text: Entra ID sends `"manager": "<id>"`, others `"emails": ["a@example.com"]`.
 * The text is the sub-attribute `value`, where the attribute has one. Empty text is no value: Entra ID clears a manager so.
 */
export function complexOf(attribute: Attribute, value: JsonValue): JsonValue {
  if (typeof value !== "string" || findAttribute(attribute.subAttributes ?? none, "value") === undefined) {
    return value;
  }
  return value === "" ? null : { value };
}

/** Whether a singular complex value refers to nothing: Entra ID also clears a manager with `{"value": ""}`. */
export function refersToNothing(value: JsonValue): boolean {
  return isJsonObject(value) && ownValue(value, "value") === "";
}
