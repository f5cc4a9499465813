/** The order of a list: by a key and then by id, or by id alone. Rows without the key are last, in descending order first. */
import type { Sort, SortKey } from "../../scim/filter/condition.ts";
import type { ListPosition } from "../directory.ts";
import { type Fragment, raw, sql } from "./fragment.ts";
import { documentText, elementsOf, elementText } from "./json.ts";
import type { Column, DirectoryTable } from "./table.ts";

export interface ListOrder {
  readonly id: Fragment;
  /** Undefined: by id alone. */
  readonly key: Column | undefined;
  readonly descending: boolean;
}

export function orderOf(table: DirectoryTable, sort: Sort | undefined): ListOrder {
  const isById = sort === undefined || (sort.by.kind === "key" && sort.by.key === "id");
  return {
    id: table.id,
    key: isById ? undefined : keyOf(table, sort.by),
    descending: sort?.descending ?? false,
  };
}

function keyOf(table: DirectoryTable, by: SortKey): Column {
  if (by.kind === "element") return optional(mainElementText(by.list, by.key));
  return table.columns.get(by.key) ?? optional(documentText(by.key));
}

function optional(operand: Fragment): Column {
  return { operand, isOptional: true, isUnique: false, isOrdered: false };
}

/** Of the primary element, or else of the first (RFC 7644 section 3.4.2.3). */
function mainElementText(list: string, key: string): Fragment {
  return sql`(SELECT ${elementText(key)} FROM ${elementsOf(list)}
    ORDER BY (${elementText("primary")} = 'true') IS TRUE DESC, element.key LIMIT 1)`;
}

/** Of no two rows the same and in every row: the id decides nothing more, and need not be in the key's index. */
function isTotal(key: Column): boolean {
  return key.isUnique && !key.isOptional;
}

export function reversed(order: ListOrder): ListOrder {
  return { ...order, descending: !order.descending };
}

/** The same order of rows that are positions, each with its `sort_key` and `position_id`. */
export function ofPositions(order: ListOrder): ListOrder {
  const { key } = order;
  const sortKey = key === undefined ? undefined : { ...key, operand: raw("sort_key") };
  return { ...order, id: raw("position_id"), key: sortKey };
}

/** A column of a SELECT; NULL for lists by id alone. */
export function sortKey({ key }: ListOrder): Fragment {
  return sql`${key?.operand ?? raw("NULL")} AS sort_key`;
}

/** A column of a SELECT for a position. Empty where the key says all, so that the key's index can answer by itself. */
export function positionId({ id, key }: ListOrder): Fragment {
  return sql`${key !== undefined && isTotal(key) ? raw("''") : id} AS position_id`;
}

/** For a SELECT that has the `sort_key`. */
export function orderBy({ id, key, descending }: ListOrder): Fragment {
  const direction = raw(descending ? "DESC" : "ASC");
  if (key === undefined) return sql`ORDER BY ${id} ${direction}`;
  if (isTotal(key)) return sql`ORDER BY sort_key ${direction}`;
  if (!key.isOptional) return sql`ORDER BY sort_key ${direction}, ${id} ${direction}`;
  const nulls = raw(descending ? "NULLS FIRST" : "NULLS LAST");
  return sql`ORDER BY sort_key ${direction} ${nulls}, ${id} ${direction}`;
}

/** The rows after the position, with the one at it when `inclusive`. */
export function startingAt(order: ListOrder, position: ListPosition, inclusive: boolean): Fragment {
  const { id, key, descending } = order;
  const beyond = raw(`${descending ? "<" : ">"}${inclusive ? "=" : ""}`);
  if (key === undefined) return sql`${id} ${beyond} ${position.id}`;
  const { operand, isOptional } = key;
  if (position.key === undefined) {
    const rest = sql`${operand} IS NULL AND ${id} ${beyond} ${position.id}`;
    return descending ? sql`(${operand} IS NOT NULL OR (${rest}))` : rest;
  }
  if (isTotal(key)) return sql`${operand} ${beyond} ${position.key}`;
  const rest = sql`(${operand}, ${id}) ${beyond} (${position.key}, ${position.id})`;
  return isOptional && !descending ? sql`(${rest} OR ${operand} IS NULL)` : rest;
}
