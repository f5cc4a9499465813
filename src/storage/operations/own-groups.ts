/** Changes of the organization's own groups. Those that a directory manages are in `directory-groups.ts`. */
import { foldCase } from "../../base/fold.ts";
import type { GroupId, OrganizationId } from "../../base/ids.ts";
import { id } from "../columns.ts";
import { notFound, StorageError } from "../errors.ts";
import { all, type Operation, type Row, run } from "../operation.ts";
import type { Audit, Group } from "../records.ts";
import type { GroupPatch, NewGroup } from "../storage.ts";
import { removeAll } from "./directory-group-members.ts";
import { appendEvent } from "./events.ts";
import { lockOwnGroup } from "./groups.ts";
import { requireOrganization } from "./organizations.ts";
import { applyPatch } from "./patch.ts";

/** Few: one of each directory, and those of the organization. */
const selectByName = {
  sql: "SELECT id, configuration_id FROM groups WHERE organization_id = ? AND name_fold = ?",
  decode: (row: Row) => ({ id: id<GroupId>(row, "id"), isOwn: row.configuration_id === null }),
};

export function* createGroup(
  organizationId: OrganizationId,
  { id: groupId, name, description }: NewGroup,
  audit: Audit,
): Operation<Group> {
  yield* requireOrganization(organizationId);
  yield* requireFreeName(organizationId, groupId, name);
  yield* run(
    `INSERT INTO groups (organization_id, id, configuration_id, name, name_fold, description, external_id, member_count,
       document, search, version, created_at, updated_at)
     VALUES (?, ?, NULL, ?, ?, ?, NULL, 0, '{}', '{}', 1, ?, ?)`,
    organizationId,
    groupId,
    name,
    foldCase(name),
    description,
    audit.atMs,
    audit.atMs,
  );
  yield* appendEvent(organizationId, audit, "group", groupId, "created");
  const times = { createdAtMs: audit.atMs, updatedAtMs: audit.atMs };
  return {
    ...{ organizationId, id: groupId, scimConfigurationId: undefined, name, description, memberCount: 0 },
    ...times,
  };
}

/**
 * To be called with the organization's row locked, which puts those in order who want one name. No unique index can: the
 * groups that directories have handed over keep their names, and may share them.
 */
function* requireFreeName(organizationId: OrganizationId, groupId: GroupId, name: string): Operation<void> {
  const found = yield* all(selectByName, organizationId, foldCase(name));
  if (found.some((group) => group.isOwn && group.id !== groupId)) {
    throw new StorageError({ kind: "already_exists", entity: "group" });
  }
}

/** On PostgreSQL, locks are taken in this order: the organization, the group, the position. */
export function* updateGroup(
  organizationId: OrganizationId,
  groupId: GroupId,
  patch: GroupPatch,
  audit: Audit,
): Operation<Group> {
  if (patch.name !== undefined) yield* requireOrganization(organizationId);
  const current = yield* requireOwnGroup(organizationId, groupId);
  const { next, changed } = applyPatch(current, patch, audit.atMs);
  if (!changed) return current;
  const isRenamed = foldCase(next.name) !== foldCase(current.name);
  if (isRenamed) yield* requireFreeName(organizationId, groupId, next.name);
  yield* run(
    `UPDATE groups SET name = ?, name_fold = ?, description = ?, version = version + 1, updated_at = ?
     WHERE organization_id = ? AND id = ?`,
    next.name,
    foldCase(next.name),
    next.description,
    next.updatedAtMs,
    organizationId,
    groupId,
  );
  yield* appendEvent(organizationId, audit, "group", groupId, "updated");
  return next;
}

export function* deleteGroup(
  organizationId: OrganizationId,
  groupId: GroupId,
  audit: Audit,
): Operation<void> {
  yield* requireOwnGroup(organizationId, groupId);
  yield* removeAll(organizationId, groupId);
  yield* run("DELETE FROM groups WHERE organization_id = ? AND id = ?", organizationId, groupId);
  yield* appendEvent(organizationId, audit, "group", groupId, "deleted");
}

function* requireOwnGroup(organizationId: OrganizationId, groupId: GroupId): Operation<Group> {
  const found = yield* lockOwnGroup(organizationId, groupId);
  if (found === undefined) throw notFound("group");
  return found;
}
