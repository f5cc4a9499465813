import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { replaceInvite } from "../../domain/joining.ts";
import { forbidStoring, type ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const createOrganizationInviteHandler: Handler<
  typeof OrganizationService.method.createOrganizationInvite,
  ScopedCall
> = async (context, _request, call) => {
  const { id } = await replaceInvite(context, call, call.organizationId);
  forbidStoring(call);
  return { invite: { inviteId: id } };
};
