import type { JsonValue } from "../json.ts";

/**
 * A boolean, or its name in any case: Entra ID sends `"active": "False"` unless its flag `aadOptscim062020` is set, and
 * `primary` the same way; Keycloak's plugins send `"false"`.
 *
 * @returns undefined for anything else
 */
export function booleanOf(value: JsonValue): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" || value.length > "false".length) return undefined;
  const text = value.toLowerCase();
  if (text === "true") return true;
  return text === "false" ? false : undefined;
}
