import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deletePersonalAccessToken } from "../../domain/personal-access-tokens.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deletePersonalAccessTokenHandler: Handler<
  typeof UserService.method.deletePersonalAccessToken,
  ScopedCall
> = async (context, request, call) => {
  await deletePersonalAccessToken(context, call, call.organizationId, parseId(request.personalAccessTokenId));
  return {};
};
