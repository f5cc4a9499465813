/**
 * Conditions as SQL. What they mean, `scim/filter/evaluate.ts` says; both select the same.
 *
 * A comparison with what is absent is NULL here, and so is what `and` and `or` make of it: a WHERE takes that for false. Only
 * the negation has to say so, by `IS NOT TRUE`. That leaves each comparison in a form that an index can answer.
 */
import type { Condition } from "../../scim/filter/condition.ts";
import { compareOrder, compareText } from "./compare.ts";
import { type Fragment, join, raw, sql } from "./fragment.ts";
import { elementsOf, elementText } from "./json.ts";

/** What the keys of a condition stand for where it is asked. */
export interface Scope {
  /** Undefined for what is absent everywhere. */
  operand(key: string): Fragment | undefined;
  element(list: string, where: Condition): Fragment;
}

export function compile(condition: Condition, scope: Scope): Fragment {
  switch (condition.kind) {
    case "constant":
      return condition.value ? always : never;
    case "and":
      return sql`(${join(
        condition.terms.map((term) => compile(term, scope)),
        " AND ",
      )})`;
    case "or":
      return sql`(${join(
        condition.terms.map((term) => compile(term, scope)),
        " OR ",
      )})`;
    case "not":
      return sql`(${compile(condition.term, scope)}) IS NOT TRUE`;
    case "element":
      return scope.element(condition.list, condition.where);
    default:
      return compileTest(condition, scope.operand(condition.key));
  }
}

const always = raw("TRUE");
const never = raw("FALSE");

type Test = Extract<Condition, { readonly key: string }>;

function compileTest(test: Test, operand: Fragment | undefined): Fragment {
  if (operand === undefined) return never;
  switch (test.kind) {
    case "compare":
      return compareText(operand, test.operator, test.value);
    case "time":
      return compareOrder(operand, test.operator, test.valueMs);
    case "present":
      return sql`${operand} IS NOT NULL`;
  }
}

/** A condition on an element, whose keys stand for what `operand` answers. */
export function compileOnElement(where: Condition, operand: Scope["operand"]): Fragment {
  return compile(where, {
    operand,
    element(list) {
      throw new Error(`an element is asked for the list ${list}`);
    },
  });
}

/** Some element of a list in the search document satisfies `where`. */
export function compileElement(list: string, where: Condition): Fragment {
  return sql`EXISTS (SELECT 1 FROM ${elementsOf(list)} WHERE ${compileOnElement(where, elementText)})`;
}

/** The terms that must all be true, however they are nested. */
export function conjunctsOf(condition: Condition): readonly Condition[] {
  return condition.kind === "and" ? condition.terms.flatMap(conjunctsOf) : [condition];
}

/** The value that an element must have to satisfy `where`, if there is only one. */
export function requiredValue(where: Condition): string | undefined {
  for (const term of conjunctsOf(where)) {
    if (term.kind === "compare" && term.key === "value" && term.operator === "eq") return term.value;
  }
  return undefined;
}
