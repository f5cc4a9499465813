import { unwrapSingle } from "../compat/single-values.ts";
import { badRequest } from "../error.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { Attribute, ResourceType, Schema } from "../schema/attribute.ts";
import { type AttributeTarget, resolvePath } from "../schema/registry.ts";

export interface NamedValue {
  /** As it was sent; within an extension's object, the URN is before it. */
  readonly name: string;
  /** Undefined for what no schema of the type defines. */
  readonly target: AttributeTarget | undefined;
  readonly value: JsonValue;
}

/**
 * What an object's names mean, in its order: a resource, or the value of a PATCH operation without a path. Besides
 * attributes and extensions these are `name.givenName` and `urn:…:User:employeeNumber`, which Entra ID sends under its flag
 * `aadOptscim062020`. Of an extension each attribute is named; null for the extension is null for each.
 *
 * @throws ScimError 400 invalidSyntax when two names are the same attribute's; 400 invalidValue for an extension that is no object
 */
export function expandFlatKeys(type: ResourceType, object: JsonObject): readonly NamedValue[] {
  const values: NamedValue[] = [];
  for (const [name, value] of Object.entries(object)) {
    const target = resolvePath(type, name);
    if (target?.kind === "extension") values.push(...expandExtension(type, target.schema, value));
    else values.push({ name, target, value });
  }
  assertNamedOnce(values);
  return values;
}

function expandExtension(type: ResourceType, { id, attributes }: Schema, value: JsonValue): NamedValue[] {
  const single = unwrapSingle(value);
  if (single !== null && !isJsonObject(single)) throw badRequest("invalidValue", `${id} must be an object.`);
  const entries: [string, JsonValue][] =
    single === null ? attributes.map(({ name }) => [name, null]) : Object.entries(single);
  return entries.map(([name, each]) => namedValue(type, `${id}:${name}`, each));
}

function namedValue(type: ResourceType, name: string, value: JsonValue): NamedValue {
  const target = resolvePath(type, name);
  return { name, target: target?.kind === "attribute" ? target : undefined, value };
}

function assertNamedOnce(values: readonly NamedValue[]): void {
  const named = new Set<Attribute>();
  for (const { target } of values) {
    if (target === undefined) continue;
    const attribute = target.sub ?? target.attribute;
    if (named.has(attribute)) {
      throw badRequest("invalidSyntax", `${pathOf(target)} is there twice. Names have no case.`);
    }
    named.add(attribute);
  }
}

/** What errors call it: `name.givenName`, `urn:…:User:manager`. */
export function pathOf({ extension, attribute, sub }: AttributeTarget): string {
  const name = extension === undefined ? attribute.name : `${extension.id}:${attribute.name}`;
  return sub === undefined ? name : `${name}.${sub.name}`;
}
