import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { leaveOrganization } from "../../domain/members.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const leaveOrganizationHandler: Handler<
  typeof OrganizationService.method.leaveOrganization,
  ScopedCall
> = async (context, request, call) => {
  await leaveOrganization(context, call, call.organizationId, parseId(request.userId));
  return {};
};
