import type { Operator, OrderingOperator } from "../../scim/filter/condition.ts";
import type { Parameter } from "../operation.ts";
import { type Fragment, raw, sql } from "./fragment.ts";

const orderings: Readonly<Record<OrderingOperator, Fragment>> = {
  eq: raw("="),
  gt: raw(">"),
  ge: raw(">="),
  lt: raw("<"),
  le: raw("<="),
};

/**
 * Whether the text that `operand` stands for satisfies the operator; NULL where it is NULL. Without LIKE, whose patterns the
 * value's own `%` and `_` would be part of.
 */
export function compareText(operand: Fragment, operator: Operator, value: string): Fragment {
  switch (operator) {
    case "co":
      return sql`{POSITION}(${operand}, ${value}) > 0`;
    case "sw":
      return sql`{POSITION}(${operand}, ${value}) = 1`;
    case "ew":
      // What is shorter than the value has no end that is as long.
      return sql`substr(${operand}, length(${operand}) - ${codePoints(value)} + 1) = ${value}`;
    default:
      return compareOrder(operand, operator, value);
  }
}

export function compareOrder(operand: Fragment, operator: OrderingOperator, value: Parameter): Fragment {
  return sql`${operand} ${orderings[operator]} ${value}`;
}

/** What the engines' `length` counts. */
function codePoints(value: string): number {
  return [...value].length;
}
