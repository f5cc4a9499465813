import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { getInviteSummary } from "../../domain/joining.ts";
import type { Call } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const getOrganizationInviteSummaryHandler: Handler<
  typeof OrganizationService.method.getOrganizationInviteSummary,
  Call
> = async (context, request) => {
  const summary = await getInviteSummary(context, parseId(request.inviteId));
  const { organizationId, organizationName, memberCount } = summary;
  return { organizationId, organizationName, organizationMemberCount: memberCount.value };
};
