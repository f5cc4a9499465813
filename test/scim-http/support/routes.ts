/** Every route of the resources, with a request for it that is well-formed. */
import type { ScimRequest } from "./client.ts";
import { patchOp } from "./client.ts";
import { group, minimalUser, nobodys } from "./resources.ts";

export interface Route extends ScimRequest {
  readonly method: string;
  readonly path: string;
}

const rename = {
  schemas: [patchOp],
  Operations: [{ op: "replace", path: "displayName", value: "Renamed" }],
};
const search = {
  schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
  filter: 'userName eq "x"',
};
const bulk = {
  schemas: ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
  Operations: [{ method: "DELETE", path: `/Users/${nobodys}` }],
};

export const resourceRoutes: readonly Route[] = [
  { method: "GET", path: "/Users" },
  { method: "POST", path: "/Users", body: minimalUser("nobody@example.com") },
  { method: "POST", path: "/Users/.search", body: search },
  { method: "GET", path: `/Users/${nobodys}` },
  { method: "PUT", path: `/Users/${nobodys}`, body: minimalUser("nobody@example.com") },
  { method: "PATCH", path: `/Users/${nobodys}`, body: rename },
  { method: "DELETE", path: `/Users/${nobodys}` },
  { method: "GET", path: "/Groups" },
  { method: "POST", path: "/Groups", body: group("Nobody") },
  { method: "POST", path: "/Groups/.search", body: { ...search, filter: 'displayName eq "x"' } },
  { method: "GET", path: `/Groups/${nobodys}` },
  { method: "PUT", path: `/Groups/${nobodys}`, body: group("Nobody") },
  { method: "PATCH", path: `/Groups/${nobodys}`, body: rename },
  { method: "DELETE", path: `/Groups/${nobodys}` },
  { method: "POST", path: "/.search", body: { ...search, filter: "id pr" } },
  { method: "POST", path: "/Bulk", body: bulk },
  { method: "GET", path: "/Me" },
];

export const discoveryPaths: readonly string[] = [
  "/ServiceProviderConfig",
  "/ResourceTypes",
  "/ResourceTypes/User",
  "/ResourceTypes/Group",
  "/Schemas",
  "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
  "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Group",
  "/Schemas/urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
];
