import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { parseId } from "../../base/ids.ts";
import { createPersonalAccessToken } from "../../domain/personal-access-tokens.ts";
import { forbidStoring, type ScopedCall } from "../call.ts";
import { toMilliseconds } from "../convert/time.ts";
import type { Handler } from "../endpoint.ts";

export const createPersonalAccessTokenHandler: Handler<
  typeof UserService.method.createPersonalAccessToken,
  ScopedCall
> = async (context, request, call) => {
  const { token } = await createPersonalAccessToken(context, call, call.organizationId, {
    userId: parseId(request.userId),
    description: request.description,
    lifetimeMs: toMilliseconds(request.validFor),
    readOnly: request.readOnly,
  });
  forbidStoring(call);
  return { token };
};
