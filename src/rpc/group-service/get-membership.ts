import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { parseId } from "../../base/ids.ts";
import { findGroupMembership } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import { toGroupMembership, toMemberId } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";

export const getMembershipHandler: Handler<typeof GroupService.method.getMembership, ScopedCall> = async (
  context,
  request,
  { organizationId },
) => {
  const userId = toMemberId(request.subject);
  if (userId === undefined) return {};
  const found = await findGroupMembership(context, organizationId, parseId(request.groupId), userId);
  return found === undefined ? {} : { member: toGroupMembership(found) };
};
