import { limits } from "../limits.ts";
import type { Attribute, ResourceType } from "./attribute.ts";
import { define } from "./define.ts";

const immutable = { mutability: "immutable" } as const;

export const membersAttribute: Attribute = define("members", "The users who are in the group.", {
  multiValued: true,
  subAttributes: [
    define("value", "The user's id.", { ...immutable, required: true, caseExact: true }),
    define("$ref", "The user's URL.", { ...immutable, type: "reference", referenceTypes: ["User"] }),
    define("type", "What the member is: always a user.", { ...immutable, canonicalValues: ["User"] }),
    define("display", "The user's name.", { mutability: "readOnly" }),
  ],
});

/**
 * RFC 7643 section 4.2. The displayName is required and unique: Entra ID matches groups by it. Members are users only:
 * nested groups are not supported.
 */
export const groupResourceType: ResourceType = {
  name: "Group",
  description: "Group",
  endpoint: "/Groups",
  schema: {
    id: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    description: "A group of users.",
    attributes: [
      define("displayName", "The group's name.", {
        required: true,
        uniqueness: "server",
        maxLength: limits.keyMaxLength,
      }),
      membersAttribute,
    ],
  },
  extensions: [],
};
