import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../base/ids.ts";
import { getMember } from "../../domain/members.ts";
import type { ScopedCall } from "../call.ts";
import { toUser } from "../convert/user.ts";
import type { Handler } from "../endpoint.ts";

export const getUserHandler: Handler<typeof UserService.method.getUser, ScopedCall> = async (
  context,
  request,
  { organizationId },
) => ({ user: toUser(await getMember(context, organizationId, parseId(request.userId))) });
