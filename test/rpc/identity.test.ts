import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IdentityService, Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService, UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

describe("GetAuthenticatedIdentity", () => {
  it("names a person by the member's id, with the organization and its tier", async () => {
    const tenant = await server.tenant();
    const identity = await server
      .client(IdentityService, { token: tenant.token })
      .getAuthenticatedIdentity({});
    expect(identity).toMatchObject({
      subject: { id: tenant.userId, principal: Principal.USER },
      organizationId: tenant.organizationId,
      organizationTier: "ORGANIZATION_TIER_ENTERPRISE",
    });
  });

  it("is the same for every token of the person, read-only ones too", async () => {
    const tenant = await server.tenant();
    const tokens = [tenant.token, await server.tokenFor(tenant, { readOnly: true })];
    const [one, other] = await Promise.all(
      tokens.map((token) => server.client(IdentityService, { token }).getAuthenticatedIdentity({})),
    );
    expect(one).toEqual(other);
  });

  it("names the operator as a service account without an organization, by the same id each time", async () => {
    const client = server.client(IdentityService, { token: server.operatorToken });
    const identity = await client.getAuthenticatedIdentity({});
    expect(identity.subject?.principal).toBe(Principal.SERVICE_ACCOUNT);
    expect(identity).toMatchObject({ organizationId: "", organizationTier: "" });
    expect(await client.getAuthenticatedIdentity({})).toEqual(identity);
  });

  it("gives the organization whose SCIM configurations the caller lists", async () => {
    const tenant = await server.tenant();
    const { organizationId } = await server
      .client(IdentityService, { token: tenant.token })
      .getAuthenticatedIdentity({});
    const client = server.client(OrganizationService, { token: tenant.token });
    expect(await client.listSCIMConfigurations({ organizationId })).toEqual(
      await client.listSCIMConfigurations({}),
    );
  });
});

describe("GetAuthenticatedUser", () => {
  it("is the person whose token calls", async () => {
    const tenant = await server.tenant();
    const colleague = await server.colleague(tenant);
    const { user } = await server.client(UserService, { token: colleague.token }).getAuthenticatedUser({});
    expect(user).toMatchObject({
      id: colleague.userId,
      organizationId: tenant.organizationId,
      email: `${colleague.userId}@example.com`,
      status: UserStatus.ACTIVE,
    });
  });

  it("is failed_precondition for the operator, who is no person, and says what to call instead", async () => {
    const call = server.client(UserService, { token: server.operatorToken }).getAuthenticatedUser({});
    const { rawMessage } = await expectCode(call, Code.FailedPrecondition);
    expect(rawMessage).toContain("GetAuthenticatedIdentity");
  });
});

describe("GetUser", () => {
  it("shows a member to every member and to the operator, the same", async () => {
    const tenant = await server.tenant();
    const { userId, token } = await server.colleague(tenant);
    const shown = await Promise.all(
      [tenant.token, token, server.operatorToken].map((each) =>
        server.client(UserService, { token: each }).getUser({ userId }),
      ),
    );
    expect(shown[0]?.user).toMatchObject({ id: userId, status: UserStatus.ACTIVE });
    expect(shown[1]).toEqual(shown[0]);
    expect(shown[2]).toEqual(shown[0]);
  });

  it.each([
    ["suspended", UserStatus.SUSPENDED],
    ["left", UserStatus.LEFT],
  ] as const)("shows a member who is %s as such", async (status, expected) => {
    const tenant = await server.tenant();
    const { userId } = await server.colleague(tenant);
    server.sql("UPDATE members SET status = ? WHERE user_id = ?", status, userId);
    const { user } = await server.client(UserService, { token: tenant.token }).getUser({ userId });
    expect(user?.status).toBe(expected);
  });
});
