/**
 * What a filter says of the elements that it selects, so that one can be made where there is none. RFC 7644 section
 * 3.5.2.3 answers a replace that selects nothing with noTarget; Entra ID and others expect the element to be made
 * (SCIM-SDK#416, scim-patch#42, sourcegraph#49200). Both are served: it is made only when the filter says all of what it is.
 */
import type { FilterExpression } from "../filter/ast.ts";
import type { JsonPrimitive } from "../json.ts";
import { parsePrimitive } from "../resource/parse-primitive.ts";
import type { Attribute } from "../schema/attribute.ts";
import { findAttribute } from "../schema/registry.ts";

export interface Description {
  /** What its equalities say. */
  readonly values: ReadonlyMap<Attribute, JsonPrimitive>;
  /** Whether they are all that the filter asks for, and tell the element from others by a type or as the primary one. */
  readonly isWhole: boolean;
}

/** @param path what errors call the attribute */
export function describeSelected(attribute: Attribute, filter: FilterExpression, path: string): Description {
  const terms = conjunctionOf(filter);
  const equalities = terms
    .map((term) => equalityOf(attribute, term, path))
    .filter((each) => each !== undefined);
  const isWhole = equalities.length === terms.length && equalities.some(tellsApart);
  return { values: new Map(equalities), isWhole: isWhole && equalities.every(isKnown) };
}

/** The parser bounds how deep filters are nested. */
function conjunctionOf(filter: FilterExpression): readonly FilterExpression[] {
  return filter.kind === "and" ? filter.terms.flatMap(conjunctionOf) : [filter];
}

type Equality = readonly [sub: Attribute, value: JsonPrimitive];

function equalityOf(attribute: Attribute, term: FilterExpression, path: string): Equality | undefined {
  if (term.kind !== "compare" || term.operator !== "eq" || term.value.type === "null") return undefined;
  const sub = findAttribute(attribute.subAttributes ?? [], term.subject.attributePath);
  if (sub === undefined || sub.mutability === "readOnly") return undefined;
  const sent = term.value.type === "number" ? term.value.text : term.value.value;
  return [sub, inSchemaCase(sub, parsePrimitive(sub, sent, `${path}.${sub.name}`))];
}

/** Filters have no case here; what is made of one is written as the schema has it. */
function inSchemaCase({ canonicalValues = [] }: Attribute, value: JsonPrimitive): JsonPrimitive {
  const folded = typeof value === "string" ? value.toLowerCase() : undefined;
  return canonicalValues.find((each) => each.toLowerCase() === folded) ?? value;
}

function tellsApart([sub, value]: Equality): boolean {
  return sub.name === "type" || (sub.name === "primary" && value === true);
}

/** `emails[type eq "nonexistent"]` has no target (scim2/test-suite). Where the schema lists no types, any is known. */
function isKnown([{ canonicalValues }, value]: Equality): boolean {
  return canonicalValues === undefined || canonicalValues.some((each) => each === value);
}
