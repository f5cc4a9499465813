/** SQL that is put together from pieces, each with its parameters, so that the two never get out of step. */
import type { Parameter } from "../operation.ts";

export interface Fragment {
  readonly sql: string;
  /** What the question marks stand for, in order. */
  readonly parameters: readonly Parameter[];
}

/** A template of SQL: an interpolated fragment becomes part of the text, any other value a parameter. */
export function sql(texts: TemplateStringsArray, ...values: readonly (Fragment | Parameter)[]): Fragment {
  const fragments = values.map((value) => (isFragment(value) ? value : { sql: "?", parameters: [value] }));
  return {
    sql: texts.map((text, at) => text + (fragments[at]?.sql ?? "")).join(""),
    parameters: fragments.flatMap(({ parameters }) => parameters),
  };
}

/** Text of ours: the name of a column, never a value. */
export function raw(text: string): Fragment {
  return { sql: text, parameters: [] };
}

export function join(fragments: readonly Fragment[], separator: string): Fragment {
  return {
    sql: fragments.map((fragment) => fragment.sql).join(separator),
    parameters: fragments.flatMap(({ parameters }) => parameters),
  };
}

function isFragment(value: Fragment | Parameter): value is Fragment {
  return typeof value === "object" && value !== null && "sql" in value;
}
