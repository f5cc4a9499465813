import { isLegacyCoreSchema } from "../compat/legacy-schemas.ts";
import { badRequest } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { membersAttribute } from "../schema/group.ts";
import type { AttributeTarget } from "../schema/registry.ts";
import { assertValid } from "./assert-valid.ts";
import { expandFlatKeys, type NamedValue, pathOf } from "./flat-keys.ts";
import { parseMembers } from "./members.ts";
import { parseAttributeValue } from "./parse-value.ts";
import { isStored, sectionsOf } from "./stored-attributes.ts";

export interface ParsedResource {
  /**
   * What a document keeps, in schema order: the core schema's at the top, an extension's under its URN. Without schemas, id,
   * meta, members, passwords and all that is readOnly.
   */
  readonly attributes: JsonObject;
  /** The ids of a group's members, each once; undefined when the body does not speak of them. */
  readonly members: readonly string[] | undefined;
}

/**
 * The resource that the body of a POST or PUT describes. What no schema defines and what the client may not write is ignored
 * (RFC 7644 section 3.3). `schemas` may be missing: extensions are known by their names.
 *
 * @throws ScimError 400 invalidSyntax for a body that is no object, and for names that are there twice; 400 invalidValue
 */
export function parseResource(type: ResourceType, body: JsonValue): ParsedResource {
  if (!isJsonObject(body)) throw badRequest("invalidSyntax", "The body must be a JSON object.");
  const named = expandFlatKeys(type, body);
  assertSchemas(type, named);
  const attributes = toAttributes(type, parseValues(named));
  assertValid(type, attributes);
  return { attributes, members: membersOf(named) };
}

/** Others are tolerated: Entra ID adds `http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group`. */
function assertSchemas(type: ResourceType, named: readonly NamedValue[]): void {
  const sent = named.find(({ target }) => target?.attribute.name === "schemas")?.value ?? null;
  if (sent === null) return;
  const urns = isJsonArray(sent) ? sent : [sent];
  const wanted = type.schema.id.toLowerCase();
  const isOurs = (urn: string) => urn.toLowerCase() === wanted || isLegacyCoreSchema(urn);
  if (!urns.every((urn) => typeof urn === "string")) {
    throw badRequest("invalidValue", "schemas must be an array of strings.");
  }
  if (!urns.some(isOurs)) throw badRequest("invalidValue", `schemas must contain ${type.schema.id}.`);
}

type Targeted = NamedValue & { readonly target: AttributeTarget };

function isForDocument(named: NamedValue): named is Targeted {
  return named.target !== undefined && isStored(named.target.attribute);
}

function parseValues(named: readonly NamedValue[]): ReadonlyMap<Attribute, JsonValue> {
  const stored = named.filter(isForDocument);
  const values = new Map<Attribute, JsonValue>();
  const parse = (target: AttributeTarget, value: JsonValue) => {
    const parsed = parseAttributeValue(target.attribute, value, pathOf(target));
    if (parsed === undefined) values.delete(target.attribute);
    else values.set(target.attribute, parsed);
  };
  for (const { target, value } of stored) if (target.sub === undefined) parse(target, value);
  // Of which of its values `emails.value` speaks, nobody can say: such a name is ignored.
  const parts = stored.filter(({ target }) => target.sub !== undefined && !target.attribute.multiValued);
  for (const [attribute, each] of Map.groupBy(parts, ({ target }) => target.attribute)) {
    const [first] = each;
    if (first !== undefined)
      parse({ ...first.target, sub: undefined }, withParts(values.get(attribute), each));
  }
  return values;
}

/** A complex value with the sub-attributes that were sent beside it: `name.givenName`. */
function withParts(whole: JsonValue | undefined, parts: readonly Targeted[]): JsonObject {
  const merged: Record<string, JsonValue> = isJsonObject(whole) ? { ...whole } : {};
  for (const { target, value } of parts) {
    if (target.sub === undefined) continue;
    if (Object.hasOwn(merged, target.sub.name)) {
      throw badRequest("invalidSyntax", `${pathOf(target)} is there twice.`);
    }
    merged[target.sub.name] = value;
  }
  return merged;
}

function toAttributes(type: ResourceType, values: ReadonlyMap<Attribute, JsonValue>): JsonObject {
  const attributes: Record<string, JsonValue> = {};
  for (const { extension, attributes: section } of sectionsOf(type)) {
    const target: Record<string, JsonValue> = extension === undefined ? attributes : {};
    for (const attribute of section) {
      const value = values.get(attribute);
      if (value !== undefined) target[attribute.name] = value;
    }
    if (extension !== undefined && Object.keys(target).length > 0) attributes[extension.id] = target;
  }
  return attributes;
}

function membersOf(named: readonly NamedValue[]): readonly string[] | undefined {
  const sent = named.find(({ target }) => target?.attribute === membersAttribute && target.sub === undefined);
  return sent && parseMembers(sent.value);
}
