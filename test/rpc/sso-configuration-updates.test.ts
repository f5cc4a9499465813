import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  OrganizationService,
  type SSOConfiguration,
  SSOConfigurationState,
  type UpdateSSOConfigurationRequestSchema,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { parseId, type SsoConfigurationId } from "../../src/base/ids.ts";
import type { SsoConfiguration } from "../../src/storage/records.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf, fieldOf, send } from "./support/raw.ts";
import { clientSecret, createSso } from "./support/world.ts";

let server: TestServer;
let tenant: TestTenant;
let ssoConfigurationId: string;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

type Update = Omit<MessageInitShape<typeof UpdateSSOConfigurationRequestSchema>, "$typeName">;
const { SSO_CONFIGURATION_STATE_ACTIVE: active, SSO_CONFIGURATION_STATE_INACTIVE: inactive } =
  SSOConfigurationState;
const client = () => server.client(OrganizationService, { token: tenant.token });

/** A configuration with every field set; what it is before the update and after. */
async function update(fields: Update): Promise<{ before: SSOConfiguration; after: SSOConfiguration }> {
  tenant = await server.tenant();
  ssoConfigurationId = await createSso(server, tenant);
  await client().updateSSOConfiguration({ ssoConfigurationId, claims: { email: "mail", name: "cn" } });
  const before = await get();
  server.clock.advance(1000);
  await client().updateSSOConfiguration({ ssoConfigurationId, ...fields });
  return { before, after: await get() };
}

async function get(): Promise<SSOConfiguration> {
  const { ssoConfiguration } = await client().getSSOConfiguration({ ssoConfigurationId });
  return present(ssoConfiguration);
}

function stored(): Promise<SsoConfiguration> {
  return server.app.context.storage.ssoConfigurations.get(
    parseId(tenant.organizationId),
    parseId<SsoConfigurationId>(ssoConfigurationId),
  );
}

async function storedSecret(): Promise<string> {
  const { sealedClientSecret, organizationId, id } = await stored();
  return server.app.context.keyring.unseal(
    sealedClientSecret,
    `sso_configurations/${organizationId}/${id}/client_secret`,
  );
}

describe("UpdateSSOConfiguration changes the present field and no other", () => {
  const changes: readonly (readonly [keyof Update, Update, Partial<SSOConfiguration>])[] = [
    ["clientId", { clientId: "next" }, { clientId: "next" }],
    ["issuerUrl", { issuerUrl: "https://next.example" }, { issuerUrl: "https://next.example" }],
    ["state", { state: inactive }, { state: inactive }],
    ["claims", { claims: { groups: "memberOf" } }, { claims: { groups: "memberOf" } }],
    [
      "emailDomain",
      { emailDomain: "next.example" },
      { emailDomain: "next.example", emailDomains: ["next.example"] },
    ],
    [
      "emailDomains",
      { emailDomains: ["next.example", "example.com"] },
      { emailDomain: "next.example", emailDomains: ["next.example", "example.com"] },
    ],
    ["displayName", { displayName: "Next" }, { displayName: "Next" }],
    ["additionalScopes", { additionalScopes: { scopes: ["a", "b"] } }, { additionalScopes: ["a", "b"] }],
    ["claimsExpression", { claimsExpression: "next" }, { claimsExpression: "next" }],
  ];

  it.each(changes)("%s", async (_field, fields, difference) => {
    const { before, after } = await update(fields);
    expect(after).toEqual({ ...before, ...difference });
    expect(after).not.toEqual(before);
    expect(await storedSecret()).toBe(clientSecret);
  });

  it("clientSecret", async () => {
    const { before, after } = await update({ clientSecret: "the next secret" });
    expect(after).toEqual(before);
    expect(await storedSecret()).toBe("the next secret");
  });

  it("has a case for every field", () => {
    const fields = OrganizationService.method.updateSSOConfiguration.input.fields.map(
      ({ localName }) => localName,
    );
    const covered = ["ssoConfigurationId", "clientSecret", ...changes.map(([field]) => field)];
    expect(covered.toSorted()).toEqual(fields.toSorted());
  });
});

describe("UpdateSSOConfiguration clears", () => {
  it.each([
    [
      "the claims expression, when it is present and empty",
      { claimsExpression: "" },
      { claimsExpression: "" },
    ],
    ["the display name, when it is present and empty", { displayName: "" }, { displayName: "" }],
    [
      "the additional scopes, when they are present without scopes",
      { additionalScopes: {} },
      { additionalScopes: [] },
    ],
  ] satisfies [string, Update, Partial<SSOConfiguration>][])("%s", async (_what, fields, difference) => {
    const { before, after } = await update(fields);
    expect(after).toEqual({ ...before, ...difference });
  });

  it("the same over JSON, where presence is a key", async () => {
    await update({});
    const body = { ssoConfigurationId, claimsExpression: "", additionalScopes: {} };
    const path = "/gitpod.v1.OrganizationService/UpdateSSOConfiguration";
    const answer = await send(server, path, { token: tenant.token, body });
    expect([answer.status, answer.text]).toEqual([200, "{}"]);
    expect(await get()).toMatchObject({
      claimsExpression: "",
      additionalScopes: [],
      displayName: "Test SSO",
    });
  });
});

describe("UpdateSSOConfiguration keeps", () => {
  it.each([
    ["everything, for a request that only names it", {}],
    ["the email domains, for an empty list of them", { emailDomains: [] }],
    ["the claims, for an empty map of them", { claims: {} }],
    [
      "everything, for a request with the present values",
      {
        clientId: "client",
        issuerUrl: "https://issuer.example.com",
        state: active,
        claims: { name: "cn", email: "mail" },
        emailDomains: ["example.com", "example.org"],
        displayName: "Test SSO",
        additionalScopes: { scopes: ["groups"] },
        claimsExpression: "claims.verified",
      },
    ],
  ] satisfies [string, Update][])("%s, and writes nothing at all", async (_what, fields) => {
    const { before, after } = await update(fields);
    expect(after).toEqual(before);
    expect((await stored()).updatedAtMs).toBe(server.clock.nowMs() - 1000);
    const updates = (await actionsOf(server, tenant.organizationId)).filter((each) =>
      each.endsWith(" updated"),
    );
    // The one that set the claims.
    expect(updates).toEqual(["sso_configuration updated"]);
  });

  it("the other domains out of it, when both email_domain and email_domains are sent", async () => {
    const { after } = await update({ emailDomain: "old.example", emailDomains: ["new.example"] });
    expect(after.emailDomains).toEqual(["new.example"]);
  });
});

describe("UpdateSSOConfiguration refuses", () => {
  it.each([
    ["the unspecified state", SSOConfigurationState.SSO_CONFIGURATION_STATE_UNSPECIFIED],
    ["a state of the future", 3],
    ["a negative state", -1],
  ])("%s, naming the field, and changes nothing", async (_what, state) => {
    await update({});
    const before = await get();
    const path = "/gitpod.v1.OrganizationService/UpdateSSOConfiguration";
    const body = { ssoConfigurationId, state, displayName: "Next" };
    const answer = await send(server, path, { token: tenant.token, body });
    expect(fieldOf(answer, "code")).toBe("invalid_argument");
    expect(fieldOf(answer, "message")).toMatch(/^state: /);
    expect(await get()).toEqual(before);
  });

  it("an email_domain that is no domain name", async () => {
    await update({});
    const call = client().updateSSOConfiguration({ ssoConfigurationId, emailDomain: "not a domain" });
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toMatch(/^email_domain: /);
  });

  it.each([
    ["NUL in a value", { canary: "a\0b" }],
    ["NUL in a key", { "canary\0": "mail" }],
    ["NUL under a key that begins with $", { $canary: "a\0b" }],
    ["NUL in a key that begins with $", { "$canary\0": "mail" }],
  ])("claims with %s, without repeating the key", async (_what, claims) => {
    await update({});
    const call = client().updateSSOConfiguration({ ssoConfigurationId, claims });
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toBe("claims: must not contain NUL");
  });
});
