import { limits } from "../limits.ts";
import type { Attribute, ResourceType } from "./attribute.ts";
import { define, definePlural } from "./define.ts";
import { enterpriseUserSchema } from "./enterprise-user.ts";

const readOnly = { mutability: "readOnly" } as const;
const url = { type: "reference", referenceTypes: ["external"] } as const;

/** RFC 7643 section 4.1.1. */
const singular: readonly Attribute[] = [
  define("userName", "The name by which the identity provider knows the user.", {
    required: true,
    uniqueness: "server",
    maxLength: limits.keyMaxLength,
  }),
  define("name", "The parts of the user's name.", {
    subAttributes: [
      define("formatted", "The whole name, as it is shown."),
      define("familyName", "The family name."),
      define("givenName", "The given name."),
      define("middleName", "The middle names."),
      define("honorificPrefix", "What stands before the name, such as a title."),
      define("honorificSuffix", "What stands after the name."),
    ],
  }),
  define("displayName", "The name by which the user is shown to others."),
  define("nickName", "What the user is called in everyday life."),
  define("profileUrl", "A page about the user.", url),
  define("title", 'The user\'s title, such as "Vice President".'),
  define("userType", 'How the user relates to the organization, such as "Contractor".'),
  define("preferredLanguage", "The languages the user prefers, as in the header Accept-Language."),
  define("locale", 'The user\'s locale, such as "en-US".'),
  define("timezone", 'The user\'s time zone, such as "America/Los_Angeles".'),
  define("active", "Whether the user may use the service.", { type: "boolean" }),
  define("password", "Taken and ignored: users sign in at the identity provider.", {
    caseExact: true,
    mutability: "writeOnly",
    returned: "never",
  }),
];

/** RFC 7643 section 4.1.2. */
const plural: readonly Attribute[] = [
  definePlural("emails", "The user's email addresses.", {
    value: define("value", "The email address.", { maxLength: limits.keyMaxLength }),
    types: ["work", "home", "other"],
  }),
  definePlural("phoneNumbers", "The user's phone numbers.", {
    value: define("value", "The phone number."),
    types: ["work", "home", "mobile", "fax", "pager", "other"],
  }),
  definePlural("ims", "The user's instant messaging addresses.", {
    value: define("value", "The address."),
    types: ["aim", "gtalk", "icq", "xmpp", "msn", "skype", "qq", "yahoo"],
  }),
  definePlural("photos", "Pictures of the user.", {
    value: define("value", "The picture's URL.", url),
    types: ["photo", "thumbnail"],
  }),
  definePlural("addresses", "The user's postal addresses.", {
    value: "none",
    types: ["work", "home", "other"],
    parts: [
      define("formatted", "The whole address, as it is shown."),
      define("streetAddress", "Street, house number and what belongs to them."),
      define("locality", "The city or place."),
      define("region", "The state or region."),
      define("postalCode", "The postal code."),
      define("country", "The country, as ISO 3166-1 alpha-2 code."),
    ],
  }),
  define("groups", "The groups that the user is in. They are changed at the groups.", {
    ...readOnly,
    multiValued: true,
    subAttributes: [
      define("value", "The group's id.", { ...readOnly, caseExact: true }),
      define("$ref", "The group's URL.", { ...readOnly, type: "reference", referenceTypes: ["Group"] }),
      define("display", "The group's name.", readOnly),
      define("type", "How the user is in the group: always directly.", {
        ...readOnly,
        canonicalValues: ["direct"],
      }),
    ],
  }),
  definePlural("entitlements", "What the user is entitled to.", {
    value: define("value", "The entitlement."),
  }),
  definePlural("roles", "The user's roles.", { value: define("value", "The role.") }),
  definePlural("x509Certificates", "The user's certificates.", {
    value: define("value", "The certificate: DER in base64.", { type: "binary" }),
  }),
];

/** RFC 7643 section 4.1. */
export const userResourceType: ResourceType = {
  name: "User",
  description: "User Account",
  endpoint: "/Users",
  schema: {
    id: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    description: "A user.",
    attributes: [...singular, ...plural],
  },
  extensions: [enterpriseUserSchema],
};
