import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { parseId } from "../../base/ids.ts";
import { removeGroupMember } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteMembershipHandler: Handler<
  typeof GroupService.method.deleteMembership,
  ScopedCall
> = async (context, request, call) => {
  await removeGroupMember(context, call, call.organizationId, parseId(request.membershipId));
  return {};
};
