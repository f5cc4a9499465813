/**
 * Which attributes a response has (RFC 7644 section 3.9): `attributes` names what it has besides what is always returned,
 * `excludedAttributes` what it has not.
 */
import { badRequest } from "../error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue, ownValue } from "../json.ts";
import { limits } from "../limits.ts";
import type { Attribute, ResourceType, Schema } from "../schema/attribute.ts";
import { commonAttributes } from "../schema/common.ts";
import { findAttribute, resolvePath, type Target } from "../schema/registry.ts";

export interface Selection {
  readonly type: ResourceType;
  readonly kind: "default" | "only" | "except";
  readonly named: Named;
}

/** Attributes that are named whole, or by some of their sub-attributes. */
type Named = ReadonlyMap<Attribute, "whole" | ReadonlySet<Attribute>>;

/** A list as a query has it, separated by commas, or as a body has it. */
export type Names = string | readonly string[] | undefined;

/**
 * Names are attribute paths in any case, with or without a URN, also of an extension as a whole. What no schema defines is
 * ignored; an empty list counts as none.
 *
 * @throws ScimError 400 invalidValue when both lists are there (RFC 7644 section 3.4.2.5), or one is too long
 */
export function parseSelection(type: ResourceType, attributes: Names, excludedAttributes: Names): Selection {
  const only = namesOf(attributes, "attributes");
  const except = namesOf(excludedAttributes, "excludedAttributes");
  if (only.length > 0 && except.length > 0) {
    throw badRequest("invalidValue", "attributes and excludedAttributes cannot be used together.");
  }
  if (only.length > 0) return { type, kind: "only", named: namedBy(type, only) };
  const named = namedBy(type, except);
  return { type, kind: named.size === 0 ? "default" : "except", named };
}

/** Whether the response has what it has by default: there is nothing to project then. */
export function selectsAll(selection: Selection): boolean {
  return selection.kind === "default";
}

/** Whether the response has the attribute, or some of it: what it has not need not be read. */
export function selects(selection: Selection, name: "members" | "groups" | "meta"): boolean {
  const attribute = coreAttribute(selection.type, name);
  return attribute !== undefined && partOf(selection, attribute) !== "none";
}

/**
 * The resource with what is selected, in its own order. `schemas` and `id` stay; `schemas` names the schemas whose
 * attributes are there, so that an extension of which nothing is left leaves it (RFC 7643 section 3).
 *
 * @param resource with schemas, id, meta, groups or members
 */
export function project(type: ResourceType, selection: Selection, resource: JsonObject): JsonObject {
  const projected: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(resource)) {
    const extension = type.extensions.find(({ id }) => id === name);
    if (extension !== undefined) {
      const kept = projectExtension(selection, extension, value);
      if (kept !== undefined) projected[extension.id] = kept;
      continue;
    }
    const attribute = coreAttribute(type, name);
    const kept = attribute && projectValue(attribute, partOf(selection, attribute), value);
    if (attribute !== undefined && kept !== undefined) projected[attribute.name] = kept;
  }
  return withSchemas(type, projected);
}

/** What is selected of an attribute: nothing, all, or the sub-attributes for which it is true. */
type Part = "none" | "whole" | ((sub: Attribute) => boolean);

function partOf({ kind, named }: Selection, attribute: Attribute): Part {
  if (attribute.returned === "always") return "whole";
  if (attribute.returned === "never") return "none";
  const subs = named.get(attribute);
  if (kind === "only") {
    if (subs === undefined || subs === "whole") return subs ?? "none";
    return (sub) => sub.returned === "always" || subs.has(sub);
  }
  if (subs === "whole" || attribute.returned === "request") return "none";
  return subs === undefined ? "whole" : (sub) => sub.returned === "always" || !subs.has(sub);
}

function projectExtension(selection: Selection, extension: Schema, value: JsonValue): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const projected: Record<string, JsonValue> = {};
  for (const attribute of extension.attributes) {
    const each = ownValue(value, attribute.name);
    const kept = each === undefined ? undefined : projectValue(attribute, partOf(selection, attribute), each);
    if (kept !== undefined) projected[attribute.name] = kept;
  }
  return nonEmpty(projected);
}

function projectValue(attribute: Attribute, part: Part, value: JsonValue): JsonValue | undefined {
  if (part === "none") return undefined;
  if (part === "whole") return value;
  if (!isJsonArray(value)) return projectComplex(attribute, part, value);
  const elements = value.map((element) => projectComplex(attribute, part, element));
  const kept = elements.filter((element) => element !== undefined);
  return kept.length === 0 ? undefined : kept;
}

function projectComplex(
  { subAttributes = [] }: Attribute,
  keeps: (sub: Attribute) => boolean,
  value: JsonValue,
): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const projected: Record<string, JsonValue> = {};
  for (const sub of subAttributes) {
    const each = keeps(sub) ? ownValue(value, sub.name) : undefined;
    if (each !== undefined) projected[sub.name] = each;
  }
  return nonEmpty(projected);
}

function nonEmpty(object: JsonObject): JsonObject | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}

function withSchemas(type: ResourceType, projected: JsonObject): JsonObject {
  const schemas = ownValue(projected, "schemas");
  if (!isJsonArray(schemas)) return projected;
  const gone = type.extensions.filter(({ id }) => !Object.hasOwn(projected, id)).map(({ id }) => id);
  return { ...projected, schemas: schemas.filter((urn) => typeof urn === "string" && !gone.includes(urn)) };
}

function coreAttribute(type: ResourceType, name: string): Attribute | undefined {
  return findAttribute(commonAttributes, name) ?? findAttribute(type.schema.attributes, name);
}

function namesOf(names: Names, parameter: string): readonly string[] {
  const lists = typeof names === "string" ? [names] : (names ?? []);
  const all = lists.flatMap((list) => list.split(",")).map((name) => name.trim());
  const found = all.filter((name) => name !== "");
  if (found.length <= limits.selectionNamesMax) return found;
  throw badRequest("invalidValue", `${parameter} must not have more than ${limits.selectionNamesMax} names.`);
}

function namedBy(type: ResourceType, names: readonly string[]): Named {
  const named = new Map<Attribute, "whole" | Set<Attribute>>();
  for (const name of names) {
    const target = resolvePath(type, name);
    if (target !== undefined) addTarget(named, target);
  }
  return named;
}

function addTarget(named: Map<Attribute, "whole" | Set<Attribute>>, target: Target): void {
  if (target.kind === "extension") {
    for (const attribute of target.schema.attributes) named.set(attribute, "whole");
    return;
  }
  const { attribute, sub } = target;
  const subs = named.get(attribute);
  if (sub === undefined) named.set(attribute, "whole");
  else if (subs === undefined) named.set(attribute, new Set([sub]));
  else if (subs !== "whole") subs.add(sub);
}
