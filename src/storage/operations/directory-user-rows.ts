/** How a directory's users stand in their rows. */
import type { GroupId, UserId } from "../../base/ids.ts";
import { flag, id, integer, optionalText, text } from "../columns.ts";
import type { DirectoryTenant, DirectoryUser, GroupReference } from "../directory.ts";
import { all, type Operation, type Row } from "../operation.ts";
import { chunks, sized } from "./chunks.ts";

/** Of `directory_users`, what `decodeUser` reads. */
export const userColumns =
  "user_id, user_name, external_id, active, document, version, created_at, updated_at";

export type DirectoryUserRow = Omit<DirectoryUser, "groups">;

export function decodeUser(row: Row): DirectoryUserRow {
  return {
    id: id(row, "user_id"),
    userName: text(row, "user_name"),
    externalId: optionalText(row, "external_id"),
    active: flag(row, "active"),
    document: text(row, "document"),
    version: integer(row, "version"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
  };
}

interface UserInGroup {
  readonly userId: UserId;
  /** Undefined when it is not the directory's. */
  readonly group: GroupReference | undefined;
}

/** Not a join: SQLite prepares one with a parameter anew at every call, which costs twice its reading. */
const selectGroupsOf = sized(
  "?",
  (ids) => `SELECT user_id, group_id, (SELECT name FROM groups AS directory_group
      WHERE directory_group.organization_id = membership.organization_id
        AND directory_group.id = membership.group_id AND directory_group.configuration_id = ?) AS name
    FROM group_members AS membership WHERE organization_id = ? AND user_id IN (${ids})`,
);

function decodeUserInGroup(row: Row): UserInGroup {
  const displayName = optionalText(row, "name");
  const group = displayName === undefined ? undefined : { id: id<GroupId>(row, "group_id"), displayName };
  return { userId: id(row, "user_id"), group };
}

/** The directory's groups that each of the users is in, by id. Who is in none is not in the map. */
export function* groupsOfUsers(
  { organizationId, configurationId }: DirectoryTenant,
  ids: readonly UserId[],
): Operation<ReadonlyMap<UserId, readonly GroupReference[]>> {
  const groups = new Map<UserId, GroupReference[]>();
  for (const chunk of chunks(ids)) {
    const statement = { sql: selectGroupsOf(chunk.length), decode: decodeUserInGroup };
    for (const { userId, group } of yield* all(statement, configurationId, organizationId, ...chunk)) {
      if (group === undefined) continue;
      const known = groups.get(userId);
      if (known === undefined) groups.set(userId, [group]);
      else known.push(group);
    }
  }
  // Here, because no index gives the groups of several users in this order.
  for (const ofUser of groups.values()) ofUser.sort((a, b) => (a.id < b.id ? -1 : 1));
  return groups;
}
