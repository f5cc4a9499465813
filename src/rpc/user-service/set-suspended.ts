import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../base/ids.ts";
import { setSuspended } from "../../domain/members.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const setSuspendedHandler: Handler<typeof UserService.method.setSuspended, ScopedCall> = async (
  context,
  request,
  call,
) => {
  await setSuspended(context, call, call.organizationId, parseId(request.userId), request.suspended);
  return {};
};
