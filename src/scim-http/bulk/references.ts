/** References to resources that the same message creates: `bulkId:…` in place of an id (RFC 7644 section 3.7.2). */
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../scim/json.ts";

const prefix = "bulkId:";
/** Within a PATCH path's filter: `members[value eq "bulkId:…"]`. */
const quoted = /"bulkId:([^"\\]*)"/g;

export function isReference(text: string): boolean {
  return text.startsWith(prefix);
}

/** The id that a reference stands for; the reference itself when `ids` has none. */
export function resolveReference(text: string, ids: ReadonlyMap<string, string>): string {
  return ids.get(text.slice(prefix.length)) ?? text;
}

/** The bulkIds that a value refers to. */
export function referencesIn(value: JsonValue | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  collect(value, found);
  return found;
}

function collect(value: JsonValue | undefined, found: Set<string>): void {
  if (typeof value === "string") {
    if (isReference(value)) found.add(value.slice(prefix.length));
    else for (const [, bulkId = ""] of value.matchAll(quoted)) found.add(bulkId);
  } else if (isJsonArray(value)) {
    for (const item of value) collect(item, found);
  } else if (isJsonObject(value)) {
    for (const item of Object.values(value)) collect(item, found);
  }
}

/** The same with ids in place of the references that `ids` has. */
export function resolveReferences(value: JsonObject, ids: ReadonlyMap<string, string>): JsonObject {
  return resolveObject(value, ids);
}

function resolveValue(value: JsonValue, ids: ReadonlyMap<string, string>): JsonValue {
  if (typeof value === "string") return resolveText(value, ids);
  if (isJsonArray(value)) return value.map((item) => resolveValue(item, ids));
  return isJsonObject(value) ? resolveObject(value, ids) : value;
}

/** `fromEntries` defines properties, so that a key named __proto__ stays a key. */
function resolveObject(value: JsonObject, ids: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveValue(item, ids)]));
}

function resolveText(text: string, ids: ReadonlyMap<string, string>): string {
  if (isReference(text)) return resolveReference(text, ids);
  if (!text.includes(prefix)) return text;
  return text.replaceAll(quoted, (whole, bulkId: string) => {
    const id = ids.get(bulkId);
    return id === undefined ? whole : `"${id}"`;
  });
}

/** Apart: the attributes that refer to one of `pending`, and the others. */
export function splitByReference(
  data: JsonObject,
  pending: ReadonlySet<string>,
): { readonly now: JsonObject; readonly later: JsonObject } {
  const isLater = ([, value]: readonly [string, JsonValue]): boolean =>
    [...referencesIn(value)].some((bulkId) => pending.has(bulkId));
  const entries = Object.entries(data);
  return {
    now: Object.fromEntries(entries.filter((entry) => !isLater(entry))),
    later: Object.fromEntries(entries.filter(isLater)),
  };
}
