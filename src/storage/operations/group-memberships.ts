import { foldCase } from "../../base/fold.ts";
import type { GroupId, GroupMembershipId, OrganizationId, UserId } from "../../base/ids.ts";
import { id, text } from "../columns.ts";
import { groupMembersMax } from "../directory.ts";
import { notFound, StorageError } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, GroupMembership } from "../records.ts";
import type { NewGroupMembership, Page } from "../storage.ts";
import { appendEvent } from "./events.ts";
import { lockOwnGroup } from "./groups.ts";
import { someContains } from "./list-filters.ts";
import { lockMember } from "./members.ts";
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
const selectGroupOf = {
  sql: "SELECT group_id FROM group_members WHERE organization_id = ? AND id = ?",
  decode: (row: Row): GroupId => id(row, "group_id"),
};
/** Not a join, for the same reason. */
const selectGroupsOfMember = {
  sql: `SELECT group_id,
          (SELECT configuration_id FROM groups
           WHERE groups.organization_id = membership.organization_id AND groups.id = membership.group_id) AS configuration_id
        FROM group_members AS membership WHERE organization_id = ? AND user_id = ? ORDER BY group_id`,
  decode: (row: Row) => ({ groupId: id<GroupId>(row, "group_id"), isOwn: row.configuration_id === null }),
};
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

/** On PostgreSQL, locks are taken in this order: the member, the group, the position. */
export function* addGroupMember(
  organizationId: OrganizationId,
  groupId: GroupId,
  { id: membershipId, userId }: NewGroupMembership,
  audit: Audit,
): Operation<GroupMembership> {
  const member = yield* lockMember(organizationId, userId);
  const group = yield* lockOwnGroup(organizationId, groupId);
  if (group === undefined) throw notFound("group");
  if (member === undefined || member.status === "left") throw notFound("user");
  const present = yield* findGroupMembership(organizationId, groupId, userId);
  if (present !== undefined) return present;
  if (group.memberCount >= groupMembersMax) {
    throw new StorageError({ kind: "too_many_members", entity: "group", max: groupMembersMax });
  }
  yield* run(
    "INSERT INTO group_members (organization_id, group_id, user_id, id, created_at) VALUES (?, ?, ?, ?, ?)",
    organizationId,
    groupId,
    userId,
    membershipId,
    audit.atMs,
  );
  yield* countMembers(organizationId, groupId, 1, audit.atMs);
  yield* appendEvent(organizationId, audit, "group", groupId, "members_changed");
  const { fullName: name, avatarUrl } = member;
  return { organizationId, groupId, userId, id: membershipId, name, avatarUrl };
}

export function* removeGroupMember(
  organizationId: OrganizationId,
  membershipId: GroupMembershipId,
  audit: Audit,
): Operation<void> {
  const groupId = yield* first(selectGroupOf, organizationId, membershipId);
  if (groupId === undefined) throw notFound("group_membership");
  const group = yield* lockOwnGroup(organizationId, groupId);
  const ended = yield* run(
    "DELETE FROM group_members WHERE organization_id = ? AND id = ?",
    organizationId,
    membershipId,
  );
  // It may have ended while the group was waited for.
  if (group === undefined || ended === 0) throw notFound("group_membership");
  yield* countMembers(organizationId, groupId, -1, audit.atMs);
  yield* appendEvent(organizationId, audit, "group", groupId, "members_changed");
}

/** When a member leaves, whom the caller has locked. Of a directory's groups it is the directory that takes them out. */
export function* leaveOwnGroups(
  organizationId: OrganizationId,
  userId: UserId,
  atMs: number,
): Operation<void> {
  const groups = yield* all(selectGroupsOfMember, organizationId, userId);
  for (const { groupId, isOwn } of groups) {
    if (!isOwn) continue;
    yield* lockOwnGroup(organizationId, groupId);
    const ended = yield* run(
      "DELETE FROM group_members WHERE organization_id = ? AND group_id = ? AND user_id = ?",
      organizationId,
      groupId,
      userId,
    );
    if (ended > 0) yield* countMembers(organizationId, groupId, -1, atMs);
  }
}

function* countMembers(
  organizationId: OrganizationId,
  groupId: GroupId,
  difference: number,
  atMs: number,
): Operation<void> {
  yield* run(
    `UPDATE groups
     SET member_count = member_count + ?, version = version + 1,
         updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at END
     WHERE organization_id = ? AND id = ?`,
    difference,
    atMs,
    atMs,
    organizationId,
    groupId,
  );
}
