/** An organization with one of everything in it, made through the service itself. */
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";
import { present } from "./expect.ts";

export const clientSecret = "the-client-secret-of-a-test-world";

export interface World {
  readonly organizationId: string;
  readonly admin: TestTenant;
  /** Of the same organization, with role MEMBER. */
  readonly member: TestTenant;
  readonly ssoConfigurationId: string;
  /** No SCIM configuration links to it. */
  readonly freeSsoConfigurationId: string;
  readonly scimConfigurationId: string;
  readonly scimToken: string;
  /** The record of the admin's token. */
  readonly personalAccessTokenId: string;
}

export async function createWorld(server: TestServer, name = "World"): Promise<World> {
  const admin = await server.tenant({ name });
  const { organizationId, token } = admin;
  const organizations = server.client(OrganizationService, { token });
  const users = server.client(UserService, { token });
  const { scimConfiguration, token: scimToken } = await organizations.createSCIMConfiguration({
    organizationId,
    name: `${name} SCIM`,
    ssoConfigurationId: await createSso(server, admin, name),
  });
  const { personalAccessTokens } = await users.listPersonalAccessTokens({});
  const scim = present(scimConfiguration);
  return {
    organizationId,
    admin,
    member: await server.colleague(admin),
    ssoConfigurationId: scim.ssoConfigurationId,
    freeSsoConfigurationId: await createSso(server, admin, name),
    scimConfigurationId: scim.id,
    scimToken,
    personalAccessTokenId: present(personalAccessTokens[0]).id,
  };
}

/** A new SSO configuration of the tenant's organization. */
export async function createSso(server: TestServer, tenant: TestTenant, name = "Test"): Promise<string> {
  const organizations = server.client(OrganizationService, { token: tenant.token });
  const { ssoConfiguration } = await organizations.createSSOConfiguration({
    organizationId: tenant.organizationId,
    clientId: "client",
    clientSecret,
    issuerUrl: "https://issuer.example.com",
    displayName: `${name} SSO`,
    emailDomains: ["example.com", "example.org"],
    additionalScopes: ["groups"],
    claimsExpression: "claims.verified",
  });
  return present(ssoConfiguration).id;
}
