import { foldCase } from "../../base/fold.ts";
import type { GroupId, OrganizationId, UserId } from "../../base/ids.ts";
import { id, text } from "../columns.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import type { GroupMembership } from "../records.ts";
import type { Page } from "../storage.ts";
import { someContains } from "./list-filters.ts";
import { startOf } from "./paging.ts";

/** Not a join: that every page goes along the group's own index is then for no planner to decide. */
const memberOf = (column: string): string =>
  `(SELECT member.${column} FROM members AS member
    WHERE member.organization_id = membership.organization_id AND member.user_id = membership.user_id)`;

const from = `SELECT organization_id, group_id, user_id, id,
    ${memberOf("full_name")} AS full_name, ${memberOf("avatar_url")} AS avatar_url
  FROM group_members AS membership WHERE organization_id = ? AND group_id = ?`;

function decode(row: Row): GroupMembership {
  return {
    organizationId: id(row, "organization_id"),
    groupId: id(row, "group_id"),
    userId: id(row, "user_id"),
    id: id(row, "id"),
    name: text(row, "full_name"),
    avatarUrl: text(row, "avatar_url"),
  };
}

const selectOne = { sql: `${from} AND user_id = ?`, decode };
const selectPage = { sql: `${from} AND user_id > ? ORDER BY user_id LIMIT ?`, decode };

export function* findGroupMembership(
  organizationId: OrganizationId,
  groupId: GroupId,
  userId: UserId,
): Operation<GroupMembership | undefined> {
  return yield* first(selectOne, organizationId, groupId, userId);
}

export function* listGroupMemberships(
  organizationId: OrganizationId,
  groupId: GroupId,
  search: string,
  page: Page<UserId>,
): Operation<GroupMembership[]> {
  if (search === "") return yield* all(selectPage, organizationId, groupId, startOf(page), page.limit);
  const isCalled = someContains([memberOf("full_name_fold")], foldCase(search));
  const statement = { sql: `${from} AND user_id > ? AND ${isCalled.sql} ORDER BY user_id LIMIT ?`, decode };
  return yield* all(statement, organizationId, groupId, startOf(page), ...isCalled.parameters, page.limit);
}
