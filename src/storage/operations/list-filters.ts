/** What the management API's lists are narrowed by. Each has one text, since every text is prepared and kept. */
import { compareText } from "../conditions/compare.ts";
import { type Fragment, join, raw, sql } from "../conditions/fragment.ts";
import type { Parameter } from "../operation.ts";

/** As many as a request's filter may name. */
const valuesMax = 25;

/** The column has one of the values, of which there are 1 to 25: they are filled up, so that the text is always the same. */
export function isOneOf(column: string, values: readonly Parameter[]): Fragment {
  const last = values.at(-1);
  if (last === undefined || values.length > valuesMax) throw new RangeError("too few values, or too many");
  const filled = [...values, ...Array<Parameter>(valuesMax - values.length).fill(last)];
  const parameters = filled.map((value) => sql`${value}`);
  return sql`${raw(column)} IN (${join(parameters, ", ")})`;
}

/** One of the columns, which are folded, contains the folded text. */
export function someContains(columns: readonly string[], folded: string): Fragment {
  const terms = columns.map((column) => compareText(raw(column), "co", folded));
  return sql`(${join(terms, " OR ")})`;
}
