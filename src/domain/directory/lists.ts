/** Lists and searches of a directory, by index and by cursor, of one type of resources or of several. */
import { ScimError } from "../../scim/error.ts";
import type { Sort } from "../../scim/filter/condition.ts";
import { compileFilter } from "../../scim/filter/resolve.ts";
import { resolveSort } from "../../scim/filter/sort.ts";
import { limits } from "../../scim/limits.ts";
import type { ResourceType, ResourceTypeName } from "../../scim/schema/attribute.ts";
import { resourceTypes } from "../../scim/schema/registry.ts";
import type {
  DirectoryGroup,
  DirectoryPage,
  DirectoryQuery,
  DirectoryUser,
} from "../../storage/directory.ts";
import type { DomainContext } from "../context.ts";
import { type DirectoryCaller, tenantOf } from "./caller.ts";
import { type Cursor, readCursor, writeCursor } from "./cursor.ts";

export interface ListRequest {
  /** In this order: all of the first type come before the second's. */
  readonly types: readonly ResourceTypeName[];
  readonly filter: string | undefined;
  readonly sortBy: string | undefined;
  readonly sortOrder: string | undefined;
  readonly page: IndexPage | CursorPage;
}

export interface IndexPage {
  readonly kind: "index";
  /** From 1. */
  readonly startIndex: number;
  readonly count: number;
}

export interface CursorPage {
  readonly kind: "cursor";
  /** Empty: from the beginning. */
  readonly cursor: string;
  /** Undefined: as it was when the list began. */
  readonly count: number | undefined;
}

export type Listed =
  | { readonly type: "User"; readonly user: DirectoryUser }
  | { readonly type: "Group"; readonly group: DirectoryGroup };

export interface Listing {
  readonly items: readonly Listed[];
  readonly total: number;
  readonly nextCursor: string | undefined;
}

/** @throws ScimError for a filter, a sort, a cursor or a count that cannot be taken */
export async function list(
  context: DomainContext,
  caller: DirectoryCaller,
  request: ListRequest,
): Promise<Listing> {
  const sections = request.types.map((type) => sectionOf(context, caller, request, type));
  return request.page.kind === "index"
    ? await listByIndex(sections, request.page)
    : await listByCursor(context, caller, request, sections, request.page);
}

/** The resources of one type that a request selects. */
interface Section {
  readonly type: ResourceTypeName;
  read(page: DirectoryQuery["page"]): Promise<DirectoryPage<Listed>>;
}

function sectionOf(
  { storage }: DomainContext,
  caller: DirectoryCaller,
  { filter, sortBy, sortOrder, types }: ListRequest,
  name: ResourceTypeName,
): Section {
  const type = resourceTypes[name];
  // RFC 7644 section 3.4.2.1: in a search over several types, an attribute that one of them lacks has no value there.
  const unknown = types.length > 1 ? "matches nothing" : "refuse";
  const condition = filter === undefined ? undefined : compileFilter(type, filter, { unknown });
  const sort = sortBy === undefined ? undefined : sortOf(type, sortBy, sortOrder, types.length > 1);
  const tenant = tenantOf(caller);
  return {
    type: name,
    async read(page) {
      const query = { condition, sort, page };
      if (name === "User") {
        const users = await storage.directoryUsers.list(tenant, query);
        return { ...users, items: users.items.map((user): Listed => ({ type: "User", user })) };
      }
      const groups = await storage.directoryGroups.list(tenant, query);
      return { ...groups, items: groups.items.map((group): Listed => ({ type: "Group", group })) };
    },
  };
}

/** In a search over several types, one that lacks the attribute is sorted as if none were asked for. */
function sortOf(
  type: ResourceType,
  sortBy: string,
  sortOrder: string | undefined,
  isOneOfSeveral: boolean,
): Sort | undefined {
  try {
    return resolveSort(type, sortBy, sortOrder);
  } catch (error) {
    if (isOneOfSeveral && error instanceof ScimError && error.scimType === "invalidPath") return undefined;
    throw error;
  }
}

async function listByIndex(sections: readonly Section[], { startIndex, count }: IndexPage): Promise<Listing> {
  const items: Listed[] = [];
  let total = 0;
  for (const section of sections) {
    const offset = Math.max(startIndex - 1 - total, 0);
    const page = await section.read({ kind: "offset", offset, limit: count - items.length });
    items.push(...page.items);
    total += page.total;
  }
  return { items, total, nextCursor: undefined };
}

async function listByCursor(
  context: DomainContext,
  caller: DirectoryCaller,
  request: ListRequest,
  sections: readonly Section[],
  page: CursorPage,
): Promise<Listing> {
  const scope = scopeOf(caller, request);
  const start = page.cursor === "" ? undefined : readCursor(context, scope, page.cursor);
  const count = countOf(page.count, start?.count);
  const items: Listed[] = [];
  let total = 0;
  let next: Cursor | undefined;
  let reached = start === undefined;
  for (const section of sections) {
    const isStart = section.type === start?.type;
    reached ||= isStart;
    // What comes before the cursor, and after the page's end, is only counted.
    const limit = reached && next === undefined ? count - items.length : 0;
    const after = isStart ? start?.after : undefined;
    const found = await section.read({ kind: "after", after, limit });
    items.push(...found.items);
    total += found.total;
    if (!reached || next !== undefined || count === 0) continue;
    if (found.next !== undefined) next = { type: section.type, after: found.next, count };
    else if (limit === 0 && found.total > 0) next = { type: section.type, after: undefined, count };
  }
  return { items, total, nextCursor: next && writeCursor(context, scope, next) };
}

function scopeOf(
  { configuration }: DirectoryCaller,
  { types, filter, sortBy, sortOrder }: ListRequest,
): string {
  return JSON.stringify([configuration.id, types, filter ?? null, sortBy ?? null, sortOrder ?? null]);
}

/** RFC 9865 section 2.1: the page size is the list's, and is not changed on the way. */
function countOf(asked: number | undefined, begun: number | undefined): number {
  const count = asked ?? begun ?? limits.pageSizeDefault;
  if (count > limits.pageSizeMax) {
    throw invalidCount(`count: at most ${limits.pageSizeMax} with a cursor`);
  }
  if (begun !== undefined && count !== begun) {
    throw invalidCount("count: it must stay what it was when the list began; leave it out, or start again");
  }
  return count;
}

function invalidCount(detail: string): ScimError {
  return new ScimError(400, "invalidCount", detail);
}
