import type { Operator } from "./condition.ts";

/** `actual` is the resource's value, `expected` the filter's, both in the form in which they are compared. */
export function holdsForText(operator: Operator, actual: string, expected: string): boolean {
  switch (operator) {
    case "eq":
      return actual === expected;
    case "co":
      return actual.includes(expected);
    case "sw":
      return actual.startsWith(expected);
    case "ew":
      return actual.endsWith(expected);
    case "gt":
      return compareCodePoints(actual, expected) > 0;
    case "ge":
      return compareCodePoints(actual, expected) >= 0;
    case "lt":
      return compareCodePoints(actual, expected) < 0;
    case "le":
      return compareCodePoints(actual, expected) <= 0;
  }
}

/**
 * By code point, as the engines compare: their bytes of UTF-8 have the same order. JavaScript's own `<` compares
 * UTF-16, which puts "😀" before "ﬁ".
 */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (const [index, character] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const difference = (character.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
