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
  const claims = new Map<number, JsonObject>();
  for (const element of added) {
    const identity = identityOf(element);
    const place = places.get(identity) ?? next.length;
    places.set(identity, place);
    const each = withPrimaryOf(attribute, next[place] ?? element, element);
    next[place] = each;
    if (isPrimary(element)) claims.set(place, each);
  }
  return withOnePrimary(attribute, next, new Set(claims.values()));
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
  const claims = new Set<JsonObject>();
  const next = elements.flatMap((element, index) => {
    if (isSelected[index] !== true) return [element];
    const changed = act(attribute, element, edit.action);
    if (changed !== undefined && isClaim(edit.action)) claims.add(changed);
    return changed === undefined ? [] : [changed];
  });
  return withOnePrimary(attribute, next, claims);
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
      return withOnePrimary(attribute, [...elements, element], new Set(isPrimary(element) ? [element] : []));
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

/** Whether it says of an element that it is primary now. */
function isClaim(action: ElementAction): boolean {
  if (action.kind === "replace") return isPrimary(action.element);
  return (
    action.kind === "merge" &&
    action.changes.some(({ sub, value }) => sub.name === "primary" && value === true)
  );
}

/**
 * Of which an operation says that it is primary, no other one is (RFC 7644 section 3.5.2).
 *
 * @throws ScimError 400 invalidValue when it says so of two
 */
function withOnePrimary(
  attribute: Attribute,
  elements: readonly JsonObject[],
  claims: ReadonlySet<JsonObject>,
): readonly JsonObject[] {
  const sub = primaryOf(attribute);
  if (sub === undefined || claims.size === 0) return elements;
  if (claims.size > 1) {
    throw badRequest("invalidValue", `${attribute.name} must have at most one value that is primary.`);
  }
  return elements.map((element) =>
    isPrimary(element) && !claims.has(element)
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
