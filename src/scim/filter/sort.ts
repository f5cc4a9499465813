/** What a list is sorted by (RFC 7644 section 3.4.2.3). */
import { badRequest, ScimError } from "../error.ts";
import type { Attribute, ResourceType } from "../schema/attribute.ts";
import { type AttributeTarget, findAttribute, resolvePath, searchKeyOf } from "../schema/registry.ts";
import { isFilterable } from "./attribute-condition.ts";
import type { Sort, SortKey } from "./condition.ts";
import { timeKeyOf } from "./meta-condition.ts";

/**
 * @param sortOrder ascending when undefined
 * @throws ScimError 400 invalidPath for what no schema of the type defines; 400 invalidValue for what has no order, and for
 *   another sortOrder; 403 sensitive for what is never returned
 */
export function resolveSort(type: ResourceType, sortBy: string, sortOrder: string | undefined): Sort {
  const target = resolvePath(type, sortBy);
  if (target?.kind !== "attribute") {
    throw badRequest("invalidPath", `sortBy names no attribute of the resource type ${type.name}.`);
  }
  return { by: sortKeyOf(target), descending: isDescending(sortOrder) };
}

function isDescending(sortOrder: string | undefined): boolean {
  const order = sortOrder?.toLowerCase() ?? "ascending";
  if (order !== "ascending" && order !== "descending") {
    throw badRequest("invalidValue", "sortOrder is ascending or descending.");
  }
  return order === "descending";
}

function sortKeyOf(target: AttributeTarget): SortKey {
  const { attribute, sub } = target;
  const timeKey = attribute.name === "meta" ? timeKeyOf(sub) : undefined;
  if (timeKey !== undefined) return { kind: "time", key: timeKey };
  const part = sub ?? defaultPartOf(attribute);
  if (part === undefined || unsortable.has(attribute.name)) throw cannotSortBy(target);
  if (part.returned === "never") {
    throw new ScimError(403, "sensitive", `${part.name} cannot be used to sort.`);
  }
  if (!isFilterable(part)) throw cannotSortBy(target);
  if (attribute.multiValued) return { kind: "element", list: searchKeyOf(target), key: part.name };
  return { kind: "key", key: searchKeyOf({ ...target, sub: part === attribute ? undefined : part }) };
}

/** What the search document lacks and storage has no single value of. */
const unsortable: ReadonlySet<string> = new Set(["schemas", "meta", "members", "groups"]);

/** By what an attribute is sorted when no sub-attribute is named: a complex one by its `value`. */
function defaultPartOf(attribute: Attribute): Attribute | undefined {
  if (attribute.subAttributes === undefined) return attribute;
  return findAttribute(attribute.subAttributes, "value");
}

function cannotSortBy({ attribute, sub }: AttributeTarget): ScimError {
  const path = sub === undefined ? attribute.name : `${attribute.name}.${sub.name}`;
  return badRequest("invalidValue", `sortBy: resources cannot be sorted by ${path}.`);
}
