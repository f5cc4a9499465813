import { foldCase } from "../../base/fold.ts";
import type { GroupId, UserId } from "../../base/ids.ts";
import { text } from "../columns.ts";
import {
  type DirectoryGroup,
  type DirectoryTenant,
  type GroupChange,
  type GroupContent,
  groupMembersMax,
  type MemberPage,
} from "../directory.ts";
import { notFound, StorageError } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Audit } from "../records.ts";
import { count } from "./directory-counts.ts";
import { addMembers, changeMembers, pageOfMembers, removeAll } from "./directory-group-members.ts";
import { decodeGroup, groupColumns } from "./directory-group-rows.ts";
import { appendEvent } from "./events.ts";

const selectOne = {
  sql: `SELECT ${groupColumns} FROM groups WHERE organization_id = ? AND configuration_id = ? AND id = ?`,
  decode: decodeGroup,
};
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode: decodeGroup };
/** The configuration stays while a group is created in it. */
const selectConfiguration = {
  sql: "SELECT id FROM scim_configurations WHERE organization_id = ? AND id = ? {FOR KEY SHARE}",
  decode: (row: Row) => text(row, "id"),
};

export function* createDirectoryGroup(
  tenant: DirectoryTenant,
  group: { readonly id: GroupId; readonly content: GroupContent; readonly members: readonly UserId[] },
  audit: Audit,
): Operation<DirectoryGroup> {
  const { organizationId, configurationId } = tenant;
  const members = new Set(group.members);
  const memberCount = members.size;
  refuseTooMany(memberCount);
  const configuration = yield* first(selectConfiguration, organizationId, configurationId);
  if (configuration === undefined) throw notFound("scim_configuration");
  const { displayName, externalId, document, search } = group.content;
  const times = { createdAtMs: audit.atMs, updatedAtMs: audit.atMs };
  const created = { id: group.id, displayName, externalId, document, memberCount, version: 1, ...times };
  yield* insertGroup(tenant, created, JSON.stringify(search));
  yield* addMembers(tenant, group.id, members, audit.atMs);
  yield* count(tenant, { groups: 1 });
  yield* appendEvent(organizationId, audit, "group", group.id, "created");
  return created;
}

function* insertGroup(
  { organizationId, configurationId }: DirectoryTenant,
  group: DirectoryGroup,
  search: string,
): Operation<void> {
  yield* run(
    `INSERT INTO groups (${groupColumns}, organization_id, configuration_id, name_fold, description, search)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?)`,
    group.id,
    group.displayName,
    group.externalId ?? null,
    group.document,
    group.memberCount,
    group.version,
    group.createdAtMs,
    group.updatedAtMs,
    organizationId,
    configurationId,
    foldCase(group.displayName),
    search,
  );
}

export function* getDirectoryGroup(tenant: DirectoryTenant, groupId: GroupId): Operation<DirectoryGroup> {
  const found = yield* first(selectOne, tenant.organizationId, tenant.configurationId, groupId);
  if (found === undefined) throw notFound("directory_group");
  return found;
}

/** To be run on a snapshot. */
export function* getDirectoryGroupWithMembers(
  tenant: DirectoryTenant,
  groupId: GroupId,
  limit: number,
): Operation<{ readonly group: DirectoryGroup; readonly page: MemberPage }> {
  const group = yield* getDirectoryGroup(tenant, groupId);
  return { group, page: yield* pageOfMembers(tenant, groupId, undefined, limit) };
}

function* lockGroup(tenant: DirectoryTenant, groupId: GroupId): Operation<DirectoryGroup> {
  const found = yield* first(selectForUpdate, tenant.organizationId, tenant.configurationId, groupId);
  if (found === undefined) throw notFound("directory_group");
  return found;
}

export function* updateDirectoryGroup(
  tenant: DirectoryTenant,
  groupId: GroupId,
  change: (current: DirectoryGroup) => GroupChange,
  audit: Audit,
): Operation<DirectoryGroup> {
  const current = yield* lockGroup(tenant, groupId);
  const { content, members } = change(current);
  if (members?.kind === "replace") refuseTooMany(new Set(members.members).size);
  const { added, removed } =
    members === undefined ? unchanged : yield* changeMembers(tenant, groupId, members, audit.atMs);
  if (content === undefined && added === 0 && removed === 0) return current;
  const memberCount = current.memberCount + added - removed;
  refuseTooMany(memberCount);
  const version = current.version + 1;
  const updatedAtMs = Math.max(audit.atMs, current.updatedAtMs);
  const next = { ...current, memberCount, version, updatedAtMs };
  if (content === undefined) {
    yield* updateCount(tenant, next);
    yield* appendEvent(tenant.organizationId, audit, "group", groupId, "members_changed");
    return next;
  }
  yield* updateGroup(tenant, next, content);
  yield* appendEvent(tenant.organizationId, audit, "group", groupId, "updated");
  const { displayName, externalId, document } = content;
  return { ...next, displayName, externalId, document };
}

const unchanged = { added: 0, removed: 0 };

function* updateCount(
  { organizationId, configurationId }: DirectoryTenant,
  next: DirectoryGroup,
): Operation<void> {
  yield* run(
    `UPDATE groups SET member_count = ?, version = ?, updated_at = ?
     WHERE organization_id = ? AND configuration_id = ? AND id = ?`,
    next.memberCount,
    next.version,
    next.updatedAtMs,
    organizationId,
    configurationId,
    next.id,
  );
}

function* updateGroup(
  { organizationId, configurationId }: DirectoryTenant,
  next: DirectoryGroup,
  content: GroupContent,
): Operation<void> {
  yield* run(
    `UPDATE groups
     SET name = ?, name_fold = ?, external_id = ?, document = ?, search = ?, member_count = ?, version = ?,
         updated_at = ?
     WHERE organization_id = ? AND configuration_id = ? AND id = ?`,
    content.displayName,
    foldCase(content.displayName),
    content.externalId ?? null,
    content.document,
    JSON.stringify(content.search),
    next.memberCount,
    next.version,
    next.updatedAtMs,
    organizationId,
    configurationId,
    next.id,
  );
}

export function* deleteDirectoryGroup(
  tenant: DirectoryTenant,
  groupId: GroupId,
  check: (current: DirectoryGroup) => void,
  audit: Audit,
): Operation<void> {
  const { organizationId, configurationId } = tenant;
  check(yield* lockGroup(tenant, groupId));
  yield* removeAll(organizationId, groupId);
  yield* run(
    "DELETE FROM groups WHERE organization_id = ? AND configuration_id = ? AND id = ?",
    organizationId,
    configurationId,
    groupId,
  );
  yield* count(tenant, { groups: -1 });
  yield* appendEvent(organizationId, audit, "group", groupId, "deleted");
}

function refuseTooMany(memberCount: number): void {
  if (memberCount <= groupMembersMax) return;
  throw new StorageError({ kind: "too_many_members", entity: "directory_group", max: groupMembersMax });
}
