/** Who is in a directory's groups: every change of it in few statements, whatever the group's size. */
import type { GroupId, OrganizationId, UserId } from "../../base/ids.ts";
import { id, text } from "../columns.ts";
import type {
  DirectoryTenant,
  GroupReference,
  MemberPage,
  MemberReference,
  MembersChange,
} from "../directory.ts";
import { notFound } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import { chunks, sized } from "./chunks.ts";
import { groupMembershipId } from "./group-membership-id.ts";
import { inPieces } from "./pieces.ts";

const selectPresent = sized(
  "?",
  (ids) => `SELECT user_id FROM group_members
    WHERE organization_id = ? AND group_id = ? AND user_id IN (${ids})`,
);
/** Keeps the users from being deleted until they are in the group. */
const selectUsers = sized(
  "?",
  (ids) => `SELECT user_id FROM directory_users
    WHERE organization_id = ? AND configuration_id = ? AND user_id IN (${ids}) {FOR KEY SHARE}`,
);
const insertMembers = sized(
  "(?, ?, ?, ?, ?)",
  (rows) => `INSERT INTO group_members (organization_id, group_id, user_id, id, created_at)
    VALUES ${rows} ON CONFLICT DO NOTHING`,
);
const deleteMembers = sized(
  "?",
  (ids) => `DELETE FROM group_members WHERE organization_id = ? AND group_id = ? AND user_id IN (${ids})`,
);
const decodeUserId = (row: Row): UserId => id(row, "user_id");
const selectIds = {
  sql: `SELECT user_id FROM group_members
        WHERE organization_id = ? AND group_id = ? AND user_id > ? ORDER BY user_id LIMIT ?`,
  decode: decodeUserId,
};
/** The name by a scalar subquery, as everywhere: SQLite prepares a join with a parameter anew at each call. */
const selectPage = {
  sql: `SELECT user_id, (SELECT display_name FROM directory_users AS directory_user
          WHERE directory_user.organization_id = membership.organization_id
            AND directory_user.configuration_id = ? AND directory_user.user_id = membership.user_id) AS display
        FROM group_members AS membership
        WHERE organization_id = ? AND group_id = ? AND user_id > ? ORDER BY user_id LIMIT ?`,
  decode: (row: Row): MemberReference => ({ userId: id(row, "user_id"), display: text(row, "display") }),
};
const selectGroupForUpdate = {
  sql: "SELECT id FROM groups WHERE organization_id = ? AND id = ? {FOR UPDATE}",
  decode: (row: Row): GroupId => id(row, "id"),
};

const beforeAllIds = "";
const pageSize = 1_000;

/** How many came and went. */
export interface MembersChanged {
  readonly added: number;
  readonly removed: number;
}

/**
 * The group's row is locked by the caller, so that its members change one change after the other.
 *
 * @throws not_found (directory_user)
 */
export function* changeMembers(
  tenant: DirectoryTenant,
  groupId: GroupId,
  change: MembersChange,
  atMs: number,
): Operation<MembersChanged> {
  if (change.kind === "delta") {
    const removed = yield* removeMembers(tenant, groupId, change.remove);
    const absent = yield* withoutPresent(tenant, groupId, new Set(change.add));
    return { added: yield* addMembers(tenant, groupId, absent, atMs), removed };
  }
  const wanted = new Set(change.members);
  const removed = yield* removeAllBut(tenant, groupId, wanted);
  return { added: yield* addMembers(tenant, groupId, wanted, atMs), removed };
}

/**
 * Locks the users. Only those who are not in the group yet: renaming or deleting a user locks the user first and then their
 * groups, and a change of a group comes the other way.
 *
 * @param userIds none of them in the group
 * @returns how many
 */
export function* addMembers(
  tenant: DirectoryTenant,
  groupId: GroupId,
  userIds: ReadonlySet<UserId>,
  atMs: number,
): Operation<number> {
  let added = 0;
  // Sorted, so that two transactions lock users in the same order.
  for (const ids of chunks([...userIds].sort())) {
    yield* requireUsers(tenant, ids);
    const rows = ids.flatMap((userId) => [
      tenant.organizationId,
      groupId,
      userId,
      groupMembershipId(groupId, userId),
      atMs,
    ]);
    added += yield* run(insertMembers(ids.length), ...rows);
  }
  return added;
}

function* withoutPresent(
  { organizationId }: DirectoryTenant,
  groupId: GroupId,
  userIds: ReadonlySet<UserId>,
): Operation<ReadonlySet<UserId>> {
  const absent = new Set(userIds);
  for (const ids of chunks([...userIds])) {
    const statement = { sql: selectPresent(ids.length), decode: decodeUserId };
    for (const present of yield* all(statement, organizationId, groupId, ...ids)) absent.delete(present);
  }
  return absent;
}

function* requireUsers(
  { organizationId, configurationId }: DirectoryTenant,
  ids: readonly UserId[],
): Operation<void> {
  const statement = { sql: selectUsers(ids.length), decode: decodeUserId };
  const found = yield* all(statement, organizationId, configurationId, ...ids);
  if (found.length !== new Set(ids).size) throw notFound("directory_user");
}

function* removeMembers(
  { organizationId }: DirectoryTenant,
  groupId: GroupId,
  userIds: readonly UserId[],
): Operation<number> {
  let removed = 0;
  for (const ids of chunks(userIds)) {
    removed += yield* run(deleteMembers(ids.length), organizationId, groupId, ...ids);
  }
  return removed;
}

/** Takes those who stay out of `wanted`. */
function* removeAllBut(tenant: DirectoryTenant, groupId: GroupId, wanted: Set<UserId>): Operation<number> {
  if (wanted.size === 0) return yield* removeAll(tenant.organizationId, groupId);
  let removed = 0;
  let after: string | undefined = beforeAllIds;
  while (after !== undefined) {
    const ids: readonly UserId[] = yield* all(selectIds, tenant.organizationId, groupId, after, pageSize);
    const unwanted = ids.filter((userId) => !wanted.delete(userId));
    removed += yield* removeMembers(tenant, groupId, unwanted);
    after = ids.length < pageSize ? undefined : ids.at(-1);
  }
  return removed;
}

const deleteAllMembers = inPieces({
  table: "group_members",
  change: "DELETE FROM group_members",
  where: "organization_id = ? AND group_id = ?",
  by: ["user_id"],
});

export function* removeAll(organizationId: OrganizationId, groupId: GroupId): Operation<number> {
  return yield* deleteAllMembers(organizationId, groupId);
}

export function* pageOfMembers(
  { organizationId, configurationId }: DirectoryTenant,
  groupId: GroupId,
  after: UserId | undefined,
  limit: number,
): Operation<MemberPage> {
  const start = after ?? beforeAllIds;
  const found = yield* all(selectPage, configurationId, organizationId, groupId, start, limit + 1);
  const members = found.slice(0, limit);
  return { members, nextAfter: found.length > limit ? members.at(-1)?.userId : undefined };
}

/** After a user's name has changed: their groups show it. */
export function* showAnew(
  { organizationId, configurationId }: DirectoryTenant,
  groups: readonly GroupReference[],
  atMs: number,
): Operation<void> {
  for (const group of groups) {
    yield* run(
      `UPDATE groups
       SET version = version + 1, updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at END
       WHERE organization_id = ? AND configuration_id = ? AND id = ?`,
      atMs,
      atMs,
      organizationId,
      configurationId,
      group.id,
    );
  }
}

/** Before a user is deleted. A group is locked before its members, as by all who change them. */
export function* leaveGroups(
  tenant: DirectoryTenant,
  userId: UserId,
  groups: readonly GroupReference[],
  atMs: number,
): Operation<void> {
  for (const group of groups) {
    yield* first(selectGroupForUpdate, tenant.organizationId, group.id);
    const removed = yield* removeMembers(tenant, group.id, [userId]);
    if (removed > 0) yield* loseMember(tenant, group.id, atMs);
  }
}

function* loseMember(
  { organizationId, configurationId }: DirectoryTenant,
  groupId: GroupId,
  atMs: number,
): Operation<void> {
  yield* run(
    `UPDATE groups
     SET member_count = member_count - 1, version = version + 1,
         updated_at = CASE WHEN updated_at < ? THEN ? ELSE updated_at END
     WHERE organization_id = ? AND configuration_id = ? AND id = ?`,
    atMs,
    atMs,
    organizationId,
    configurationId,
    groupId,
  );
}
