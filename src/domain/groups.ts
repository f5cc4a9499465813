import type { GroupId, OrganizationId, UserId } from "../base/ids.ts";
import type { Group, GroupMembership } from "../storage/records.ts";
import type { GroupFilter, Page } from "../storage/storage.ts";
import type { DomainContext } from "./context.ts";

/** @throws not_found */
export function getGroup(
  context: DomainContext,
  organizationId: OrganizationId,
  id: GroupId,
): Promise<Group> {
  return context.storage.groups.get(organizationId, id);
}

/** Without regard to case; the oldest of several. @throws not_found */
export function getGroupByName(
  context: DomainContext,
  organizationId: OrganizationId,
  name: string,
): Promise<Group> {
  return context.storage.groups.getByName(organizationId, name);
}

/** Every organization's when none is given. */
export function listGroups(
  context: DomainContext,
  organizationId: OrganizationId | undefined,
  filter: GroupFilter,
  page: Page<GroupId>,
): Promise<readonly Group[]> {
  const { groups } = context.storage;
  return organizationId === undefined
    ? groups.listAll(filter, page)
    : groups.list(organizationId, filter, page);
}

/** Undefined for who is not in the group. */
export function findGroupMembership(
  context: DomainContext,
  organizationId: OrganizationId,
  groupId: GroupId,
  userId: UserId,
): Promise<GroupMembership | undefined> {
  return context.storage.groups.findMembership(organizationId, groupId, userId);
}

/** By user id; with `search`, of those whose name contains it. */
export function listGroupMemberships(
  context: DomainContext,
  organizationId: OrganizationId,
  groupId: GroupId,
  search: string,
  page: Page<UserId>,
): Promise<readonly GroupMembership[]> {
  return context.storage.groups.listMemberships(organizationId, groupId, search, page);
}
