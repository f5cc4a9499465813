/**
 * A filter resolved against a resource type: names are canonical, values have the form in which they are compared, and
 * nothing is left to look up. The evaluator runs it in memory and the engines compile it to SQL; both must select the same.
 *
 * It speaks of search documents (`resource/search-document.ts`): flat objects of comparable strings.
 */

/** `ne` is resolved to the negation of `eq`: it is true where the attribute has no value. */
export type Operator = "eq" | "co" | "sw" | "ew" | "gt" | "ge" | "lt" | "le";
export type OrderingOperator = "eq" | "gt" | "ge" | "lt" | "le";

/** The two times of `meta`, compared as milliseconds. Storage has them in columns. */
export type TimeKey = "meta.created" | "meta.lastModified";

export type Condition =
  | { readonly kind: "constant"; readonly value: boolean }
  /** Of at least one term. */
  | { readonly kind: "and" | "or"; readonly terms: readonly Condition[] }
  | { readonly kind: "not"; readonly term: Condition }
  /**
   * `key` is a key of the search document, or within `element` of the element. Strings are compared by code point.
   * An absent key matches nothing.
   */
  | { readonly kind: "compare"; readonly key: string; readonly operator: Operator; readonly value: string }
  | {
      readonly kind: "time";
      readonly key: TimeKey;
      readonly operator: OrderingOperator;
      readonly valueMs: number;
    }
  /** The key is there. */
  | { readonly kind: "present"; readonly key: string }
  /** Some element of the list satisfies `where`, which has no `element` and no `time` in it. */
  | { readonly kind: "element"; readonly list: string; readonly where: Condition };

/** By what a list is sorted. Resources without the key come last, in descending order first (RFC 7644 section 3.4.2.3). */
export type SortKey =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "time"; readonly key: TimeKey }
  /** The sub-attribute of the primary element, or else of the first. */
  | { readonly kind: "element"; readonly list: string; readonly key: string };

export interface Sort {
  readonly by: SortKey;
  readonly descending: boolean;
}
