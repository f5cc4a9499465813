import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deleteGroup } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteGroupHandler: Handler<typeof GroupService.method.deleteGroup, ScopedCall> = async (
  context,
  request,
  call,
) => {
  await deleteGroup(context, call, call.organizationId, parseId(request.groupId));
  return {};
};
