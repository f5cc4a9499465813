import { badRequest } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { limits } from "../limits.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { pathOf } from "./flat-keys.ts";
import { sectionsOf } from "./stored-attributes.ts";

/**
 * What must be true of canonical attributes as a whole, whatever made them: required ones are there, of multi-valued ones
 * there are not too many and at most one is primary.
 *
 * @throws ScimError 400 invalidValue
 */
export function assertValid(type: ResourceType, attributes: JsonObject): void {
  for (const { extension, attributes: section } of sectionsOf(type)) {
    const values = extension === undefined ? attributes : ownValue(attributes, extension.id);
    if (!isJsonObject(values)) continue;
    for (const attribute of section) {
      const path = pathOf({ kind: "attribute", extension, attribute, sub: undefined });
      assertValue(attribute, ownValue(values, attribute.name), path);
    }
  }
}

function assertValue(attribute: Attribute, value: JsonValue | undefined, path: string): void {
  if (value === undefined || value === null) {
    if (attribute.required) throw badRequest("invalidValue", `${path} is required.`);
    return;
  }
  if (!isJsonArray(value)) return;
  if (value.length > limits.elementsMax) {
    throw badRequest("invalidValue", `${path} must not have more than ${limits.elementsMax} values.`);
  }
  assertOnePrimary(attribute, value, path);
}

/** RFC 7643 section 2.4. @throws ScimError 400 invalidValue */
export function assertOnePrimary(attribute: Attribute, elements: readonly JsonValue[], path: string): void {
  if (attribute.type !== "complex") return;
  const primaries = elements.filter(
    (element) => isJsonObject(element) && ownValue(element, "primary") === true,
  );
  if (primaries.length > 1) {
    throw badRequest("invalidValue", `${path} must have at most one value that is primary.`);
  }
}
