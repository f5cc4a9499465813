/** Clients and tokens of people, as the tests of personal access tokens use them. */
import { Code, ConnectError } from "@connectrpc/connect";
import { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";
import { type PersonalAccessToken, UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import type { TestServer } from "../../support/server.ts";

export const users = (server: TestServer, token: string) => server.client(UserService, { token });

/** Whether the token opens anything at this moment. */
export async function isAlive(server: TestServer, token: string): Promise<boolean> {
  try {
    await server.client(IdentityService, { token }).getAuthenticatedIdentity({});
    return true;
  } catch (error) {
    if (error instanceof ConnectError && error.code === Code.Unauthenticated) return false;
    throw error;
  }
}

/** The records of the user's tokens, in the order of their creation. */
export async function recordsOf(server: TestServer, userId: string): Promise<readonly PersonalAccessToken[]> {
  const request = { filter: { userIds: [userId] }, pagination: { pageSize: 100 } };
  const { personalAccessTokens } = await users(server, server.operatorToken).listPersonalAccessTokens(
    request,
  );
  return personalAccessTokens;
}
