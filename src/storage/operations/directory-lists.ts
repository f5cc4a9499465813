/** Lists of a directory's users and groups, a page at a time. */
import { integer } from "../columns.ts";
import { directoryGroups } from "../conditions/directory-groups.ts";
import { directoryUsers } from "../conditions/directory-users.ts";
import { sql } from "../conditions/fragment.ts";
import { orderOf } from "../conditions/list-order.ts";
import { compileFor, type DirectoryTable, findsFew, ofConfiguration, ofTenant } from "../conditions/table.ts";
import type {
  DirectoryGroup,
  DirectoryPage,
  DirectoryQuery,
  DirectoryTenant,
  DirectoryUser,
} from "../directory.ts";
import { first, type Operation, type Row } from "../operation.ts";
import { decodeGroup, groupColumns } from "./directory-group-rows.ts";
import { type Kind, type Page, type Resource, rowsOfPage, type Selection } from "./directory-pages.ts";
import { type DirectoryUserRow, decodeUser, groupsOfUsers, userColumns } from "./directory-user-rows.ts";

const users: Kind<DirectoryUserRow> = {
  table: directoryUsers,
  columns: userColumns,
  decode: decodeUser,
};

const groups: Kind<DirectoryGroup> = {
  table: directoryGroups,
  columns: groupColumns,
  decode: decodeGroup,
};

export function* listDirectoryUsers(
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<DirectoryUser>> {
  const page = yield* list(users, tenant, query);
  const ids = page.items.map(({ id }) => id);
  const groupsOf = yield* groupsOfUsers(tenant, ids);
  return { ...page, items: page.items.map((user) => ({ ...user, groups: groupsOf.get(user.id) ?? [] })) };
}

export function* listDirectoryGroups(
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<DirectoryGroup>> {
  return yield* list(groups, tenant, query);
}

function* list<Item extends Resource>(
  kind: Kind<Item>,
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<Item>> {
  const { condition, page } = query;
  const selection = select(kind.table, tenant, query);
  const known = condition === undefined ? yield* countDirectory(kind.table, tenant) : undefined;
  if (page.limit === 0) return { items: [], total: known ?? (yield* count(selection)), next: undefined };
  // One more than is shown tells whether there are more.
  const found = yield* rowsOfPage(kind, selection, { ...page, limit: page.limit + 1 }, known);
  const shown = found.slice(0, page.limit);
  return {
    items: shown.map(({ item }) => item),
    total: known ?? totalBy(page, found.length) ?? (yield* count(selection)),
    next: found.length > shown.length ? shown.at(-1)?.position : undefined,
  };
}

function select(table: DirectoryTable, tenant: DirectoryTenant, query: DirectoryQuery): Selection {
  const { condition, sort } = query;
  const order = orderOf(table, sort);
  const adHoc = condition !== undefined || sort !== undefined;
  if (condition === undefined) {
    const where = order.key === undefined ? ofTenant(tenant) : ofConfiguration(tenant);
    return { table, tenant, where, order, isInOrder: order.key?.isOrdered ?? true, adHoc };
  }
  const where = sql`${ofTenant(tenant)} AND ${compileFor(table, condition, tenant)}`;
  const isInOrder = order.key === undefined || (order.key.isOrdered && !findsFew(table, condition));
  return { table, tenant, where, order, isInOrder, adHoc };
}

const decodeTotal = (row: Row) => integer(row, "total");

function* countDirectory(table: DirectoryTable, tenant: DirectoryTenant): Operation<number> {
  const statement = sql`SELECT ${table.count} AS total FROM directory_counts WHERE ${ofTenant(tenant)}`;
  return (yield* first({ sql: statement.sql, decode: decodeTotal }, ...statement.parameters)) ?? 0;
}

function* count({ table, where, adHoc }: Selection): Operation<number> {
  const statement = sql`SELECT count(*) AS total FROM ${table.name} WHERE ${where}`;
  return (yield* first({ sql: statement.sql, decode: decodeTotal, adHoc }, ...statement.parameters)) ?? 0;
}

/** What the last page tells by itself: no second search for what names one resource. */
function totalBy(page: Page, found: number): number | undefined {
  if (found > page.limit) return undefined;
  if (page.kind === "after") return page.after === undefined ? found : undefined;
  return found > 0 || page.offset === 0 ? page.offset + found : undefined;
}
