import { foldCase } from "../../base/fold.ts";
import type { GroupId, OrganizationId, ScimConfigurationId } from "../../base/ids.ts";
import { id, integer, text } from "../columns.ts";
import { type Fragment, join, raw, sql } from "../conditions/fragment.ts";
import { notFound, StorageError } from "../errors.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import type { Group } from "../records.ts";
import type { GroupFilter, Page } from "../storage.ts";
import { isOneOf, someContains } from "./list-filters.ts";
import { startOf } from "./paging.ts";

const columns =
  "organization_id, id, configuration_id, name, description, member_count, created_at, updated_at";

function decode(row: Row): Group {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    scimConfigurationId:
      row.configuration_id === null ? undefined : id<ScimConfigurationId>(row, "configuration_id"),
    name: text(row, "name"),
    description: text(row, "description"),
    memberCount: integer(row, "member_count"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
  };
}

const from = `SELECT ${columns} FROM groups`;
const selectOne = { sql: `${from} WHERE organization_id = ? AND id = ?`, decode };
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };
/** Ids are in the order of creation. */
const selectOldestByName = {
  sql: `${from} WHERE organization_id = ? AND name_fold = ? ORDER BY id LIMIT 1`,
  decode,
};

export function* getGroup(organizationId: OrganizationId, groupId: GroupId): Operation<Group> {
  const found = yield* first(selectOne, organizationId, groupId);
  if (found === undefined) throw notFound("group");
  return found;
}

/** The group as it stays until the transaction ends. A directory's groups are the directory's to change. @throws system_managed */
export function* lockOwnGroup(
  organizationId: OrganizationId,
  groupId: GroupId,
): Operation<Group | undefined> {
  const found = yield* first(selectForUpdate, organizationId, groupId);
  if (found?.scimConfigurationId === undefined) return found;
  throw new StorageError({ kind: "system_managed", entity: "group" });
}

export function* getGroupByName(organizationId: OrganizationId, name: string): Operation<Group> {
  const found = yield* first(selectOldestByName, organizationId, foldCase(name));
  if (found === undefined) throw notFound("group");
  return found;
}

export function* listGroups(
  organizationId: OrganizationId,
  filter: GroupFilter,
  page: Page<GroupId>,
): Operation<Group[]> {
  return yield* pageOf([sql`organization_id = ${organizationId}`], filter, page);
}

export function* listAllGroups(filter: GroupFilter, page: Page<GroupId>): Operation<Group[]> {
  return yield* pageOf([], filter, page);
}

function* pageOf(scope: readonly Fragment[], filter: GroupFilter, page: Page<GroupId>): Operation<Group[]> {
  const where = join([...scope, sql`id > ${startOf(page)}`, ...conditionsOf(filter)], " AND ");
  const select = sql`${raw(from)} WHERE ${where} ORDER BY id LIMIT ${page.limit}`;
  return yield* all({ sql: select.sql, decode }, ...select.parameters);
}

function conditionsOf({ search = "", groupIds = [], systemManaged }: GroupFilter): readonly Fragment[] {
  return [
    ...(groupIds.length === 0 ? [] : [isOneOf("id", groupIds)]),
    ...(search === "" ? [] : [someContains(["name_fold"], foldCase(search))]),
    ...(systemManaged === undefined ? [] : [isManaged(systemManaged)]),
  ];
}

function isManaged(managed: boolean): Fragment {
  return raw(managed ? "configuration_id IS NOT NULL" : "configuration_id IS NULL");
}
