/** How a kind of resource stands in the database: where filters and lists find what they ask for. */
import type { Condition } from "../../scim/filter/condition.ts";
import type { DirectoryTenant } from "../directory.ts";
import { compile, compileElement, conjunctsOf, requiredValue } from "./compile.ts";
import { type Fragment, raw, sql } from "./fragment.ts";
import { documentText } from "./json.ts";

export interface DirectoryTable {
  readonly name: Fragment;
  /** The column of the resource's id. */
  readonly id: Fragment;
  /** The column of `directory_counts` that has the number of rows of a directory. */
  readonly count: Fragment;
  /** What has a column of its own, by key. Everything else is in the search document. */
  readonly columns: ReadonlyMap<string, Column>;
  /** Lists of which an index finds the elements with a given value. */
  readonly lists: ReadonlyMap<string, ListCompiler>;
}

export interface Column {
  readonly operand: Fragment;
  /** NULL in some rows. */
  readonly isOptional: boolean;
  /** No two rows of a directory have the same. */
  readonly isUnique: boolean;
  /** An index has the rows of a directory in its order, and of those with the same in the order of their ids. */
  readonly isOrdered: boolean;
}

/** The condition on the row that some element of the list satisfies `where`. */
export type ListCompiler = (where: Condition, tenant: DirectoryTenant) => Fragment;

export function column(name: string, properties: Partial<Omit<Column, "operand">> = {}): Column {
  return { operand: raw(name), isOptional: false, isUnique: false, isOrdered: false, ...properties };
}

/**
 * How many look-ups in other tables PostgreSQL may plan as joins. Those of a hundred `and` terms take it seconds to order;
 * `IS TRUE` makes it answer each by itself.
 */
const joinsMax = 2;

export function compileFor(table: DirectoryTable, condition: Condition, tenant: DirectoryTenant): Fragment {
  let joins = 0;
  return compile(condition, {
    operand: (key) => table.columns.get(key)?.operand ?? documentText(key),
    element(list, where) {
      const compileList = table.lists.get(list);
      if (compileList === undefined) return compileElement(list, where);
      joins += 1;
      const found = compileList(where, tenant);
      return joins > joinsMax ? sql`(${found}) IS TRUE` : found;
    },
  });
}

/** Whether an index finds the few rows that can satisfy the condition. */
export function findsFew(table: DirectoryTable, condition: Condition | undefined): boolean {
  if (condition === undefined) return false;
  return conjunctsOf(condition).some((term) => {
    if (term.kind === "element") return table.lists.has(term.list) && requiredValue(term.where) !== undefined;
    if (term.kind !== "compare" || term.operator !== "eq") return false;
    return table.columns.get(term.key)?.isUnique ?? false;
  });
}

/** The rows of a directory. */
export function ofTenant({ organizationId, configurationId }: DirectoryTenant): Fragment {
  return sql`organization_id = ${organizationId} AND configuration_id = ${configurationId}`;
}

/**
 * The same, for indexes that begin with the configuration and do not have the organization: whether the configuration is the
 * organization's is asked once and not of each row, so that the index alone can answer.
 */
export function ofConfiguration({ organizationId, configurationId }: DirectoryTenant): Fragment {
  return sql`configuration_id =
    (SELECT id FROM scim_configurations WHERE organization_id = ${organizationId} AND id = ${configurationId})`;
}
