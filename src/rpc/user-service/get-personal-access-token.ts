import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { type PersonalAccessTokenId, parseId } from "../../base/ids.ts";
import { getPersonalAccessToken } from "../../domain/personal-access-tokens.ts";
import type { ScopedCall } from "../call.ts";
import { toPersonalAccessToken } from "../convert/user.ts";
import type { Handler } from "../endpoint.ts";

export const getPersonalAccessTokenHandler: Handler<
  typeof UserService.method.getPersonalAccessToken,
  ScopedCall
> = async (context, request, { principal, organizationId }) => {
  const id = parseId<PersonalAccessTokenId>(request.personalAccessTokenId);
  return { pat: toPersonalAccessToken(await getPersonalAccessToken(context, principal, organizationId, id)) };
};
