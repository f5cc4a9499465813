/** Groups and their members, put into the database behind the service's back: SCIM's, and the organization's own. */
import { foldCase } from "../../../src/base/fold.ts";
import type { GroupId, GroupMembershipId } from "../../../src/base/ids.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";

export interface NewGroup {
  readonly name?: string;
  readonly description?: string;
  /** The SCIM configuration that manages it. Without, it is one of the organization's own. */
  readonly scimConfigurationId?: string;
  readonly userIds?: readonly string[];
}

/** The new group's id. */
export function addGroup(server: TestServer, organizationId: string, group: NewGroup = {}): string {
  const id = server.app.context.ids.next<GroupId>();
  const { name = `Group ${id}`, description = "", scimConfigurationId, userIds = [] } = group;
  const atMs = server.clock.nowMs();
  server.sql(
    `INSERT INTO groups (organization_id, id, configuration_id, name, name_fold, description, external_id, member_count,
       document, search, version, created_at, updated_at)
     VALUES (?, ?, nullif(?, ''), ?, ?, ?, NULL, 0, '{}', '{}', 1, ?, ?)`,
    ...[organizationId, id, scimConfigurationId ?? "", name, foldCase(name), description, atMs, atMs],
  );
  for (const userId of userIds) addMembership(server, organizationId, id, userId);
  return id;
}

/** The new membership's id. */
export function addMembership(
  server: TestServer,
  organizationId: string,
  groupId: string,
  userId: string,
): string {
  const id = server.app.context.ids.next<GroupMembershipId>();
  server.sql(
    "INSERT INTO group_members (organization_id, group_id, user_id, id, created_at) VALUES (?, ?, ?, ?, ?)",
    ...[organizationId, groupId, userId, id, server.clock.nowMs()],
  );
  server.sql("UPDATE groups SET member_count = member_count + 1 WHERE id = ?", groupId);
  return id;
}

export function removeGroup(server: TestServer, groupId: string): void {
  server.sql("DELETE FROM group_members WHERE group_id = ?", groupId);
  server.sql("DELETE FROM groups WHERE id = ?", groupId);
}

/** The tenant's one group, which is made when it is asked for first. */
export function theGroupOf(server: TestServer, { organizationId }: TestTenant): string {
  const [row] = server.rows("SELECT id FROM groups WHERE organization_id = ? ORDER BY id", organizationId);
  const id = typeof row === "object" && row !== null && "id" in row ? String(row.id) : undefined;
  return id ?? addGroup(server, organizationId);
}
