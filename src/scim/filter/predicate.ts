/**
 * What a test asks of an attribute once its negations are taken apart. One rule for filters and for PATCH: `ne` is the
 * negation of `eq`, so it holds where the attribute has no value, and for a multi-valued attribute where none of its
 * values is the one that is given. Null is the absence of a value (RFC 7643 section 2.5): `eq null` is the negation of
 * `pr`.
 */
import { badRequest } from "../error.ts";
import type { Literal, TestExpression } from "./ast.ts";
import type { Condition, Operator } from "./condition.ts";

export type Value = Exclude<Literal, { readonly type: "null" }>;

export type Predicate =
  | { readonly kind: "present" }
  | { readonly kind: "compare"; readonly operator: Operator; readonly value: Value };

export const nothing: Condition = { kind: "constant", value: false };
export const everything: Condition = { kind: "constant", value: true };

/**
 * @param conditionOf the condition under which the attribute satisfies a predicate
 * @throws ScimError 400 invalidFilter when null is compared otherwise than with eq or ne
 */
export function predicateCondition(
  test: TestExpression,
  conditionOf: (predicate: Predicate) => Condition,
): Condition {
  if (test.kind === "present") return conditionOf({ kind: "present" });
  const { operator, value } = test;
  const negates = operator === "ne";
  const positive = negates ? "eq" : operator;
  if (value.type !== "null") {
    const condition = conditionOf({ kind: "compare", operator: positive, value });
    return negates ? not(condition) : condition;
  }
  if (positive !== "eq") throw badRequest("invalidFilter", "Null can be compared with eq and ne only.");
  const present = conditionOf({ kind: "present" });
  return negates ? present : not(present);
}

export function not(term: Condition): Condition {
  return { kind: "not", term };
}

export function and(...terms: readonly Condition[]): Condition {
  return { kind: "and", terms };
}
