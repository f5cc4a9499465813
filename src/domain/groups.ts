import type { GroupId, GroupMembershipId, OrganizationId, UserId } from "../base/ids.ts";
import { StorageError } from "../storage/errors.ts";
import type { Group, GroupMembership } from "../storage/records.ts";
import type { GroupFilter, GroupPatch, NewGroup, Page } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Caller } from "./principal.ts";

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

/** A group of the organization's own, without members. @throws already_exists */
export async function createGroup(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  input: Omit<NewGroup, "id">,
): Promise<Group> {
  const group = { ...input, id: context.ids.next<GroupId>() };
  const audit = auditOf(context, caller);
  return await withFreeName(context.storage.groups.create(organizationId, group, audit));
}

/** Present fields replace, absent ones stay. @throws not_found; already_exists; failed_precondition for one of SCIM's */
export function updateGroup(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: GroupId,
  update: GroupPatch,
): Promise<Group> {
  return withFreeName(context.storage.groups.update(organizationId, id, update, auditOf(context, caller)));
}

async function withFreeName(change: Promise<Group>): Promise<Group> {
  try {
    return await change;
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault.kind !== "already_exists") throw error;
    throw new DomainError(
      "already_exists",
      "name: a group of the organization has it, if in other letter case: find that group by GetGroup, or choose another",
      { cause: error },
    );
  }
}

/** With its memberships. @throws not_found; failed_precondition for one of SCIM's */
export function deleteGroup(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: GroupId,
): Promise<void> {
  return context.storage.groups.delete(organizationId, id, auditOf(context, caller));
}

/** Who is in the group already stays in it. @throws not_found; failed_precondition for one of SCIM's, or a full one */
export function addGroupMember(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  groupId: GroupId,
  userId: UserId,
): Promise<GroupMembership> {
  const membership = { id: context.ids.next<GroupMembershipId>(), userId };
  return context.storage.groups.addMember(organizationId, groupId, membership, auditOf(context, caller));
}

/** @throws not_found; failed_precondition for one of a group of SCIM's */
export function removeGroupMember(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: GroupMembershipId,
): Promise<void> {
  return context.storage.groups.removeMember(organizationId, id, auditOf(context, caller));
}
