import type { Attribute, ResourceType, Schema } from "../schema/attribute.ts";
import { commonAttributes } from "../schema/common.ts";
import { membersAttribute } from "../schema/group.ts";

/** The attributes of one schema that a resource's document keeps, in schema order. */
export interface Section {
  /** Undefined for the core schema, with the common attributes before it. Else its URN is the key of its values. */
  readonly extension: Schema | undefined;
  readonly attributes: readonly Attribute[];
}

const sections = new WeakMap<ResourceType, readonly Section[]>();

/** The core schema's, then each extension's. */
export function sectionsOf(type: ResourceType): readonly Section[] {
  const known = sections.get(type);
  if (known !== undefined) return known;
  const made = [
    { extension: undefined, attributes: [...commonAttributes, ...type.schema.attributes].filter(isStored) },
    ...type.extensions.map((extension) => ({ extension, attributes: extension.attributes.filter(isStored) })),
  ];
  sections.set(type, made);
  return made;
}

/** Whether the document keeps it: not what the service itself knows, nor passwords, nor members, who have rows of their own. */
export function isStored(attribute: Attribute): boolean {
  const isWritten = attribute.mutability !== "readOnly" && attribute.mutability !== "writeOnly";
  return isWritten && attribute !== membersAttribute;
}
