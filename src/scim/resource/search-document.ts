/**
 * What filters and sorting see of a resource: its values in the form in which they are compared. Folded here, once, because
 * the engines' own case folding differs.
 *
 * Keys are canonical: `title`, `name.familyName`, `urn:…:2.0:User:department`, `urn:…:2.0:User:manager.value`. A multi-valued
 * attribute is a list of flat objects keyed by sub-attribute (`emails` → `[{"value": …, "type": …}]`). Strings are folded where
 * the attribute is not caseExact; booleans are "true" and "false". Empty strings, nulls and what is never returned are absent.
 *
 * `id`, `meta`, a user's `groups` and a group's `members` are not in it: storage has those in columns and rows of their own.
 * Neither is `schemas`, which follows from the keys that are there.
 */
import { foldCase } from "../../base/fold.ts";
import {
  isJsonArray,
  isJsonObject,
  type JsonObject,
  type JsonPrimitive,
  type JsonValue,
  ownValue,
} from "../json.ts";
import type { Attribute, ResourceType, Schema } from "../schema/attribute.ts";
import { searchKeyOf } from "../schema/registry.ts";
import { sectionsOf } from "./stored-attributes.ts";

export type SearchElement = Readonly<Record<string, string>>;
export type SearchDocument = Readonly<Record<string, string | readonly SearchElement[]>>;

interface Entry {
  readonly attribute: Attribute;
  readonly key: string;
  /** Of a singular complex attribute. */
  readonly subs: readonly { readonly sub: Attribute; readonly key: string }[];
}

interface Plan {
  readonly extension: Schema | undefined;
  readonly entries: readonly Entry[];
}

const plans = new WeakMap<ResourceType, readonly Plan[]>();

/** @param attributes canonical */
export function toSearchDocument(type: ResourceType, attributes: JsonObject): SearchDocument {
  const document: Record<string, string | readonly SearchElement[]> = {};
  for (const { extension, entries } of plansOf(type)) {
    const values = extension === undefined ? attributes : ownValue(attributes, extension.id);
    if (isJsonObject(values)) addEntries(entries, values, document);
  }
  return document;
}

/** One element of a multi-valued attribute. @param element canonical */
export function toSearchElement(attribute: Attribute, element: JsonObject): SearchElement {
  const found: Record<string, string> = {};
  for (const sub of attribute.subAttributes ?? []) addText(found, sub.name, sub, ownValue(element, sub.name));
  return found;
}

/** The form in which a value of the attribute is compared, the filter's as well as the resource's. */
export function comparableOf(attribute: Attribute, value: JsonPrimitive): string {
  if (typeof value === "string") return attribute.caseExact ? value : foldCase(value);
  return value === null ? "" : String(value);
}

function addEntries(
  entries: readonly Entry[],
  values: JsonObject,
  document: Record<string, string | readonly SearchElement[]>,
): void {
  for (const { attribute, key, subs } of entries) {
    const value = ownValue(values, attribute.name);
    if (isJsonArray(value)) {
      const elements = value.map((element) => elementOf(attribute, element)).filter(hasKeys);
      if (elements.length > 0) document[key] = elements;
    } else if (isJsonObject(value)) {
      for (const { sub, key: subKey } of subs) addText(document, subKey, sub, ownValue(value, sub.name));
    } else {
      addText(document, key, attribute, value);
    }
  }
}

function elementOf(attribute: Attribute, element: JsonValue): SearchElement {
  return isJsonObject(element) ? toSearchElement(attribute, element) : {};
}

function addText(
  target: Record<string, string | readonly SearchElement[]>,
  key: string,
  attribute: Attribute,
  value: JsonValue | undefined,
): void {
  if (value === undefined || typeof value === "object") return;
  const comparable = comparableOf(attribute, value);
  if (comparable !== "") target[key] = comparable;
}

function hasKeys(element: SearchElement): boolean {
  return Object.keys(element).length > 0;
}

/** The keys of a type, made once: this runs at every write. */
function plansOf(type: ResourceType): readonly Plan[] {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const made = sectionsOf(type).map(({ extension, attributes }) => ({
    extension,
    entries: attributes
      .filter(({ returned }) => returned !== "never")
      .map((each) => entryOf(extension, each)),
  }));
  plans.set(type, made);
  return made;
}

function entryOf(extension: Schema | undefined, attribute: Attribute): Entry {
  const keyOf = (sub: Attribute | undefined) => searchKeyOf({ kind: "attribute", extension, attribute, sub });
  const subs = (attribute.subAttributes ?? []).map((sub) => ({ sub, key: keyOf(sub) }));
  return { attribute, key: keyOf(undefined), subs };
}
