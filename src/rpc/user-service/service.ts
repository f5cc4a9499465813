/** UserService: each method with its permission and its handler. */
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { authenticated, type Endpoints, inOrganization } from "../endpoint.ts";
import { createPersonalAccessTokenHandler } from "./create-personal-access-token.ts";
import { deletePersonalAccessTokenHandler } from "./delete-personal-access-token.ts";
import { deleteUserHandler } from "./delete-user.ts";
import { getAuthenticatedUserHandler } from "./get-authenticated-user.ts";
import { getPersonalAccessTokenHandler } from "./get-personal-access-token.ts";
import { getUserHandler } from "./get-user.ts";
import { listPersonalAccessTokensHandler } from "./list-personal-access-tokens.ts";
import { setSuspendedHandler } from "./set-suspended.ts";

const { method } = UserService;
const userId = (request: { readonly userId: string }): string => request.userId;
const tokenId = (request: { readonly personalAccessTokenId: string }): string =>
  request.personalAccessTokenId;

export const userEndpoints: Endpoints<typeof UserService> = {
  getAuthenticatedUser: authenticated(method.getAuthenticatedUser, getAuthenticatedUserHandler),
  getUser: inOrganization(method.getUser, "member", "user", userId, getUserHandler),

  // Whose token it may be is the domain's rule: one's own; any for the operator, and but for making one, for an admin.
  createPersonalAccessToken: inOrganization(
    method.createPersonalAccessToken,
    "member",
    "user",
    userId,
    createPersonalAccessTokenHandler,
  ),
  getPersonalAccessToken: inOrganization(
    method.getPersonalAccessToken,
    "member",
    "personal_access_token",
    tokenId,
    getPersonalAccessTokenHandler,
  ),
  listPersonalAccessTokens: authenticated(method.listPersonalAccessTokens, listPersonalAccessTokensHandler),
  deletePersonalAccessToken: inOrganization(
    method.deletePersonalAccessToken,
    "member",
    "personal_access_token",
    tokenId,
    deletePersonalAccessTokenHandler,
  ),

  setSuspended: inOrganization(method.setSuspended, "admin", "user", userId, setSuspendedHandler),
  deleteUser: inOrganization(method.deleteUser, "admin", "user", userId, deleteUserHandler),
};
