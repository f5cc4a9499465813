import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { getInvite } from "../../domain/joining.ts";
import { forbidStoring, type ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const getOrganizationInviteHandler: Handler<
  typeof OrganizationService.method.getOrganizationInvite,
  ScopedCall
> = async (context, _request, call) => {
  const { id } = await getInvite(context, call.organizationId);
  forbidStoring(call);
  return { invite: { inviteId: id } };
};
