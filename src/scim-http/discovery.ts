/** What the server can do (RFC 7644 section 4), from the registry that does it. */
import type { HttpResponse } from "../base/http.ts";
import type { JsonObject } from "../scim/json.ts";
import { limits } from "../scim/limits.ts";
import type { ResourceType, Schema } from "../scim/schema/attribute.ts";
import { describeResourceType, describeSchema } from "../scim/schema/describe.ts";
import { resourceTypes } from "../scim/schema/registry.ts";
import { HttpError, notFound } from "./errors.ts";
import { answer, messages } from "./media.ts";

/** What discovery answers from: no directory, and no token is needed. */
export interface DiscoveryRequest {
  readonly base: string;
  readonly query: URLSearchParams;
  readonly bodyMaxBytes: number;
}

const types: readonly ResourceType[] = Object.values(resourceTypes);
const schemas: readonly Schema[] = [
  ...new Set(types.flatMap(({ schema, extensions }) => [schema, ...extensions])),
];

/** RFC 7643 section 5, with RFC 9865 section 4's pagination. A query is ignored (RFC 7644 section 4). */
export function describeServer({ base, bodyMaxBytes }: DiscoveryRequest): HttpResponse {
  return answerJson({
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    patch: { supported: true },
    bulk: {
      supported: true,
      maxOperations: limits.bulkOperationsMax,
      maxPayloadSize: bodyMaxBytes,
    },
    filter: { supported: true, maxResults: limits.pageSizeMax },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: "index",
      defaultPageSize: limits.pageSizeDefault,
      maxPageSize: limits.pageSizeMax,
      cursorTimeout: limits.cursorTimeoutSeconds,
    },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "OAuth Bearer Token",
        description: "The token of the SCIM configuration, in the header Authorization: Bearer <token>",
        specUri: "https://www.rfc-editor.org/rfc/rfc6750",
        primary: true,
      },
    ],
    meta: {
      resourceType: "ServiceProviderConfig",
      location: `${base}/ServiceProviderConfig`,
    },
  });
}

export function listResourceTypes(request: DiscoveryRequest): HttpResponse {
  return answerAll(
    request,
    types.map((type) => describeType(request.base, type)),
  );
}

/** @throws ScimError 404 */
export function getResourceType({ base }: DiscoveryRequest, name: string): HttpResponse {
  const type = types.find((candidate) => candidate.name === name);
  if (type === undefined) throw notFound();
  return answerJson(describeType(base, type));
}

export function listSchemas(request: DiscoveryRequest): HttpResponse {
  return answerAll(
    request,
    schemas.map((schema) => describe(request.base, schema)),
  );
}

/** URNs are compared without regard to case (RFC 8141). @throws ScimError 404 */
export function getSchema({ base }: DiscoveryRequest, urn: string): HttpResponse {
  const schema = schemas.find(({ id }) => id.toLowerCase() === urn.toLowerCase());
  if (schema === undefined) throw notFound();
  return answerJson(describe(base, schema));
}

function describeType(base: string, type: ResourceType): JsonObject {
  const location = `${base}/ResourceTypes/${type.name}`;
  return { ...describeResourceType(type), meta: { resourceType: "ResourceType", location } };
}

function describe(base: string, schema: Schema): JsonObject {
  const location = `${base}/Schemas/${schema.id}`;
  return { ...describeSchema(schema), meta: { resourceType: "Schema", location } };
}

/** RFC 7644 section 4: a filter here is forbidden; paging and sorting are ignored. */
function answerAll({ query }: DiscoveryRequest, resources: readonly JsonObject[]): HttpResponse {
  if (query.has("filter")) throw new HttpError(403, "this endpoint takes no filter");
  return answerJson({
    schemas: [messages.listResponse],
    totalResults: resources.length,
    itemsPerPage: resources.length,
    startIndex: 1,
    Resources: resources,
  });
}

function answerJson(body: JsonObject): HttpResponse {
  return answer(200, JSON.stringify(body));
}
