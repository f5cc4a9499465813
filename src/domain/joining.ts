/** How people of other organizations come in. */
import type { OrganizationId, OrganizationInviteId, UserId } from "../base/ids.ts";
import { StorageError } from "../storage/errors.ts";
import type { Member, OrganizationInvite } from "../storage/records.ts";
import type { JoinWay } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError, notFoundError } from "./errors.ts";
import { type Count, countMembers } from "./members.ts";
import { getOrganization } from "./organizations.ts";
import type { Caller } from "./principal.ts";

/** The former invite opens nothing once this resolves. */
export async function replaceInvite(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
): Promise<OrganizationInvite> {
  const audit = auditOf(context, caller);
  const invite: OrganizationInvite = {
    organizationId,
    id: context.ids.next<OrganizationInviteId>(),
    createdAtMs: audit.atMs,
  };
  return await context.storage.organizationInvites.replace(organizationId, invite, audit);
}

/** @throws not_found when there is none */
export function getInvite(
  context: DomainContext,
  organizationId: OrganizationId,
): Promise<OrganizationInvite> {
  return context.storage.organizationInvites.get(organizationId);
}

export interface InviteSummary {
  readonly organizationId: OrganizationId;
  readonly organizationName: string;
  /** Of those who have not left. */
  readonly memberCount: Count;
}

/** What whoever knows the invite may see. @throws not_found */
export async function getInviteSummary(
  context: DomainContext,
  inviteId: OrganizationInviteId,
): Promise<InviteSummary> {
  const organizationId = await context.storage.locator.organizationOf("organization_invite", inviteId);
  if (organizationId === undefined) throw notFoundError("organization_invite");
  const { name } = await getOrganization(context, organizationId);
  return {
    organizationId,
    organizationName: name,
    memberCount: await countMembers(context, organizationId, {}),
  };
}

/**
 * The person becomes a member of the organization, as another user than at home.
 *
 * @throws failed_precondition for the operator, who is no person, and for an email that is not proven; not_found for what does
 *   not let the person in; already_exists for a member; permission_denied for one who is suspended there
 */
export async function joinOrganization(
  context: DomainContext,
  caller: Caller,
  way: JoinWay,
): Promise<Member> {
  const { principal } = caller;
  if (principal.kind === "operator") {
    throw new DomainError(
      "failed_precondition",
      "the operator is not a person: whoever joins calls this with a personal access token of their own",
    );
  }
  if (way.kind === "domain" && way.organizationId === principal.organizationId) throw memberAlready();
  const { organizationId, id: userId } = principal;
  const joiner = { organizationId, userId, newUserId: context.ids.next<UserId>() };
  try {
    return await context.storage.members.join(joiner, way, auditOf(context, caller));
  } catch (error) {
    const isMember = error instanceof StorageError && error.fault.kind === "already_exists";
    throw isMember ? memberAlready(error) : error;
  }
}

function memberAlready(cause?: unknown): DomainError {
  return new DomainError("already_exists", "you are a member of this organization already", { cause });
}
