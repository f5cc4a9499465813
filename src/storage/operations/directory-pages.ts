/** The rows of a page in the order of a list: by an index that has them in it, or by sorting. */
import { integer, text } from "../columns.ts";
import { type Fragment, raw, sql } from "../conditions/fragment.ts";
import {
  type ListOrder,
  ofPositions,
  orderBy,
  positionId,
  reversed,
  sortKey,
  startingAt,
} from "../conditions/list-order.ts";
import { type DirectoryTable, ofTenant } from "../conditions/table.ts";
import type { DirectoryQuery, DirectoryTenant, ListPosition } from "../directory.ts";
import { all, first, type Operation, type Row } from "../operation.ts";

export interface Resource {
  readonly id: string;
}

/** Users or groups. */
export interface Kind<Item extends Resource> {
  readonly table: DirectoryTable;
  /** What `decode` reads. */
  readonly columns: string;
  readonly decode: (row: Row) => Item;
}

/** The rows of a list on all its pages. */
export interface Selection {
  readonly table: DirectoryTable;
  readonly tenant: DirectoryTenant;
  readonly where: Fragment;
  readonly order: ListOrder;
  /** An index has them in their order, and no other finds them sooner. */
  readonly isInOrder: boolean;
  readonly adHoc: boolean;
}

export interface Listed<Item> {
  readonly item: Item;
  readonly position: ListPosition;
}

export type Page = DirectoryQuery["page"];

/** @param total of the list, where it is known */
export function* rowsOfPage<Item extends Resource>(
  kind: Kind<Item>,
  selection: Selection,
  page: Page,
  total: number | undefined,
): Operation<readonly Listed<Item>[]> {
  if (page.kind === "offset" && total !== undefined && page.offset >= total) return [];
  if (!selection.isInOrder) return yield* rowsBySorting(kind, selection, page);
  const start = yield* startOf(selection, page, total);
  return start === undefined ? [] : yield* rowsFrom(kind, selection, start, page.limit);
}

/** A condition for the rows from the page's first on; undefined when there are none. */
function* startOf(
  selection: Selection,
  page: Page,
  total: number | undefined,
): Operation<Fragment | undefined> {
  if (page.kind === "after") return afterPosition(selection.order, page.after);
  if (page.offset === 0) return everything;
  const position = yield* positionAt(selection, page.offset, total);
  return position && startingAt(selection.order, position, true);
}

const everything = raw("TRUE");

function afterPosition(order: ListOrder, after: ListPosition | undefined): Fragment {
  return after === undefined ? everything : startingAt(order, after, false);
}

/** By the index of the order alone where there is no condition, counted from the end where that is nearer. */
function* positionAt(
  { table, where, order, adHoc }: Selection,
  offset: number,
  total: number | undefined,
): Operation<ListPosition | undefined> {
  const isNearEnd = total !== undefined && offset > total / 2;
  const way = isNearEnd ? reversed(order) : order;
  const skipped = isNearEnd ? total - 1 - offset : offset;
  const statement = sql`SELECT ${sortKey(order)}, ${positionId(order)} FROM ${table.name}
    WHERE ${where} ${orderBy(way)} LIMIT 1 OFFSET ${skipped}`;
  return yield* first({ sql: statement.sql, decode: decodePosition, adHoc }, ...statement.parameters);
}

function* rowsFrom<Item extends Resource>(
  { columns, decode }: Kind<Item>,
  { table, where, order, adHoc }: Selection,
  start: Fragment,
  limit: number,
): Operation<readonly Listed<Item>[]> {
  const statement = sql`SELECT ${raw(columns)}, ${sortKey(order)} FROM ${table.name}
    WHERE ${where} AND ${start} ${orderBy(order)} LIMIT ${limit}`;
  return yield* all({ sql: statement.sql, decode: listed(decode), adHoc }, ...statement.parameters);
}

/** The positions are sorted by themselves, so that each key is read once and no document is carried along. */
function* rowsBySorting<Item extends Resource>(
  { columns, decode }: Kind<Item>,
  { table, tenant, where, order, adHoc }: Selection,
  page: Page,
): Operation<readonly Listed<Item>[]> {
  const sorted = ofPositions(order);
  const start = page.kind === "after" ? afterPosition(sorted, page.after) : everything;
  const skipped = page.kind === "offset" ? page.offset : 0;
  const statement = sql`WITH found AS MATERIALIZED
      (SELECT ${sortKey(order)}, ${table.id} AS position_id FROM ${table.name} WHERE ${where}),
    page AS MATERIALIZED
      (SELECT sort_key, position_id FROM found
       WHERE ${start} ${orderBy(sorted)} LIMIT ${page.limit} OFFSET ${skipped})
    SELECT ${raw(columns)}, sort_key FROM page CROSS JOIN ${table.name}
    WHERE ${ofTenant(tenant)} AND ${table.id} = position_id ${orderBy(sorted)}`;
  return yield* all({ sql: statement.sql, decode: listed(decode), adHoc }, ...statement.parameters);
}

function listed<Item extends Resource>(decode: (row: Row) => Item): (row: Row) => Listed<Item> {
  return (row) => {
    const item = decode(row);
    return { item, position: { key: keyOf(row), id: item.id } };
  };
}

function decodePosition(row: Row): ListPosition {
  return { key: keyOf(row), id: text(row, "position_id") };
}

function keyOf(row: Row): ListPosition["key"] {
  const { sort_key: key } = row;
  if (key === null) return undefined;
  return typeof key === "number" ? integer(row, "sort_key") : text(row, "sort_key");
}
