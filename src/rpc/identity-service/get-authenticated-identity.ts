import type { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";
import { getOrganization } from "../../domain/organizations.ts";
import type { Call } from "../call.ts";
import { toTierName } from "../convert/organization.ts";
import { toPrincipal } from "../convert/principal.ts";
import type { Handler } from "../endpoint.ts";

export const getAuthenticatedIdentityHandler: Handler<
  typeof IdentityService.method.getAuthenticatedIdentity,
  Call
> = async (context, _request, { principal }) => {
  const subject = { id: principal.id, principal: toPrincipal(principal.kind) };
  if (principal.kind === "operator") return { subject };
  const { tier } = await getOrganization(context, principal.organizationId);
  return { subject, organizationId: principal.organizationId, organizationTier: toTierName(tier) };
};
