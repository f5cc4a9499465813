/** A filter as it is written (RFC 7644 section 3.4.2.2), before its names are looked up. */
import type { Operator } from "./condition.ts";

export type FilterExpression =
  /** Of at least two terms. */
  | { readonly kind: "and" | "or"; readonly terms: readonly FilterExpression[] }
  | { readonly kind: "not"; readonly term: FilterExpression }
  | AttributeExpression;

/** What says something about one attribute. */
export type AttributeExpression = ValuePathExpression | TestExpression;

/** `emails[type eq "work"]`: some element satisfies the filter, in which there is no other value path. */
export interface ValuePathExpression {
  readonly kind: "valuePath";
  readonly attributePath: string;
  readonly filter: FilterExpression;
}

export type TestExpression =
  | { readonly kind: "present"; readonly subject: PathExpression }
  | {
      readonly kind: "compare";
      readonly subject: PathExpression;
      readonly operator: Operator | "ne";
      readonly value: Literal;
    };

/**
 * `attrPath`, `attrPath[valFilter]` or `attrPath[valFilter].sub`: the path of a PATCH operation (RFC 7644 section
 * 3.5.2), and what a test is about. Without a filter the sub-attribute is part of `attributePath`.
 */
export interface PathExpression {
  /** As it is written: `[urn:]name[.sub]`. */
  readonly attributePath: string;
  readonly filter: FilterExpression | undefined;
  readonly subAttribute: string | undefined;
}

export type Literal =
  | { readonly type: "string"; readonly value: string }
  /** As it is written, since an identifier of digits must not lose any of them. */
  | { readonly type: "number"; readonly text: string }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "null" };
