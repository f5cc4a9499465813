import type { OrganizationId, UserId } from "../base/ids.ts";
import type { Member } from "../storage/records.ts";
import type { DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Principal } from "./principal.ts";

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
