/** The forms of SCIM messages (RFC 7644 sections 3.1 and 8.1). */
import type { BodyPieces, HttpResponse } from "../base/http.ts";

export const scimMediaType = "application/scim+json";
const jsonMediaType = "application/json";

export const messages = {
  error: "urn:ietf:params:scim:api:messages:2.0:Error",
  listResponse: "urn:ietf:params:scim:api:messages:2.0:ListResponse",
  searchRequest: "urn:ietf:params:scim:api:messages:2.0:SearchRequest",
  bulkRequest: "urn:ietf:params:scim:api:messages:2.0:BulkRequest",
  bulkResponse: "urn:ietf:params:scim:api:messages:2.0:BulkResponse",
} as const;

/** A body may say that it is JSON, SCIM's or any, or say nothing. */
export function isJsonMediaType(contentType: string | undefined): boolean {
  if (contentType === undefined || contentType.trim() === "") return true;
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase();
  return type === scimMediaType || type === jsonMediaType;
}

export function answer(
  status: number,
  body: string | BodyPieces,
  headers: HttpResponse["headers"] = {},
): HttpResponse {
  return { status, headers: { ...headers, "content-type": scimMediaType }, body };
}

export function answerNothing(status: 204 | 304, headers: HttpResponse["headers"] = {}): HttpResponse {
  return { status, headers };
}
