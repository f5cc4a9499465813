import type { Schema } from "./attribute.ts";
import { define } from "./define.ts";

/** RFC 7643 section 4.3. */
export const enterpriseUserSchema: Schema = {
  id: "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
  name: "EnterpriseUser",
  description: "What an organization knows of a person who works there.",
  attributes: [
    define("employeeNumber", "The number or text by which the organization knows the person."),
    define("costCenter", "The cost center."),
    define("organization", "The organization's name."),
    define("division", "The division's name."),
    define("department", "The department's name."),
    define("manager", "The person's manager.", {
      subAttributes: [
        // An id, which is case exact (RFC 7643 section 3.1).
        define("value", "The id of the user who is the manager.", { caseExact: true }),
        define("$ref", "The URL of the user who is the manager.", {
          type: "reference",
          referenceTypes: ["User"],
        }),
        define("displayName", "The manager's name.", { mutability: "readOnly" }),
      ],
    }),
  ],
};
