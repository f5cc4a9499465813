import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deleteMember } from "../../domain/members.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteUserHandler: Handler<typeof UserService.method.deleteUser, ScopedCall> = async (
  context,
  request,
  call,
) => {
  await deleteMember(context, call, call.organizationId, parseId(request.userId));
  return {};
};
