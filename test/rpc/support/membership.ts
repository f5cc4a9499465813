/** What tests of members' life do again and again. */
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService, type UserStatus } from "../../../gen/gitpod/v1/user_pb.ts";
import { createScimClient, type ScimClient } from "../../scim-http/support/client.ts";
import { userSchema } from "../../scim-http/support/resources.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";
import { present } from "./expect.ts";
import { createWorld } from "./world.ts";

export const organizations = (server: TestServer, { token }: Pick<TestTenant, "token">) =>
  server.client(OrganizationService, { token });

export async function statusOf(
  server: TestServer,
  { token }: Pick<TestTenant, "token">,
  userId: string,
): Promise<UserStatus> {
  const { user } = await server.client(UserService, { token }).getUser({ userId });
  return present(user).status;
}

export interface Provisioned {
  readonly admin: TestTenant;
  /** Whom the organization's directory has made. */
  readonly userId: string;
  readonly token: string;
  readonly email: string;
  readonly scim: ScimClient;
}

/** An organization whose directory has a user, with a token that the operator made for them. */
export async function createProvisioned(
  server: TestServer,
  email = `${crypto.randomUUID()}@example.com`,
): Promise<Provisioned> {
  const { admin, scimToken } = await createWorld(server);
  const scim = createScimClient(`${server.url}/scim/v2`, scimToken);
  const userId = await provision(scim, email);
  const users = server.client(UserService, { token: server.operatorToken });
  const { token } = await users.createPersonalAccessToken({ userId });
  return { admin, userId, token, email, scim };
}

/** The id of a new user of the directory. */
export async function provision(scim: ScimClient, email: string): Promise<string> {
  const body = { schemas: [userSchema], userName: email, emails: [{ value: email, primary: true }] };
  const { status, json } = await scim.post("/Users", body);
  const id = typeof json === "object" && json !== null && "id" in json ? json.id : undefined;
  if (status !== 201 || typeof id !== "string") throw new Error(`the directory took no user: ${status}`);
  return id;
}

export async function setActive({ scim, userId }: Provisioned, active: boolean): Promise<number> {
  const { status } = await scim.patch(`/Users/${userId}`, [{ op: "replace", path: "active", value: active }]);
  return status;
}

/** Creates an invite of the tenant's organization. */
export async function invite(server: TestServer, tenant: TestTenant): Promise<string> {
  const { organizationId } = tenant;
  const answer = await organizations(server, tenant).createOrganizationInvite({ organizationId });
  return present(answer.invite).inviteId;
}
