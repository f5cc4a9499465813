import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { getAuthenticatedMember } from "../../domain/members.ts";
import type { Call } from "../call.ts";
import { toUser } from "../convert/user.ts";
import type { Handler } from "../endpoint.ts";

export const getAuthenticatedUserHandler: Handler<
  typeof UserService.method.getAuthenticatedUser,
  Call
> = async (context, _request, { principal }) => ({
  user: toUser(await getAuthenticatedMember(context, principal)),
});
