/**
 * The one registry: validation, filters, PATCH, projection, sorting and discovery all look attributes up here. A new
 * attribute is one entry in `user.ts`, `group.ts` or `enterprise-user.ts`.
 */
import type { Attribute, ResourceType, ResourceTypeName, Schema } from "./attribute.ts";
import { commonAttributes } from "./common.ts";
import { groupResourceType } from "./group.ts";
import { userResourceType } from "./user.ts";

export const resourceTypes: Readonly<Record<ResourceTypeName, ResourceType>> = {
  User: userResourceType,
  Group: groupResourceType,
};

/** What an attribute path names. */
export type Target =
  /** A whole extension: the URN alone. */
  { readonly kind: "extension"; readonly schema: Schema } | AttributeTarget;

export interface AttributeTarget {
  readonly kind: "attribute";
  /** The extension's schema; undefined for the core schema's and the common attributes. */
  readonly extension: Schema | undefined;
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
}

/** The attribute of that name without regard to case (RFC 7643 section 2.1). */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return indexOf(attributes).get(name.toLowerCase());
}

/** By lower-case name: every name of every body is looked up. */
const indexes = new WeakMap<readonly Attribute[], ReadonlyMap<string, Attribute>>();

function indexOf(attributes: readonly Attribute[]): ReadonlyMap<string, Attribute> {
  const known = indexes.get(attributes);
  if (known !== undefined) return known;
  const index = new Map(attributes.map((attribute) => [attribute.name.toLowerCase(), attribute]));
  indexes.set(attributes, index);
  return index;
}

/**
 * Resolves `[urn:]name[.sub]`, any case. A name without a URN is the core schema's or a common attribute, or else an
 * extension's: Entra ID sends `manager` bare.
 *
 * @returns undefined for what no schema of the type defines
 */
export function resolvePath(type: ResourceType, path: string): Target | undefined {
  const qualified = splitUrn(type, path);
  if (qualified === undefined) return resolveBare(type, path);
  const { schema, rest } = qualified;
  if (rest === undefined) return schema === type.schema ? undefined : { kind: "extension", schema };
  if (schema === type.schema) return resolveCore(type, rest);
  return resolveIn(schema.attributes, schema, rest);
}

/** The common attributes are part of every base schema (RFC 7643 section 3.1). */
function resolveCore(type: ResourceType, path: string): AttributeTarget | undefined {
  return resolveIn(commonAttributes, undefined, path) ?? resolveIn(type.schema.attributes, undefined, path);
}

function resolveBare(type: ResourceType, path: string): Target | undefined {
  const core = resolveCore(type, path);
  if (core !== undefined) return core;
  for (const extension of type.extensions) {
    const found = resolveIn(extension.attributes, extension, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The schema whose URN the path begins with, whole or before a colon. URNs have dots and colons of their own. */
function splitUrn(
  type: ResourceType,
  path: string,
): { schema: Schema; rest: string | undefined } | undefined {
  const lower = path.toLowerCase();
  for (const schema of [type.schema, ...type.extensions]) {
    const urn = schema.id.toLowerCase();
    if (lower === urn) return { schema, rest: undefined };
    if (lower.startsWith(`${urn}:`)) return { schema, rest: path.slice(urn.length + 1) };
  }
  return undefined;
}

function resolveIn(
  attributes: readonly Attribute[],
  extension: Schema | undefined,
  path: string,
): AttributeTarget | undefined {
  const [name = "", subName, ...more] = path.split(".");
  const attribute = findAttribute(attributes, name);
  if (attribute === undefined || more.length > 0) return undefined;
  if (subName === undefined) return { kind: "attribute", extension, attribute, sub: undefined };
  const sub = attribute.subAttributes && findAttribute(attribute.subAttributes, subName);
  return sub === undefined ? undefined : { kind: "attribute", extension, attribute, sub };
}

/** The key of the search document, or of the element when the attribute is multi-valued: without its sub-attribute then. */
export function searchKeyOf({ extension, attribute, sub }: AttributeTarget): string {
  const name = extension === undefined ? attribute.name : `${extension.id}:${attribute.name}`;
  return sub === undefined || attribute.multiValued ? name : `${name}.${sub.name}`;
}
