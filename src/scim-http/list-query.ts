/** The parameters of lists, from a query (RFC 7644 section 3.4.2) or from a search message (section 3.4.3). */
import type { ListRequest } from "../domain/directory/lists.ts";
import { badRequest } from "../scim/error.ts";
import { isJsonArray, type JsonObject, type JsonValue } from "../scim/json.ts";
import { limits } from "../scim/limits.ts";
import { messages } from "./media.ts";

/** What is asked of a list, besides which types it is of. */
export interface ListQuery extends Omit<ListRequest, "types"> {
  readonly attributes: string | undefined;
  readonly excludedAttributes: string | undefined;
}

/** One parameter as text: undefined when it was not given. */
type Parameters = (name: string) => string | undefined;

export function fromQuery(query: URLSearchParams): ListQuery {
  return parse((name) => query.get(name) ?? undefined);
}

/** @throws ScimError 400 for another message, or a parameter of a wrong type */
export function fromSearchRequest(body: JsonObject): ListQuery {
  const members = new Map(Object.entries(body).map(([name, value]) => [name.toLowerCase(), value]));
  requireSchema(members.get("schemas"), messages.searchRequest);
  return parse((name) => toText(name, members.get(name.toLowerCase())));
}

/** @throws ScimError 400 */
export function requireSchema(schemas: JsonValue | undefined, urn: string): void {
  const isThere =
    isJsonArray(schemas) &&
    schemas.some((schema) => typeof schema === "string" && schema.toLowerCase() === urn.toLowerCase());
  if (!isThere) throw badRequest("invalidSyntax", `schemas: must contain ${urn}`);
}

/** Lists of attributes are arrays here, and one text with commas in a query. */
function toText(name: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (isJsonArray(value) && value.every((item) => typeof item === "string")) return value.join(",");
  throw badRequest("invalidValue", `${name}: has a wrong type`);
}

function parse(parameter: Parameters): ListQuery {
  return {
    filter: parameter("filter"),
    sortBy: nonEmpty(parameter("sortBy")),
    sortOrder: nonEmpty(parameter("sortOrder")),
    attributes: parameter("attributes"),
    excludedAttributes: parameter("excludedAttributes"),
    page: pageOf(parameter),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

/** A cursor, also an empty one, wins over startIndex (RFC 9865 section 2.1). */
function pageOf(parameter: Parameters): ListRequest["page"] {
  const count = wholeNumber("count", parameter("count"));
  const cursor = parameter("cursor");
  if (cursor !== undefined) {
    return { kind: "cursor", cursor, count: count === undefined ? undefined : Math.max(count, 0) };
  }
  const startIndex = wholeNumber("startIndex", parameter("startIndex")) ?? 1;
  return {
    kind: "index",
    startIndex: Math.max(startIndex, 1),
    count: Math.min(Math.max(count ?? limits.pageSizeDefault, 0), limits.pageSizeMax),
  };
}

/** Up to 15 digits are exact in a number; what is more is no size of anything here. */
function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw badRequest("invalidValue", `${name}: must be a whole number`);
  return Number(text);
}
