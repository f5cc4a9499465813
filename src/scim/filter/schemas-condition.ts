import type { Attribute, ResourceType, Schema } from "../schema/attribute.ts";
import { searchKeyOf } from "../schema/registry.ts";
import type { Condition } from "./condition.ts";
import { evaluateElement } from "./evaluate.ts";
import { everything, nothing } from "./predicate.ts";

/**
 * The condition that some element of `schemas` satisfies `where`. No resource has its `schemas` in the search document, as
 * they follow from what is there: the core schema's URN always is one, an extension's when an attribute of it has a value.
 */
export function schemasCondition({ schema, extensions }: ResourceType, where: Condition): Condition {
  const satisfies = ({ id }: Schema) => evaluateElement(where, { value: id });
  if (satisfies(schema)) return everything;
  const terms = extensions.filter(satisfies).flatMap(presenceOf);
  return terms.length === 0 ? nothing : { kind: "or", terms };
}

function presenceOf(extension: Schema): readonly Condition[] {
  return extension.attributes.flatMap((attribute): readonly Condition[] => {
    const keyOf = (sub: Attribute | undefined) =>
      searchKeyOf({ kind: "attribute", extension, attribute, sub });
    if (attribute.multiValued) return [{ kind: "element", list: keyOf(undefined), where: everything }];
    const parts = attribute.subAttributes ?? [undefined];
    return parts.map((part) => ({ kind: "present", key: keyOf(part) }));
  });
}
