/** Schemas and resource types as discovery answers them. What has no value is left out: clients stumble over nulls. */
import type { JsonObject } from "../json.ts";
import type { Attribute, ResourceType, Schema } from "./attribute.ts";

/** RFC 7643 section 7, without `meta`. */
export function describeSchema({ id, name, description, attributes }: Schema): JsonObject {
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
    id,
    name,
    description,
    attributes: attributes.map(describeAttribute),
  };
}

/** RFC 7643 section 6, without `meta`. No extension is required. */
export function describeResourceType(type: ResourceType): JsonObject {
  const { name, description, endpoint, schema, extensions } = type;
  const schemaExtensions = extensions.map(({ id }) => ({ schema: id, required: false }));
  return {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
    id: name,
    name,
    description,
    endpoint,
    schema: schema.id,
    ...(schemaExtensions.length > 0 && { schemaExtensions }),
  };
}

function describeAttribute(attribute: Attribute): JsonObject {
  const { name, type, subAttributes, canonicalValues, referenceTypes } = attribute;
  return {
    name,
    type,
    ...(subAttributes && { subAttributes: subAttributes.map(describeAttribute) }),
    multiValued: attribute.multiValued,
    description: attribute.description,
    required: attribute.required,
    ...(canonicalValues && { canonicalValues }),
    caseExact: attribute.caseExact,
    mutability: attribute.mutability,
    returned: attribute.returned,
    uniqueness: attribute.uniqueness,
    ...(referenceTypes && { referenceTypes }),
  };
}
