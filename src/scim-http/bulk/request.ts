/** The bulk message (RFC 7644 section 3.7), read operation by operation: one that is malformed fails alone. */
import { badRequest, ScimError } from "../../scim/error.ts";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../scim/json.ts";
import { limits } from "../../scim/limits.ts";
import type { ResourceTypeName } from "../../scim/schema/attribute.ts";
import { HttpError } from "../errors.ts";
import { requireSchema } from "../list-query.ts";
import { messages } from "../media.ts";

export const bulkMethods = ["POST", "PUT", "PATCH", "DELETE"] as const;
export type BulkMethod = (typeof bulkMethods)[number];

export interface BulkOperation {
  readonly method: BulkMethod;
  readonly bulkId: string | undefined;
  readonly type: ResourceTypeName;
  /** Undefined for POST. May be `bulkId:…` of a resource that the same message creates. */
  readonly id: string | undefined;
  /** As If-Match. */
  readonly version: string | undefined;
  readonly data: JsonObject | undefined;
}

/** What is told of an operation that could not be read, as far as it could. */
export interface MalformedOperation {
  readonly method: string | undefined;
  readonly bulkId: string | undefined;
  readonly error: ScimError;
}

export type ReadOperation =
  | { readonly ok: true; readonly operation: BulkOperation }
  | { readonly ok: false; readonly malformed: MalformedOperation };

export interface BulkRequest {
  /** Stops when so many operations have failed; undefined: never. */
  readonly failOnErrors: number | undefined;
  readonly operations: readonly ReadOperation[];
}

/** @throws ScimError 400; 413 for too many operations */
export function readBulkRequest(body: JsonObject): BulkRequest {
  const members = byLowerCase(body);
  requireSchema(members.get("schemas"), messages.bulkRequest);
  const operations = members.get("operations");
  if (!isJsonArray(operations)) throw badRequest("invalidSyntax", "Operations: must be an array");
  if (operations.length > limits.bulkOperationsMax) {
    throw new HttpError(413, `Operations: at most ${limits.bulkOperationsMax} in one request`);
  }
  return { failOnErrors: failOnErrorsOf(members.get("failonerrors")), operations: operations.map(read) };
}

function failOnErrorsOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null || value === 0) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value > 0) return value;
  throw badRequest("invalidValue", "failOnErrors: must be a whole number");
}

function read(value: JsonValue): ReadOperation {
  const members = isJsonObject(value) ? byLowerCase(value) : new Map<string, JsonValue>();
  const method = textOf(members.get("method"));
  const bulkId = textOf(members.get("bulkid"));
  try {
    return { ok: true, operation: readMembers(members, method, bulkId) };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const known = knownMethod(method);
    return { ok: false, malformed: { method: known, bulkId, error } };
  }
}

function readMembers(
  members: ReadonlyMap<string, JsonValue>,
  methodText: string | undefined,
  bulkId: string | undefined,
): BulkOperation {
  const method = knownMethod(methodText);
  if (method === undefined) throw badRequest("invalidSyntax", "method: must be POST, PUT, PATCH or DELETE");
  const { type, id } = readPath(textOf(members.get("path")));
  if (method === "POST" && id !== undefined) {
    throw badRequest("invalidPath", "path: POST is made to /Users or /Groups");
  }
  if (method !== "POST" && id === undefined) {
    throw badRequest("invalidPath", "path: must name a resource, as in /Users/{id}");
  }
  if (method === "POST" && bulkId === undefined) {
    throw badRequest("invalidSyntax", "bulkId: is required with POST");
  }
  const data = members.get("data");
  if (method !== "DELETE" && !isJsonObject(data)) {
    throw badRequest("invalidSyntax", "data: must be a JSON object");
  }
  return {
    method,
    bulkId,
    type,
    id,
    version: textOf(members.get("version")),
    data: isJsonObject(data) ? data : undefined,
  };
}

function readPath(path: string | undefined): { type: ResourceTypeName; id: string | undefined } {
  const match = /^\/?(Users|Groups)(?:\/([^/?#]+))?\/?$/.exec(path ?? "");
  if (match === null) {
    throw badRequest("invalidPath", "path: must be /Users, /Groups, or a resource below one of them");
  }
  return { type: match[1] === "Users" ? "User" : "Group", id: match[2] };
}

function knownMethod(text: string | undefined): BulkMethod | undefined {
  const upper = text?.toUpperCase();
  return bulkMethods.find((method) => method === upper);
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function byLowerCase(object: JsonObject): ReadonlyMap<string, JsonValue> {
  return new Map(Object.entries(object).map(([name, value]) => [name.toLowerCase(), value]));
}
