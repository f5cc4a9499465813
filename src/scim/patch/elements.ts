/** Edits of the elements of a multi-valued attribute. */
import { badRequest } from "../error.ts";
import { evaluateElement } from "../filter/evaluate.ts";
import { type JsonObject, ownValue } from "../json.ts";
import { toSearchElement } from "../resource/search-document.ts";
import type { Attribute } from "../schema/attribute.ts";
import { withChanges } from "./changes.ts";
import type { ElementAction, SelectEdit } from "./patch.ts";

/**
 * The elements, and after them those that are not there yet. One that differs only in whether it is primary is there: it
 * stays in its place and becomes primary, or no longer is.
 *
 * @throws ScimError 400 invalidValue for two primary ones
 */
export function append(
  attribute: Attribute,
  elements: readonly JsonObject[],
  added: readonly JsonObject[],
): readonly JsonObject[] {
  const next = [...elements];
  const places = new Map(next.map((element, index) => [identityOf(element), index]));
  const touched = new Set<JsonObject>();
  for (const element of added) {
    const identity = identityOf(element);
    const place = places.get(identity) ?? next.length;
    places.set(identity, place);
    const each = withPrimaryOf(attribute, next[place] ?? element, element);
    next[place] = each;
    touched.add(each);
  }
  return withOnePrimary(attribute, next, touched);
}

/** Canonical values have their names in one order. */
function identityOf(element: JsonObject): string {
  return JSON.stringify(Object.entries(element).filter(([name]) => name !== "primary"));
}

function withPrimaryOf(attribute: Attribute, element: JsonObject, source: JsonObject): JsonObject {
  const sub = primaryOf(attribute);
  const value = ownValue(source, "primary");
  return sub === undefined || value === undefined
    ? element
    : withChanges(attribute, element, [{ sub, value }]);
}

/** The elements without those that have all sub-attributes of one of the others. */
export function subtract(
  elements: readonly JsonObject[],
  removed: readonly JsonObject[],
): readonly JsonObject[] {
  // There are as many ways to name sub-attributes as the schema allows, however many values are removed.
  const bySubAttributes = Map.groupBy(removed, (value) => Object.keys(value).join());
  const shapes = [...bySubAttributes.values()].map((values) => {
    const names = Object.keys(values[0] ?? {});
    return { names, values: new Set(values.map((value) => partsOf(value, names))) };
  });
  return elements.filter(
    (element) => !shapes.some(({ names, values }) => values.has(partsOf(element, names))),
  );
}

function partsOf(element: JsonObject, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => ownValue(element, name) ?? null));
}

/**
 * The elements after what is done to those that are selected.
 *
 * @throws ScimError 400 noTarget; 400 invalidValue for two primary ones
 */
export function select(elements: readonly JsonObject[], edit: SelectEdit): readonly JsonObject[] {
  const { attribute } = edit.place;
  const isSelected = elements.map((each) => evaluateElement(edit.where, toSearchElement(attribute, each)));
  if (!isSelected.includes(true)) return otherwise(elements, edit);
  const touched = new Set<JsonObject>();
  const next = elements.flatMap((element, index) => {
    if (isSelected[index] !== true) return [element];
    const changed = act(attribute, element, edit.action);
    if (changed !== undefined) touched.add(changed);
    return changed === undefined ? [] : [changed];
  });
  return withOnePrimary(attribute, next, touched);
}

function otherwise(elements: readonly JsonObject[], edit: SelectEdit): readonly JsonObject[] {
  const { attribute } = edit.place;
  switch (edit.otherwise.kind) {
    case "nothing":
      return elements;
    case "noTarget":
      throw badRequest("noTarget", `${attribute.name} has no value that the path selects.`);
    case "create": {
      const { element } = edit.otherwise;
      return withOnePrimary(attribute, [...elements, element], new Set([element]));
    }
  }
}

/** @returns undefined for an element that is no more */
function act(attribute: Attribute, element: JsonObject, action: ElementAction): JsonObject | undefined {
  switch (action.kind) {
    case "remove":
      return undefined;
    case "replace":
      // A copy, since each of several selected elements is one of its own.
      return { ...action.element };
    case "merge": {
      const next = withChanges(attribute, element, action.changes);
      const isCleared = action.changes.some(({ value }) => value === undefined);
      return isCleared && !saysSomething(next) ? undefined : next;
    }
  }
}

const labels: readonly string[] = ["type", "primary", "display"];

/** The label of an email whose value is cleared says nothing. Entra ID sets a role's `display` before its `value`, though. */
function saysSomething(element: JsonObject): boolean {
  return Object.keys(element).some((name) => !labels.includes(name));
}

/**
 * Of what an operation touched, one at most may be primary, and no other one is then (RFC 7644 section 3.5.2).
 *
 * @throws ScimError 400 invalidValue
 */
function withOnePrimary(
  attribute: Attribute,
  elements: readonly JsonObject[],
  touched: ReadonlySet<JsonObject>,
): readonly JsonObject[] {
  const sub = primaryOf(attribute);
  const primaries = [...touched].filter(isPrimary);
  if (sub === undefined || primaries.length === 0) return elements;
  if (primaries.length > 1) {
    throw badRequest("invalidValue", `${attribute.name} must have at most one value that is primary.`);
  }
  return elements.map((element) =>
    isPrimary(element) && !touched.has(element)
      ? withChanges(attribute, element, [{ sub, value: false }])
      : element,
  );
}

function isPrimary(element: JsonObject): boolean {
  return ownValue(element, "primary") === true;
}

function primaryOf({ subAttributes = [] }: Attribute): Attribute | undefined {
  return subAttributes.find(({ name }) => name === "primary");
}
