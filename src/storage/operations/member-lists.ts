import { foldCase } from "../../base/fold.ts";
import type { GroupId, OrganizationId } from "../../base/ids.ts";
import { integer, text } from "../columns.ts";
import { type Fragment, join, raw, sql } from "../conditions/fragment.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import type { Member } from "../records.ts";
import type { ListedMembers, MemberFilter, MemberPosition, MemberQuery, MemberSortKey } from "../storage.ts";
import { isOneOf, someContains } from "./list-filters.ts";
import { decodeMember, memberColumns } from "./members.ts";

interface SortColumn {
  readonly name: Fragment;
  readonly read: (row: Row) => string | number;
}

/** Each with an index of its own, in which ties are in the order of ids. */
const sortColumns: Readonly<Record<MemberSortKey, SortColumn>> = {
  name: { name: raw("full_name_fold"), read: (row) => text(row, "full_name_fold") },
  date_joined: { name: raw("member_since"), read: (row) => integer(row, "member_since") },
};

interface Listed {
  readonly member: Member;
  readonly position: MemberPosition;
}

export function* listMembers(organizationId: OrganizationId, query: MemberQuery): Operation<ListedMembers> {
  const { filter, sort, after, limit } = query;
  const column = sortColumns[sort.by];
  const key = filter.userIds?.length ? unindexed(column.name) : column.name;
  const direction = raw(sort.descending ? "DESC" : "ASC");
  const rest = after === undefined ? [] : [isBeyond(key, sort.descending, after)];
  const where = join([...conditionsOf(organizationId, filter), ...rest], " AND ");
  const select = sql`SELECT ${raw(memberColumns)}, full_name_fold FROM members WHERE ${where}
    ORDER BY ${key} ${direction}, user_id ${direction} LIMIT ${limit + 1}`;
  const decode = (row: Row): Listed => {
    const member = decodeMember(row);
    return { member, position: { key: column.read(row), id: member.userId } };
  };
  // One more than asked for tells whether more come.
  const found = yield* all({ sql: select.sql, decode }, ...select.parameters);
  const listed = found.slice(0, limit);
  return {
    items: listed.map(({ member }) => member),
    next: found.length > limit ? listed.at(-1)?.position : undefined,
  };
}

export function* countMembers(
  organizationId: OrganizationId,
  filter: MemberFilter,
  max: number,
): Operation<number> {
  const where = join(conditionsOf(organizationId, filter), " AND ");
  const select = sql`SELECT count(*) AS count
    FROM (SELECT 1 FROM members WHERE ${where} LIMIT ${max}) AS counted`;
  const decode = (row: Row) => integer(row, "count");
  const count = yield* first({ sql: select.sql, decode }, ...select.parameters);
  if (count === undefined) throw new Error("a count answered nothing");
  return count;
}

/** A comparison of rows: both engines take it for a range of the index. */
function isBeyond(column: Fragment, descending: boolean, { key, id }: MemberPosition): Fragment {
  return sql`(${column}, user_id) ${raw(descending ? "<" : ">")} (${key}, ${id})`;
}

/** The few who are named are looked up by their ids and sorted, where SQLite would go along the whole index of the order. */
function unindexed(column: Fragment): Fragment {
  return sql`coalesce(${column}, ${column})`;
}

function conditionsOf(organizationId: OrganizationId, filter: MemberFilter): readonly Fragment[] {
  const { search = "", statuses = [], roles = [], userIds = [], excludeGroupIds = [] } = filter;
  return [
    sql`organization_id = ${organizationId}`,
    ...(statuses.length === 0 ? [] : [isOneOf("status", statuses)]),
    ...(roles.length === 0 ? [] : [isOneOf("role", roles)]),
    ...(userIds.length === 0 ? [] : [isOneOf("user_id", userIds)]),
    ...(search === "" ? [] : [someContains(["full_name_fold", "email_fold"], foldCase(search))]),
    ...(excludeGroupIds.length === 0 ? [] : [isInNoneOf(excludeGroupIds)]),
    ...(filter.inNoGroup === true ? [isInNoGroup] : []),
  ];
}

/** Of groups of another organization there are no memberships here. */
const membership = raw(`SELECT 1 FROM group_members AS membership
  WHERE membership.organization_id = members.organization_id AND membership.user_id = members.user_id`);

const isInNoGroup = sql`NOT EXISTS (${membership})`;

function isInNoneOf(groupIds: readonly GroupId[]): Fragment {
  return sql`NOT EXISTS (${membership} AND ${isOneOf("membership.group_id", groupIds)})`;
}
