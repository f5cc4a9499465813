import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { setRole } from "../../domain/members.ts";
import type { ScopedCall } from "../call.ts";
import { fromOrganizationRole } from "../convert/member.ts";
import type { Handler } from "../endpoint.ts";

export const setRoleHandler: Handler<typeof OrganizationService.method.setRole, ScopedCall> = async (
  context,
  request,
  call,
) => {
  const role = fromOrganizationRole(request.role, "role");
  await setRole(context, call, call.organizationId, parseId(request.userId), role);
  return {};
};
