/** Changes of the sub-attributes of one complex value. */
import { unwrapSingle } from "../compat/single-values.ts";
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import type { Attribute } from "../schema/attribute.ts";
import { findAttribute } from "../schema/registry.ts";
import type { Change } from "./patch.ts";

/**
 * What a complex value changes of the one that is there: sub-attributes that it does not name stay (RFC 7644 section
 * 3.5.2.3), and those that it names without a value are cleared, as by Entra ID's `"name": {"familyName": null}`.
 *
 * @param sent the value as it was sent
 * @param parsed its canonical form, empty for none
 */
export function changesOf(attribute: Attribute, sent: JsonValue, parsed: JsonObject): readonly Change[] {
  const subAttributes = attribute.subAttributes ?? [];
  const named = namedBy(subAttributes, sent);
  return subAttributes
    .map((sub) => ({ sub, value: ownValue(parsed, sub.name) }))
    .filter(({ sub, value }) => value !== undefined || (named.has(sub) && sub.mutability !== "readOnly"));
}

function namedBy(subAttributes: readonly Attribute[], sent: JsonValue): ReadonlySet<Attribute> {
  const object = unwrapSingle(sent);
  if (!isJsonObject(object)) return new Set();
  const named = Object.keys(object).map((name) => findAttribute(subAttributes, name));
  return new Set(named.filter((sub) => sub !== undefined));
}

/** The value with the changes made, in schema order. It may come out empty. */
export function withChanges(attribute: Attribute, value: JsonObject, changes: readonly Change[]): JsonObject {
  const changed = new Map(changes.map((change) => [change.sub, change.value]));
  const next: Record<string, JsonValue> = {};
  for (const sub of attribute.subAttributes ?? []) {
    const each = changed.has(sub) ? changed.get(sub) : ownValue(value, sub.name);
    if (each !== undefined) next[sub.name] = each;
  }
  return next;
}
