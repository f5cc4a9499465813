import { booleanOf } from "../compat/boolean-text.ts";
import { badRequest } from "../error.ts";
import type { JsonPrimitive, JsonValue } from "../json.ts";
import { limits } from "../limits.ts";
import type { Attribute } from "../schema/attribute.ts";

/**
 * The value of an attribute that is not complex, unchanged but for the name of a boolean. Numbers are no text: an
 * externalId that is one has been taken for a key elsewhere (CVE-2025-41115).
 *
 * @param path what errors call it
 * @throws ScimError 400 invalidValue
 */
export function parsePrimitive(attribute: Attribute, value: JsonValue, path: string): JsonPrimitive {
  switch (attribute.type) {
    case "boolean":
      return booleanOf(value) ?? refuse(path, "must be true or false");
    case "integer":
    case "decimal":
      return parseNumber(attribute, value, path);
    default:
      return parseText(attribute, value, path);
  }
}

function parseNumber({ type }: Attribute, value: JsonValue, path: string): number {
  // 1e999 is JSON and no number.
  if (typeof value !== "number" || !Number.isFinite(value)) return refuse(path, "must be a number");
  return type === "decimal" || Number.isInteger(value) ? value : refuse(path, "must be a whole number");
}

function parseText(attribute: Attribute, value: JsonValue, path: string): string {
  if (typeof value !== "string") return refuse(path, "must be a string");
  const lengthMax = maxLengthOf(attribute);
  if (value.length > lengthMax) return refuse(path, `must not be longer than ${lengthMax} characters`);
  if (attribute.required && value.trim() === "") return refuse(path, "must not be empty");
  // PostgreSQL keeps neither.
  if (value.includes("\0") || !value.isWellFormed()) {
    return refuse(path, "must be well-formed Unicode text without NUL");
  }
  return hasForm(attribute, value) ? value : refuse(path, `must be ${formOf(attribute)}`);
}

function maxLengthOf({ type, maxLength }: Attribute): number {
  if (maxLength !== undefined) return maxLength;
  return type === "reference" || type === "binary" ? limits.longStringMaxLength : limits.stringMaxLength;
}

const base64 = /^[A-Za-z0-9+/_=\s-]*$/;
/** xsd:dateTime (RFC 7643 section 2.3.5). */
const dateTime = /^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/i;

/**
 * Lightly: a value that looks odd in a directory must not stop its user from being provisioned. Empty text passes, since
 * providers send it for what they do not know.
 */
function hasForm({ type }: Attribute, value: string): boolean {
  if (value === "") return true;
  if (type === "binary") return base64.test(value);
  if (type === "dateTime") return dateTime.test(value) && !Number.isNaN(Date.parse(value));
  return type !== "reference" || !/[\r\n\t]/.test(value);
}

function formOf({ type }: Attribute): string {
  if (type === "binary") return "base64";
  return type === "dateTime" ? "a date and time such as 2026-01-31T09:30:00Z" : "a URL on one line";
}

function refuse(path: string, requirement: string): never {
  throw badRequest("invalidValue", `${path} ${requirement}.`);
}
