/** An organization with one of everything in it. Made below the RPCs, which are what the tests are about. */
import {
  type OperatorId,
  type OrganizationId,
  parseId,
  type SsoConfigurationId,
} from "../../../src/base/ids.ts";
import { createDomainVerification } from "../../../src/domain/domain-verifications.ts";
import { replaceInvite } from "../../../src/domain/joining.ts";
import { createOrganization } from "../../../src/domain/organizations.ts";
import type { Caller } from "../../../src/domain/principal.ts";
import { createScimConfiguration } from "../../../src/domain/scim-configurations.ts";
import { createSsoConfiguration } from "../../../src/domain/sso-configurations.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";
import { present } from "./expect.ts";
import { addGroup, addMembership } from "./groups.ts";

export const clientSecret = "the-client-secret-of-a-test-world";

export interface World {
  readonly organizationId: string;
  readonly admin: TestTenant;
  /** Of the same organization, with role MEMBER. */
  readonly member: TestTenant;
  /** Of the same organization too, without a token, and in no group. */
  readonly personId: string;
  /** The organization's invite. */
  readonly inviteId: string;
  /** Another organization, with an invite that the test knows. */
  readonly host: { readonly organizationId: string; readonly inviteId: string };
  readonly ssoConfigurationId: string;
  /** No SCIM configuration links to it. */
  readonly freeSsoConfigurationId: string;
  readonly scimConfigurationId: string;
  readonly scimToken: string;
  /** The record of the admin's token. */
  readonly personalAccessTokenId: string;
  /** Of the SCIM configuration, with the member in it and nobody else. */
  readonly groupId: string;
  /** Of the organization's own, with the member in it and nobody else. */
  readonly ownGroupId: string;
  readonly ownMembershipId: string;
  /** Not verified yet; the record that proves it can be found. */
  readonly domainVerificationId: string;
}

const caller: Caller = {
  principal: { kind: "operator", id: parseId<OperatorId>("00000000-0000-7000-8000-000000000000") },
  requestId: "test-set-up",
};

export async function createWorld(server: TestServer, name = "World"): Promise<World> {
  const { context } = server.app;
  const admin = await server.tenant({ name });
  const organizationId = parseId<OrganizationId>(admin.organizationId);
  const [linked, free] = [await createSso(server, admin, name), await createSso(server, admin, name)];
  const { configuration, token } = await createScimConfiguration(context, caller, organizationId, {
    ssoConfigurationId: parseId<SsoConfigurationId>(linked),
    name: `${name} SCIM`,
    tokenLifetimeSeconds: undefined,
    allowUnverifiedEmailAccountLinking: false,
  });
  const page = { afterId: undefined, limit: 1 };
  const tokens = await context.storage.personalAccessTokens.list(organizationId, undefined, page);
  const member = await server.colleague(admin);
  const ownGroupId = addGroup(server, organizationId, { name: `${name} own group` });
  const claim = await createDomainVerification(context, caller, organizationId, `${organizationId}.example`);
  server.dns.set(claim.domain, [claim.verificationToken]);
  const input = { name: `${name}'s host`, join: false, inviteMatchingDomain: false };
  const { organization: host } = await createOrganization(context, caller, input);
  return {
    organizationId: admin.organizationId,
    admin,
    member,
    personId: server.person(admin),
    inviteId: (await replaceInvite(context, caller, organizationId)).id,
    host: { organizationId: host.id, inviteId: (await replaceInvite(context, caller, host.id)).id },
    ssoConfigurationId: linked,
    freeSsoConfigurationId: free,
    scimConfigurationId: configuration.id,
    scimToken: token,
    personalAccessTokenId: present(tokens[0]).id,
    groupId: addGroup(server, organizationId, {
      name: `${name} group`,
      description: `What ${name} is about`,
      scimConfigurationId: configuration.id,
      userIds: [member.userId],
    }),
    ownGroupId,
    ownMembershipId: addMembership(server, organizationId, ownGroupId, member.userId),
    domainVerificationId: claim.id,
  };
}

/** A new SSO configuration of the tenant's organization. */
export async function createSso(server: TestServer, tenant: TestTenant, name = "Test"): Promise<string> {
  const organizationId = parseId<OrganizationId>(tenant.organizationId);
  const { id } = await createSsoConfiguration(server.app.context, caller, organizationId, {
    clientId: "client",
    clientSecret,
    issuerUrl: "https://issuer.example.com",
    displayName: `${name} SSO`,
    emailDomains: ["example.com", "example.org"],
    additionalScopes: ["groups"],
    claimsExpression: "claims.verified",
  });
  return id;
}
