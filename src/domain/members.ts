import type { OrganizationId, UserId } from "../base/ids.ts";
import type { Member, MemberStatus, Role } from "../storage/records.ts";
import type { ListedMembers, MemberFilter, MemberQuery } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Caller, Principal } from "./principal.ts";

/** Counting costs what it counts. */
const countMax = 10_000;

/** Who is shown unless a list asks otherwise: who has left is not what somebody expects who looks for a colleague. */
const present: readonly MemberStatus[] = ["active", "suspended"];

/** @throws not_found */
export function getMember(
  context: DomainContext,
  organizationId: OrganizationId,
  userId: UserId,
): Promise<Member> {
  return context.storage.members.get(organizationId, userId);
}

/** @throws failed_precondition for the operator, who is no person */
export async function getAuthenticatedMember(context: DomainContext, principal: Principal): Promise<Member> {
  if (principal.kind === "operator") {
    throw new DomainError(
      "failed_precondition",
      "the operator is not a user: call IdentityService/GetAuthenticatedIdentity, or use a personal access token",
    );
  }
  return await context.storage.members.get(principal.organizationId, principal.id);
}

/** Of a filter without statuses, those who have left are not. */
export function listMembers(
  context: DomainContext,
  organizationId: OrganizationId,
  query: MemberQuery,
): Promise<ListedMembers> {
  const filter = withoutLeavers(query.filter);
  return context.storage.members.list(organizationId, { ...query, filter });
}

export interface Count {
  readonly value: number;
  /** False where there are more. */
  readonly isExact: boolean;
}

/** Of all that `listMembers` lists, on whatever page. */
export async function countMembers(
  context: DomainContext,
  organizationId: OrganizationId,
  filter: MemberFilter,
): Promise<Count> {
  const count = await context.storage.members.count(organizationId, withoutLeavers(filter), countMax + 1);
  return { value: Math.min(count, countMax), isExact: count <= countMax };
}

function withoutLeavers(filter: MemberFilter): MemberFilter {
  return { ...filter, statuses: filter.statuses?.length ? filter.statuses : present };
}

/** @throws not_found, also for who has left; failed_precondition when no active admin would be left */
export async function setRole(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  userId: UserId,
  role: Role,
): Promise<void> {
  await context.storage.members.setRole(organizationId, userId, role, auditOf(context, caller));
}

/**
 * Oneself too. A suspended person's tokens open nothing, and are alive again when the suspension is lifted.
 *
 * @throws not_found, also for who has left; failed_precondition when no active admin would be left, and to lift a
 *   suspension that the identity provider asks for
 */
export async function setSuspended(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  userId: UserId,
  suspended: boolean,
): Promise<void> {
  await context.storage.members.setSuspended(organizationId, userId, suspended, auditOf(context, caller));
}

/**
 * A member lets themselves go, an admin anybody.
 *
 * @throws permission_denied for another person; not_found, also for who has left; failed_precondition for a person whom the
 *   identity provider manages, and when no active admin would be left
 */
export async function leaveOrganization(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  userId: UserId,
): Promise<void> {
  const { principal } = caller;
  if (principal.kind === "user" && principal.role !== "admin" && principal.id !== userId) {
    throw new DomainError("permission_denied", "user_id: another person; this needs the role ADMIN");
  }
  await context.storage.members.leave(organizationId, userId, auditOf(context, caller));
}

/**
 * Erases the person, also one who has left.
 *
 * @throws not_found; failed_precondition for a person whom the identity provider manages, and when no active admin would be
 *   left
 */
export async function deleteMember(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  userId: UserId,
): Promise<void> {
  await context.storage.members.delete(organizationId, userId, auditOf(context, caller));
}
