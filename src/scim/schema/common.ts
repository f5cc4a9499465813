import { limits } from "../limits.ts";
import type { Attribute } from "./attribute.ts";
import { define } from "./define.ts";

const readOnly = { mutability: "readOnly" } as const;

/** What every resource has (RFC 7643 sections 3 and 3.1). No schema lists them. */
export const commonAttributes: readonly Attribute[] = [
  define("schemas", "The URNs of the schemas whose attributes the resource has.", {
    ...readOnly,
    multiValued: true,
    required: true,
    caseExact: true,
    returned: "always",
  }),
  define("id", "The resource's identifier, made by the service and never changed.", {
    ...readOnly,
    required: true,
    caseExact: true,
    returned: "always",
    uniqueness: "server",
  }),
  define("externalId", "The resource's identifier at the identity provider.", {
    caseExact: true,
    uniqueness: "server",
    maxLength: limits.exactKeyMaxLength,
  }),
  define("meta", "What the service knows about the resource.", {
    ...readOnly,
    subAttributes: [
      define("resourceType", "The resource type's name.", { ...readOnly, caseExact: true }),
      define("created", "When the resource was made.", { ...readOnly, type: "dateTime" }),
      define("lastModified", "When the resource was last changed.", { ...readOnly, type: "dateTime" }),
      define("location", "The resource's URL.", {
        ...readOnly,
        type: "reference",
        referenceTypes: ["uri"],
      }),
      define("version", "The resource's ETag.", { ...readOnly, caseExact: true }),
    ],
  }),
];
