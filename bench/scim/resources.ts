/** The resources that the benchmark provisions: what a directory of people looks like, 700 bytes a user as it is stored. */
import type { JsonObject } from "../../src/scim/json.ts";

const core = "urn:ietf:params:scim:schemas:core:2.0:User";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const groupSchema = "urn:ietf:params:scim:schemas:core:2.0:Group";
const patchSchema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const bulkSchema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

const givenNames = ["Ada", "Barbara", "Claude", "Dorothy", "Edsger", "Frances", "Grace", "Hedy"] as const;
const familyNames = ["Allen", "Bartik", "Conway", "Dijkstra", "Engelbart", "Floyd", "Goldwasser"] as const;
const titles = ["Software Engineer", "Account Executive", "Site Reliability Engineer"] as const;
const departments = ["Platform Engineering", "Customer Success", "Information Security"] as const;

export function userNameOf(number: number | string): string {
  return `directory.user.${number}@example.com`;
}

/**
 * The enterprise user of RFC 7643 section 8.3, with one email.
 *
 * @param name makes all that is unique; `number` chooses the rest
 */
export function userBody(number: number, name: string = String(number)): JsonObject {
  const givenName = pick(givenNames, number);
  const familyName = pick(familyNames, number);
  const userName = userNameOf(name);
  return {
    schemas: [core, enterprise],
    externalId: `00u-directory-${name}`,
    userName,
    name: { formatted: `${givenName} ${familyName}`, familyName, givenName },
    displayName: `${givenName} ${familyName}`,
    title: pick(titles, number),
    preferredLanguage: "en-US",
    timezone: "Europe/Berlin",
    active: true,
    emails: [{ value: userName, type: "work", primary: true }],
    [enterprise]: {
      employeeNumber: `701${name}`,
      costCenter: "4130",
      organization: "Example Incorporated",
      division: "Research and Development",
      department: pick(departments, number),
    },
  };
}

export function groupBody(displayName: string): JsonObject {
  return { schemas: [groupSchema], displayName };
}

/** Adds or removes one member, as Entra ID and Okta write it. */
export function memberPatchBody(operation: "add" | "remove", userId: string): JsonObject {
  const one =
    operation === "add"
      ? { op: "add", path: "members", value: [{ value: userId }] }
      : { op: "remove", path: `members[value eq "${userId}"]` };
  return { schemas: [patchSchema], Operations: [one] };
}

/** Creates so many users. @param name as for `userBody`, of the first; each further one's has its place added */
export function bulkBody(operations: number, name: string): JsonObject {
  return {
    schemas: [bulkSchema],
    Operations: Array.from({ length: operations }, (_, place) => ({
      method: "POST",
      path: "/Users",
      bulkId: `user-${place}`,
      data: userBody(place, `${name}-${place}`),
    })),
  };
}

function pick<T>(items: readonly [T, ...T[]], number: number): T {
  return items[number % items.length] ?? items[0];
}
