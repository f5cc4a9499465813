/**
 * Whether a resource satisfies a condition: what conditions mean, against which the engines' SQL is tested. Written to
 * be read, not to be fast.
 */
import type { SearchDocument, SearchElement } from "../resource/search-document.ts";
import { holdsForText } from "./compare-text.ts";
import type { Condition, OrderingOperator, TimeKey } from "./condition.ts";

/** What a condition can speak of. */
export interface FilterDocument {
  readonly id: string;
  /** With the lists that storage keeps elsewhere: a user's `groups`, a group's `members`. */
  readonly search: SearchDocument;
  readonly timesMs: Readonly<Record<TimeKey, number>>;
}

export function evaluate(condition: Condition, document: FilterDocument): boolean {
  return holds(condition, {
    text: (key) => (key === "id" ? document.id : ownText(document.search, key)),
    timeMs: (key) => document.timesMs[key],
    elements: (list) => ownElements(document.search, list),
  });
}

/** @throws Error for a condition with `time` or `element` in it, which is none on an element */
export function evaluateElement(condition: Condition, element: SearchElement): boolean {
  return holds(condition, {
    text: (key) => ownText(element, key),
    timeMs: notOfElements,
    elements: notOfElements,
  });
}

function notOfElements(key: string): never {
  throw new Error(`an element is asked for ${key}`);
}

/** Where the values are that a condition speaks of. */
interface Values {
  text(key: string): string | undefined;
  timeMs(key: TimeKey): number;
  elements(list: string): readonly SearchElement[];
}

function holds(condition: Condition, values: Values): boolean {
  switch (condition.kind) {
    case "constant":
      return condition.value;
    case "and":
      return condition.terms.every((term) => holds(term, values));
    case "or":
      return condition.terms.some((term) => holds(term, values));
    case "not":
      return !holds(condition.term, values);
    case "compare": {
      const actual = values.text(condition.key);
      return actual !== undefined && holdsForText(condition.operator, actual, condition.value);
    }
    case "time":
      return holdsForTime(condition.operator, values.timeMs(condition.key), condition.valueMs);
    case "present":
      return values.text(condition.key) !== undefined;
    case "element":
      return values.elements(condition.list).some((element) => evaluateElement(condition.where, element));
  }
}

function holdsForTime(operator: OrderingOperator, actualMs: number, expectedMs: number): boolean {
  switch (operator) {
    case "eq":
      return actualMs === expectedMs;
    case "gt":
      return actualMs > expectedMs;
    case "ge":
      return actualMs >= expectedMs;
    case "lt":
      return actualMs < expectedMs;
    case "le":
      return actualMs <= expectedMs;
  }
}

function ownText(document: SearchDocument, key: string): string | undefined {
  const value = Object.hasOwn(document, key) ? document[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function ownElements(document: SearchDocument, list: string): readonly SearchElement[] {
  const value = Object.hasOwn(document, list) ? document[list] : undefined;
  return value === undefined || typeof value === "string" ? [] : value;
}
