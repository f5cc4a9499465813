/**
 * From a filter's names and values to a condition, which has canonical keys and comparable strings (`condition.ts`).
 */
import { badRequest, type ScimError } from "../error.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { type AttributeTarget, findAttribute, resolvePath, searchKeyOf } from "../schema/registry.ts";
import type { AttributeExpression, FilterExpression } from "./ast.ts";
import { attributeCondition, isFilterable } from "./attribute-condition.ts";
import type { Condition } from "./condition.ts";
import { metaCondition } from "./meta-condition.ts";
import { parseFilter } from "./parser.ts";
import { and, not, nothing, type Predicate, predicateCondition } from "./predicate.ts";
import { schemasCondition } from "./schemas-condition.ts";

export interface ResolveOptions {
  /**
   * What becomes of an attribute that the type does not define. A search over several types takes it for one without a
   * value (RFC 7644 section 3.4.2.1).
   */
  readonly unknown: "refuse" | "matches nothing";
}

/** @throws ScimError 400 invalidFilter; 403 sensitive for what is never returned */
export function compileFilter(type: ResourceType, text: string, options?: ResolveOptions): Condition {
  return resolveFilter(type, parseFilter(text), options);
}

/** @throws ScimError 400 invalidFilter; 403 sensitive for what is never returned */
export function resolveFilter(
  type: ResourceType,
  expression: FilterExpression,
  { unknown }: ResolveOptions = { unknown: "refuse" },
): Condition {
  return resolveLogic(expression, (leaf) => resolveLeaf({ type, unknown }, leaf));
}

/**
 * The condition on one element of a multi-valued attribute.
 *
 * @throws ScimError 400 invalidFilter; 403 sensitive
 */
export function resolveValueFilter(
  attribute: Attribute,
  expression: FilterExpression,
  { unknown }: ResolveOptions = { unknown: "refuse" },
): Condition {
  // A value that has no sub-attributes is called `value` itself (RFC 7643 section 2.4).
  const parts = attribute.subAttributes ?? [{ ...attribute, name: "value" }];
  return resolveLogic(expression, (leaf) =>
    subCondition(parts, leaf, unknown, (part, predicate) => attributeCondition(part, part.name, predicate)),
  );
}

function resolveLogic(
  expression: FilterExpression,
  conditionOf: (leaf: AttributeExpression) => Condition,
): Condition {
  switch (expression.kind) {
    case "and":
    case "or": {
      const terms = expression.terms.map((term) => resolveLogic(term, conditionOf));
      return { kind: expression.kind, terms };
    }
    case "not":
      return not(resolveLogic(expression.term, conditionOf));
    default:
      return conditionOf(expression);
  }
}

interface Scope extends ResolveOptions {
  readonly type: ResourceType;
}

function resolveLeaf(scope: Scope, leaf: AttributeExpression): Condition {
  const path = leaf.kind === "valuePath" ? leaf.attributePath : leaf.subject.attributePath;
  const target = resolvePath(scope.type, path);
  if (target?.kind === "extension") {
    throw badRequest("invalidFilter", "The filter names a whole schema: name an attribute of it.");
  }
  if (target === undefined) return unassigned(leaf, path, scope.unknown);
  if (leaf.kind === "valuePath") return valuePathCondition(scope, target, leaf.filter);
  const { filter, subAttribute = "value" } = leaf.subject;
  return predicateCondition(leaf, (predicate) => {
    if (filter === undefined) return targetCondition(scope, target, predicate);
    const subject = { attributePath: subAttribute, filter: undefined, subAttribute: undefined };
    return valuePathCondition(scope, target, { kind: "and", terms: [filter, { ...predicate, subject }] });
  });
}

/** `emails[type eq "work"]`, and the same for the only value of an attribute such as `name`. */
function valuePathCondition(scope: Scope, target: AttributeTarget, filter: FilterExpression): Condition {
  const { attribute, sub } = target;
  if (sub !== undefined || (attribute.subAttributes === undefined && !attribute.multiValued)) {
    throw badRequest(
      "invalidFilter",
      `${(sub ?? attribute).name} has no sub-attributes: no filter in brackets can follow.`,
    );
  }
  if (attribute.multiValued) {
    return elementCondition(scope, target, resolveValueFilter(attribute, filter, scope));
  }
  const where = resolveLogic(filter, (leaf) =>
    subCondition(attribute.subAttributes ?? [], leaf, scope.unknown, (each, predicate) =>
      targetCondition(scope, { ...target, sub: each }, predicate),
    ),
  );
  return and(targetCondition(scope, target, { kind: "present" }), where);
}

/** What stands in brackets about one of the sub-attributes. */
function subCondition(
  subAttributes: readonly Attribute[],
  leaf: AttributeExpression,
  unknown: ResolveOptions["unknown"],
  conditionOf: (sub: Attribute, predicate: Predicate) => Condition,
): Condition {
  if (leaf.kind === "valuePath" || leaf.subject.filter !== undefined) {
    throw badRequest("invalidFilter", "A filter in brackets contains no other one in brackets.");
  }
  const path = leaf.subject.attributePath;
  const sub = findAttribute(subAttributes, path);
  if (sub === undefined) return unassigned(leaf, path, unknown);
  return predicateCondition(leaf, (predicate) => conditionOf(sub, predicate));
}

function targetCondition(scope: Scope, target: AttributeTarget, predicate: Predicate): Condition {
  const { attribute } = target;
  if (attribute.name === "meta") return metaCondition(scope.type, target.sub, predicate);
  if (!attribute.multiValued) {
    return partCondition(target, predicate, (part) =>
      searchKeyOf({ ...target, sub: part === attribute ? undefined : part }),
    );
  }
  const where = partCondition(target, predicate, (part) => (part === attribute ? "value" : part.name));
  return elementCondition(scope, target, where);
}

/**
 * On the sub-attribute that is named, or else on the whole. A complex attribute is present when any part of it is, and
 * is compared by its `value`: Ping sends `emails eq`, Entra ID `manager eq` and `members eq`.
 *
 * @param keyOf the key of a sub-attribute, or of the attribute itself when it has none
 */
function partCondition(
  { attribute, sub }: AttributeTarget,
  predicate: Predicate,
  keyOf: (part: Attribute) => string,
): Condition {
  const part = sub ?? (attribute.subAttributes === undefined ? attribute : undefined);
  if (part !== undefined) return attributeCondition(part, keyOf(part), predicate);
  const parts = attribute.subAttributes ?? [];
  if (predicate.kind === "present") {
    const present = parts
      .filter(isFilterable)
      .map((each) => attributeCondition(each, keyOf(each), predicate));
    return { kind: "or", terms: present };
  }
  const value = findAttribute(parts, "value");
  if (value !== undefined) return attributeCondition(value, keyOf(value), predicate);
  throw badRequest("invalidFilter", `${attribute.name} has no value of its own: name a sub-attribute.`);
}

function elementCondition(scope: Scope, target: AttributeTarget, where: Condition): Condition {
  if (target.attribute.name === "schemas") return schemasCondition(scope.type, where);
  return { kind: "element", list: searchKeyOf(target), where };
}

function unassigned(leaf: AttributeExpression, path: string, unknown: ResolveOptions["unknown"]): Condition {
  if (unknown === "refuse") throw unknownAttribute(path);
  return leaf.kind === "valuePath" ? nothing : predicateCondition(leaf, () => nothing);
}

/** Names longer than any attribute's are not repeated. */
function unknownAttribute(path: string): ScimError {
  const name = path.length > 64 ? "an attribute" : path;
  return badRequest("invalidFilter", `The filter names ${name}, which the schemas do not define.`);
}
