import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type GroupId, parseId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import { addGroupMember } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import { toGroupMembership, toMemberId } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";

export const createMembershipHandler: Handler<
  typeof GroupService.method.createMembership,
  ScopedCall
> = async (context, request, call) => {
  const userId = toMemberId(request.subject);
  if (userId === undefined) {
    throw new DomainError(
      "invalid_argument",
      "subject.principal: must be USER, since people alone are in groups",
    );
  }
  const groupId = parseId<GroupId>(request.groupId);
  const member = await addGroupMember(context, call, call.organizationId, groupId, userId);
  return { member: toGroupMembership(member) };
};
