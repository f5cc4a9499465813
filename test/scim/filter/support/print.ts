/** Filters as text: the parser's counterpart. */
import type {
  FilterExpression,
  Literal,
  PathExpression,
  TestExpression,
} from "../../../../src/scim/filter/ast.ts";

/** What the grammar leaves open. */
export interface Style {
  readonly upperCase: boolean;
  /** Between words. */
  readonly space: string;
  /** Parentheses around every term. */
  readonly grouped: boolean;
}

export function printFilter(expression: FilterExpression, style: Style): string {
  const { space } = style;
  switch (expression.kind) {
    case "and":
    case "or": {
      const terms = expression.terms.map((term) => printTerm(expression.kind, term, style));
      return terms.join(`${space}${keyword(expression.kind, style)}${space}`);
    }
    case "not":
      return `${keyword("not", style)}${space}(${printFilter(expression.term, style)})`;
    case "valuePath":
      return `${expression.attributePath}[${printFilter(expression.filter, style)}]`;
    default:
      return printTest(expression, style);
  }
}

export function printPath({ attributePath, filter, subAttribute }: PathExpression, style: Style): string {
  const brackets = filter === undefined ? "" : `[${printFilter(filter, style)}]`;
  return `${attributePath}${brackets}${subAttribute === undefined ? "" : `.${subAttribute}`}`;
}

function printTerm(within: "and" | "or", term: FilterExpression, style: Style): string {
  const isLooser = term.kind === "or" || (term.kind === "and" && within === "and");
  const printed = printFilter(term, style);
  return isLooser || style.grouped ? `(${printed})` : printed;
}

function printTest(test: TestExpression, style: Style): string {
  const subject = printPath(test.subject, style);
  const words = test.kind === "present" ? ["pr"] : [test.operator];
  const value = test.kind === "present" ? [] : [printLiteral(test.value, style)];
  return [subject, ...words.map((word) => keyword(word, style)), ...value].join(style.space);
}

function printLiteral(literal: Literal, style: Style): string {
  switch (literal.type) {
    case "string":
      return JSON.stringify(literal.value);
    case "number":
      return literal.text;
    case "boolean":
      return keyword(String(literal.value), style);
    case "null":
      return keyword("null", style);
  }
}

function keyword(word: string, { upperCase }: Style): string {
  return upperCase ? word.toUpperCase() : word;
}
