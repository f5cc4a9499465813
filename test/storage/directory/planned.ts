/** What providers ask of a directory, and how its statements are got at with their parameters. */
import type { Condition, Sort } from "../../../src/scim/filter/condition.ts";
import { compileFilter } from "../../../src/scim/filter/resolve.ts";
import { resolveSort } from "../../../src/scim/filter/sort.ts";
import type { ResourceTypeName } from "../../../src/scim/schema/attribute.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import type { DirectoryQuery, DirectoryTenant } from "../../../src/storage/directory.ts";
import type { Operation, Row, Step } from "../../../src/storage/operation.ts";
import { listDirectoryGroups, listDirectoryUsers } from "../../../src/storage/operations/directory-lists.ts";

/** Some that are there, to be asked for. */
export interface Known {
  readonly tenant: DirectoryTenant;
  readonly userId: string;
  readonly userName: string;
  readonly email: string;
  readonly groupId: string;
  /** Before the last few changes. */
  readonly recent: string;
}

export interface Planned {
  readonly type: ResourceTypeName;
  readonly filter?: string;
  readonly sortBy?: string;
}

/** Filters that an index must answer, whatever the order. */
export function lookUps({ userId, userName, email, groupId, recent }: Known): readonly Planned[] {
  const users = [
    `userName eq "${userName}"`,
    'externalId eq "external"',
    `id eq "${userId}"`,
    `id eq "${userId}" and manager eq "m"`,
    `active eq true and userName eq "${userName}"`,
    `emails eq "${email}"`,
    `emails.value eq "${email}"`,
    `emails[type eq "work"].value eq "${email}"`,
    `groups eq "${groupId}"`,
    `meta.lastModified ge "${recent}"`,
  ];
  const groups = [
    'displayName eq "group"',
    'externalId eq "external"',
    `id eq "${groupId}"`,
    `members eq "${userId}"`,
    `members[value eq "${userId}"]`,
    `id eq "${groupId}" and members eq "${userId}"`,
    `members eq "${userId}" and id eq "${groupId}"`,
    `meta.lastModified ge "${recent}"`,
  ];
  return [
    ...users.flatMap((filter) => inOrders({ type: "User", filter }, ["userName", "title"])),
    ...groups.flatMap((filter) => inOrders({ type: "Group", filter }, ["displayName", "externalId"])),
  ];
}

/** By id, and for what finds a few by other keys as well. How many a time finds, only statistics tell. */
function inOrders(
  planned: Planned & { readonly filter: string },
  sortKeys: readonly string[],
): readonly Planned[] {
  if (planned.filter.startsWith("meta.")) return [planned];
  return [planned, ...sortKeys.map((sortBy) => ({ ...planned, sortBy }))];
}

/** Orders that an index must give. */
export const orders: readonly Planned[] = [
  { type: "User" },
  { type: "User", sortBy: "id" },
  { type: "User", sortBy: "userName" },
  { type: "User", sortBy: "meta.lastModified" },
  { type: "Group" },
  { type: "Group", sortBy: "id" },
  { type: "Group", sortBy: "displayName" },
  { type: "Group", sortBy: "meta.lastModified" },
];

/** The first page and others of it, in both directions. */
export function pagesOf(planned: Planned): readonly (Planned & Pick<DirectoryQuery, "sort" | "page">)[] {
  const ascending = sortOf(planned);
  const key = planned.sortBy === undefined || planned.sortBy === "id" ? undefined : "k";
  const after = { id: "i", key: planned.sortBy?.startsWith("meta.") ? 1 : key };
  const pages: readonly DirectoryQuery["page"][] = [
    { kind: "offset", offset: 0, limit: 10 },
    { kind: "offset", offset: 2, limit: 10 },
    { kind: "offset", offset: 9, limit: 10 },
    { kind: "after", after: undefined, limit: 10 },
    { kind: "after", after, limit: 10 },
  ];
  const sorts = ascending === undefined ? [undefined] : [ascending, { ...ascending, descending: true }];
  return sorts.flatMap((sort) => pages.map((page) => ({ ...planned, sort, page })));
}

export function operationOf(
  { tenant }: Known,
  planned: Planned,
  rest: Partial<DirectoryQuery> = {},
): Operation<unknown> {
  const page = { kind: "offset", offset: 0, limit: 10 } as const;
  const query = { condition: conditionOf(planned), sort: sortOf(planned), page, ...rest };
  return planned.type === "User" ? listDirectoryUsers(tenant, query) : listDirectoryGroups(tenant, query);
}

function conditionOf({ type, filter }: Planned): Condition | undefined {
  return filter === undefined ? undefined : compileFilter(resourceTypes[type], filter);
}

function sortOf({ type, sortBy }: Planned): Sort | undefined {
  return sortBy === undefined ? undefined : resolveSort(resourceTypes[type], sortBy, undefined);
}

/** Runs the operation; answers its steps. */
export async function traced(
  operation: Operation<unknown>,
  rowsOf: (step: Step) => Promise<readonly Row[]>,
): Promise<readonly Step[]> {
  const steps: Step[] = [];
  let next = operation.next();
  while (!next.done) {
    steps.push(next.value);
    next = operation.next({ rows: await rowsOf(next.value), changes: 0 });
  }
  return steps;
}
