/**
 * Conditions on `meta`, which is not in the search document: times are columns, the resource type is known
 * beforehand.
 */
import { badRequest, type ScimError } from "../error.ts";
import { comparableOf } from "../resource/search-document.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { textOf } from "./attribute-condition.ts";
import { holdsForText } from "./compare-text.ts";
import type { Condition, OrderingOperator, TimeKey } from "./condition.ts";
import { parseDateTime } from "./date-time.ts";
import { everything, type Predicate } from "./predicate.ts";

type Comparison = Extract<Predicate, { kind: "compare" }>;

/** @throws ScimError 400 invalidFilter for what cannot be filtered by, and for what is no time */
export function metaCondition(
  type: ResourceType,
  sub: Attribute | undefined,
  predicate: Predicate,
): Condition {
  if (sub?.name === "location" || sub?.name === "version") throw notFilterable(sub);
  if (predicate.kind === "present") return everything;
  const timeKey = timeKeyOf(sub);
  if (sub !== undefined && timeKey !== undefined) return timeCondition(timeKey, predicate);
  if (sub?.name === "resourceType") return resourceTypeCondition(type, sub, predicate);
  throw badRequest("invalidFilter", "meta has no value: name its created, lastModified or resourceType.");
}

export function timeKeyOf(metaAttribute: Attribute | undefined): TimeKey | undefined {
  switch (metaAttribute?.name) {
    case "created":
      return "meta.created";
    case "lastModified":
      return "meta.lastModified";
    default:
      return undefined;
  }
}

function timeCondition(key: TimeKey, { operator, value }: Comparison): Condition {
  if (!isOrdering(operator)) {
    throw badRequest("invalidFilter", `${key} is a time: compare it with eq, ne, gt, ge, lt or le.`);
  }
  const valueMs = value.type === "string" ? parseDateTime(value.value) : undefined;
  if (valueMs === undefined) {
    throw badRequest("invalidFilter", `${key} is compared with a time such as "2011-05-13T04:42:34Z".`);
  }
  return { kind: "time", key, operator, valueMs };
}

function isOrdering(operator: Comparison["operator"]): operator is OrderingOperator {
  return operator !== "co" && operator !== "sw" && operator !== "ew";
}

function resourceTypeCondition(type: ResourceType, sub: Attribute, predicate: Comparison): Condition {
  const expected = comparableOf(sub, textOf(sub, predicate.value));
  return {
    kind: "constant",
    value: holdsForText(predicate.operator, comparableOf(sub, type.name), expected),
  };
}

function notFilterable(sub: Attribute): ScimError {
  return badRequest("invalidFilter", `meta.${sub.name} cannot be used in a filter.`);
}
