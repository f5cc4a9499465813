/**
 * Lists of a directory's users and groups. A page is found by keyset in either form: for one that begins at an offset, the
 * position there is looked for first, on the index of the order alone where there is one.
 */
import { integer, text } from "../columns.ts";
import { directoryGroups } from "../conditions/directory-groups.ts";
import { directoryUsers } from "../conditions/directory-users.ts";
import { type Fragment, raw, sql } from "../conditions/fragment.ts";
import {
  type ListOrder,
  orderBy,
  orderOf,
  positionId,
  reversed,
  sortKey,
  startingAt,
  withoutIndex,
} from "../conditions/list-order.ts";
import { compileFor, type DirectoryTable, findsFew, ofConfiguration, ofTenant } from "../conditions/table.ts";
import type {
  DirectoryGroup,
  DirectoryPage,
  DirectoryQuery,
  DirectoryTenant,
  DirectoryUser,
  ListPosition,
} from "../directory.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import { decodeGroup, groupColumns } from "./directory-group-rows.ts";
import { decodeUser, groupsOfUsers, userColumns } from "./directory-user-rows.ts";

export function* listDirectoryUsers(
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<DirectoryUser>> {
  const kind = { table: directoryUsers, columns: raw(userColumns), decode: decodeUser };
  const page = yield* list(kind, tenant, query);
  const ids = page.items.map(({ id }) => id);
  const groups = yield* groupsOfUsers(tenant, ids);
  return { ...page, items: page.items.map((user) => ({ ...user, groups: groups.get(user.id) ?? [] })) };
}

export function* listDirectoryGroups(
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<DirectoryGroup>> {
  const kind = { table: directoryGroups, columns: raw(groupColumns), decode: decodeGroup };
  return yield* list(kind, tenant, query);
}

interface Kind<Item> {
  readonly table: DirectoryTable;
  readonly columns: Fragment;
  readonly decode: (row: Row) => Item;
}

/** The rows of a query on all its pages, in order. */
interface Selection {
  readonly table: DirectoryTable;
  readonly where: Fragment;
  readonly order: ListOrder;
  readonly adHoc: boolean;
}

function* list<Item extends { readonly id: string }>(
  kind: Kind<Item>,
  tenant: DirectoryTenant,
  query: DirectoryQuery,
): Operation<DirectoryPage<Item>> {
  const { page } = query;
  const selection = select(kind.table, tenant, query);
  const known = query.condition === undefined ? yield* countOfDirectory(kind.table, tenant) : undefined;
  if (page.limit === 0) {
    return { items: [], total: known ?? (yield* countOfSelection(selection)), next: undefined };
  }
  const start = yield* startOf(selection, page, known);
  // One more than is asked for tells whether there are more.
  const found = start === undefined ? [] : yield* rowsFrom(kind, selection, start, page.limit + 1);
  const shown = found.slice(0, page.limit);
  return {
    items: shown.map(({ item }) => item),
    total: known ?? totalBy(page, found.length) ?? (yield* countOfSelection(selection)),
    next: found.length > shown.length ? shown.at(-1)?.position : undefined,
  };
}

function select(
  table: DirectoryTable,
  tenant: DirectoryTenant,
  { condition, sort }: DirectoryQuery,
): Selection {
  const order = orderOf(table, sort);
  const adHoc = condition !== undefined || sort !== undefined;
  if (condition === undefined) {
    const rows = order.key === undefined ? ofTenant(tenant) : ofConfiguration(tenant);
    return { table, where: rows, order, adHoc };
  }
  return {
    table,
    where: sql`${ofTenant(tenant)} AND ${compileFor(table, condition, tenant)}`,
    order: findsFew(table, condition) ? withoutIndex(order) : order,
    adHoc,
  };
}

const total = (row: Row) => integer(row, "total");

function* countOfDirectory(table: DirectoryTable, tenant: DirectoryTenant): Operation<number> {
  const statement = sql`SELECT ${table.count} AS total FROM directory_counts WHERE ${ofTenant(tenant)}`;
  return (yield* first({ sql: statement.sql, decode: total }, ...statement.parameters)) ?? 0;
}

function* countOfSelection({ table, where, adHoc }: Selection): Operation<number> {
  const statement = sql`SELECT count(*) AS total FROM ${table.name} WHERE ${where}`;
  return (yield* first({ sql: statement.sql, decode: total, adHoc }, ...statement.parameters)) ?? 0;
}

/** What a page that is known to be the last tells by itself: no second search then for what names one resource. */
function totalBy(page: DirectoryQuery["page"], found: number): number | undefined {
  if (found > page.limit) return undefined;
  if (page.kind === "after") return page.after === undefined ? found : undefined;
  return found > 0 || page.offset === 0 ? page.offset + found : undefined;
}

/** A condition for the rows at which the page begins; undefined when it begins after the last. */
function* startOf(
  selection: Selection,
  page: DirectoryQuery["page"],
  known: number | undefined,
): Operation<Fragment | undefined> {
  if (page.kind === "after") {
    return page.after === undefined ? raw("TRUE") : startingAt(selection.order, page.after, false);
  }
  if (page.offset === 0) return raw("TRUE");
  const position = yield* positionAt(selection, page.offset, known);
  return position === undefined ? undefined : startingAt(selection.order, position, true);
}

/** Counted from the end where that is nearer. */
function* positionAt(
  { table, where, order, adHoc }: Selection,
  offset: number,
  known: number | undefined,
): Operation<ListPosition | undefined> {
  if (known !== undefined && offset >= known) return undefined;
  const isNearEnd = known !== undefined && offset > known / 2;
  const way = isNearEnd ? reversed(order) : order;
  const skipped = isNearEnd ? known - 1 - offset : offset;
  const statement = sql`SELECT ${sortKey(order)}, ${positionId(order)} FROM ${table.name}
    WHERE ${where} ${orderBy(way)} LIMIT 1 OFFSET ${skipped}`;
  return yield* first({ sql: statement.sql, decode: decodePosition, adHoc }, ...statement.parameters);
}

interface Listed<Item> {
  readonly item: Item;
  readonly position: ListPosition;
}

function* rowsFrom<Item extends { readonly id: string }>(
  { columns, decode }: Kind<Item>,
  { table, where, order, adHoc }: Selection,
  start: Fragment,
  limit: number,
): Operation<readonly Listed<Item>[]> {
  const statement = sql`SELECT ${columns}, ${sortKey(order)} FROM ${table.name}
    WHERE ${where} AND ${start} ${orderBy(order)} LIMIT ${limit}`;
  const decodeListed = (row: Row) => {
    const item = decode(row);
    return { item, position: { key: keyOf(row), id: item.id } };
  };
  return yield* all({ sql: statement.sql, decode: decodeListed, adHoc }, ...statement.parameters);
}

function decodePosition(row: Row): ListPosition {
  return { key: keyOf(row), id: text(row, "position_id") };
}

function keyOf(row: Row): ListPosition["key"] {
  const { sort_key: key } = row;
  if (key === null) return undefined;
  return typeof key === "number" ? integer(row, "sort_key") : text(row, "sort_key");
}
