import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { type PersonalAccessTokenId, parseId, type UserId } from "../../base/ids.ts";
import { listPersonalAccessTokens } from "../../domain/personal-access-tokens.ts";
import type { Page } from "../../storage/storage.ts";
import type { Call } from "../call.ts";
import { toPersonalAccessToken } from "../convert/user.ts";
import type { Handler } from "../endpoint.ts";
import { paginate } from "../paging.ts";

export const listPersonalAccessTokensHandler: Handler<
  typeof UserService.method.listPersonalAccessTokens,
  Call
> = async (context, request, { principal }) => {
  const named = request.filter?.userIds.map((id) => parseId<UserId>(id)) ?? [];
  const userIds = named.length === 0 ? undefined : named;
  const { items, pagination } = await paginate(
    context.keyring,
    ["personal-access-tokens", principal.id, ...named.toSorted()],
    request.pagination,
    (page: Page<PersonalAccessTokenId>) => listPersonalAccessTokens(context, principal, userIds, page),
  );
  return { pagination, personalAccessTokens: items.map(toPersonalAccessToken) };
};
