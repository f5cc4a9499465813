/** The condition under which one attribute without sub-attributes satisfies a predicate. */
import { booleanOf } from "../compat/boolean-text.ts";
import { badRequest, ScimError } from "../error.ts";
import { comparableOf } from "../resource/search-document.ts";
import type { Attribute } from "../schema/attribute.ts";
import type { Condition } from "./condition.ts";
import { not, type Predicate, type Value } from "./predicate.ts";

type Comparison = Extract<Predicate, { kind: "compare" }>;

/**
 * @param key where the search document, or the element, has the attribute
 * @throws ScimError 400 invalidFilter for a comparison that its type does not have; 403 sensitive
 */
export function attributeCondition(attribute: Attribute, key: string, predicate: Predicate): Condition {
  if (!isFilterable(attribute)) throw notFilterable(attribute);
  if (predicate.kind === "present") return { kind: "present", key };
  if (attribute.type === "boolean") return booleanCondition(attribute, key, predicate);
  if (attribute.type === "binary" && predicate.operator !== "eq") throw equalityOnly(attribute);
  return {
    kind: "compare",
    key,
    operator: predicate.operator,
    value: comparableOf(attribute, textOf(attribute, predicate.value)),
  };
}

/**
 * What is never returned cannot be found out by filters either (RFC 7644 section 7.5.2). `$ref` is made from `value`
 * for each answer and is not kept.
 */
export function isFilterable(attribute: Attribute): boolean {
  return attribute.returned !== "never" && attribute.name !== "$ref";
}

function notFilterable(attribute: Attribute): ScimError {
  const detail = `${attribute.name} cannot be used in a filter.`;
  return attribute.returned === "never"
    ? new ScimError(403, "sensitive", detail)
    : badRequest("invalidFilter", detail);
}

/**
 * What a string attribute is compared with. Providers leave identifiers that consist of digits without quotation
 * marks.
 */
export function textOf(attribute: Attribute, value: Value): string {
  if (value.type === "string") return value.value;
  if (value.type === "number") return value.text;
  throw badRequest(
    "invalidFilter",
    `${attribute.name} is compared with a string: put the value in quotation marks.`,
  );
}

/** Entra ID sends booleans as strings: `[primary eq "True"]`. */
function booleanCondition(attribute: Attribute, key: string, { operator, value }: Comparison): Condition {
  if (operator !== "eq") throw equalityOnly(attribute);
  const isTrue: Condition = { kind: "compare", key, operator, value: "true" };
  if (wantedBoolean(attribute, value)) return isTrue;
  // An element that does not say whether it is primary is not (RFC 7643 section 2.4).
  return attribute.name === "primary" ? not(isTrue) : { ...isTrue, value: "false" };
}

function wantedBoolean(attribute: Attribute, value: Value): boolean {
  const wanted = value.type === "number" ? undefined : booleanOf(value.value);
  if (wanted === undefined) {
    throw badRequest("invalidFilter", `${attribute.name} is compared with true or false.`);
  }
  return wanted;
}

function equalityOnly(attribute: Attribute): ScimError {
  return badRequest(
    "invalidFilter",
    `${attribute.name} has no order and no parts: compare it with eq or ne, or ask for it with pr.`,
  );
}
