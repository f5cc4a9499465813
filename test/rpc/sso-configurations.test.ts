import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CreateSSOConfigurationRequestSchema,
  OrganizationService,
  SSOConfiguration_ProviderType as ProviderType,
  type SSOConfiguration,
  SSOConfigurationState,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { awkwardNames } from "./support/awkward.ts";
import { expectCode, expectConforming, present } from "./support/expect.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;
let tenant: TestTenant;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await server.tenant();
});

afterAll(() => server[Symbol.asyncDispose]());

const client = () => server.client(OrganizationService, { token: tenant.token });

const least = {
  clientId: "client",
  clientSecret: "a-client-secret",
  issuerUrl: "https://issuer.example.com",
} as const;

async function created(
  fields: MessageInitShape<typeof CreateSSOConfigurationRequestSchema>,
): Promise<SSOConfiguration> {
  const { organizationId } = tenant;
  const response = await client().createSSOConfiguration({ organizationId, ...least, ...fields });
  expectConforming(OrganizationService.method.createSSOConfiguration.output, response);
  return present(response.ssoConfiguration);
}

describe("CreateSSOConfiguration", () => {
  it("makes an active configuration of a custom provider, with nothing in it but what was given", async () => {
    expect(await created({})).toMatchObject({
      organizationId: tenant.organizationId,
      clientId: "client",
      issuerUrl: "https://issuer.example.com",
      state: SSOConfigurationState.SSO_CONFIGURATION_STATE_ACTIVE,
      providerType: ProviderType.CUSTOM,
      claims: {},
      emailDomain: "",
      emailDomains: [],
      displayName: "",
      additionalScopes: [],
      claimsExpression: "",
    });
  });

  it("answers with what every later read answers", async () => {
    const configuration = await created({
      displayName: "Sign in with Acme",
      emailDomains: ["b.example", "a.example"],
      additionalScopes: ["groups", "email", "groups"],
      claimsExpression: "claims.verified == true",
    });
    expect(configuration.additionalScopes).toEqual(["groups", "email", "groups"]);
    const { ssoConfiguration } = await client().getSSOConfiguration({ ssoConfigurationId: configuration.id });
    expect(ssoConfiguration).toEqual(configuration);
    const { ssoConfigurations } = await client().listSSOConfigurations({
      organizationId: tenant.organizationId,
      pagination: { pageSize: 100 },
    });
    expect(ssoConfigurations.find(({ id }) => id === configuration.id)).toEqual(configuration);
  });

  it.each(awkwardNames.map((name) => [name]))("gives texts back byte for byte: %j", async (text) => {
    const configuration = await created({
      clientId: text,
      displayName: text,
      additionalScopes: [text],
      claimsExpression: text,
    });
    const { ssoConfiguration } = await client().getSSOConfiguration({ ssoConfigurationId: configuration.id });
    expect(ssoConfiguration).toMatchObject({
      clientId: text,
      displayName: text,
      additionalScopes: [text],
      claimsExpression: text,
    });
  });
});

describe("the email domains of a new configuration", () => {
  it("keep their order and letter case, and the first is email_domain for older clients", async () => {
    const configuration = await created({ emailDomains: ["Zeta.Example", "alpha.example"] });
    expect(configuration.emailDomains).toEqual(["Zeta.Example", "alpha.example"]);
    expect(configuration.emailDomain).toBe("Zeta.Example");
  });

  it("are the single one of an older client when it sends no others", async () => {
    const configuration = await created({ emailDomain: "single.example" });
    expect(configuration.emailDomains).toEqual(["single.example"]);
    expect(configuration.emailDomain).toBe("single.example");
  });

  it("are email_domains alone when both are sent", async () => {
    const configuration = await created({
      emailDomain: "old.example",
      emailDomains: ["new.example", "old.example"],
    });
    expect(configuration.emailDomains).toEqual(["new.example", "old.example"]);
    const other = await created({ emailDomain: "old.example", emailDomains: ["new.example"] });
    expect(other.emailDomains).toEqual(["new.example"]);
  });

  it.each([
    "localhost",
    "user@example.com",
    "exa mple.com",
    `${"a".repeat(250)}.com`,
    "*.example.com",
    "    ",
  ])("are domain names, in the older field as well: %j is refused by its name", async (emailDomain) => {
    const { organizationId } = tenant;
    const call = client().createSSOConfiguration({ organizationId, ...least, emailDomain });
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toMatch(/^email_domain: /);
    if (emailDomain.trim() !== "") expect(rawMessage).not.toContain(emailDomain);
  });
});

describe("DeleteSSOConfiguration", () => {
  it("is failed_precondition while a SCIM configuration links to it, and keeps it", async () => {
    const { admin, ssoConfigurationId } = await createWorld(server);
    const organizations = server.client(OrganizationService, { token: admin.token });
    const { rawMessage } = await expectCode(
      organizations.deleteSSOConfiguration({ ssoConfigurationId }),
      Code.FailedPrecondition,
    );
    expect(rawMessage).toContain("SCIM configuration");
    await organizations.getSSOConfiguration({ ssoConfigurationId });
  });

  it("succeeds once the SCIM configuration is deleted", async () => {
    const { admin, ssoConfigurationId, scimConfigurationId } = await createWorld(server);
    const organizations = server.client(OrganizationService, { token: admin.token });
    await organizations.deleteSCIMConfiguration({ scimConfigurationId });
    await organizations.deleteSSOConfiguration({ ssoConfigurationId });
    await expectCode(organizations.getSSOConfiguration({ ssoConfigurationId }), Code.NotFound);
  });

  it("succeeds once the SCIM configuration links to another", async () => {
    const world = await createWorld(server);
    const { ssoConfigurationId, scimConfigurationId } = world;
    const organizations = server.client(OrganizationService, { token: world.admin.token });
    await organizations.updateSCIMConfiguration({
      scimConfigurationId,
      ssoConfigurationId: world.freeSsoConfigurationId,
    });
    await organizations.deleteSSOConfiguration({ ssoConfigurationId });
  });

  it("is not_found the second time, like reading and changing what was deleted", async () => {
    const { id: ssoConfigurationId } = await created({});
    await client().deleteSSOConfiguration({ ssoConfigurationId });
    await expectCode(client().deleteSSOConfiguration({ ssoConfigurationId }), Code.NotFound);
    await expectCode(client().getSSOConfiguration({ ssoConfigurationId }), Code.NotFound);
    await expectCode(
      client().updateSSOConfiguration({ ssoConfigurationId, displayName: "x" }),
      Code.NotFound,
    );
  });
});
