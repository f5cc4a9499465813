import type { JsonValue } from "../../../src/scim/json.ts";

/** The value itself, which throws from now on when something in it is assigned to. */
export function frozen<Value extends JsonValue>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  for (const each of Object.values(value)) frozen(each);
  return Object.freeze(value);
}

export function messageOf(operations: readonly JsonValue[]): JsonValue {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: operations };
}
