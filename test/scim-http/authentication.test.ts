/** Who may speak SCIM: the bearer of the token of an enabled configuration, at this moment. */
import { beforeAll, describe, expect, it } from "vitest";
import { mintToken } from "../../src/keys/token-format.ts";
import type { ScimAnswer } from "./support/client.ts";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectOk, visible } from "./support/expect.ts";
import { configurationOf, groupsOf, membersOf } from "./support/management.ts";
import { createGroup, createUser, fullUser, group } from "./support/resources.ts";
import { discoveryPaths, resourceRoutes } from "./support/routes.ts";

const dayMs = 86_400_000;
const { running, directory } = scimServer();

let shared: Directory;

beforeAll(async () => {
  shared = await directory();
});

function expectUnauthorized(answer: ScimAnswer): void {
  expectError(answer, 401, null);
  expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer realm="/);
}

const refusedHeaders: readonly (readonly [string, string | undefined])[] = [
  ["no Authorization", undefined],
  ["an empty one", ""],
  ["a made-up token", "Bearer no-token-at-all"],
  ["a well-formed token that nobody issued", `Bearer ${mintToken("scim")}`],
  ["another scheme", `Basic ${Buffer.from("okta:secret").toString("base64")}`],
  ["two tokens", "Bearer a b"],
  ["a token of 10,000 characters", `Bearer ${"x".repeat(10_000)}`],
];

describe.each(refusedHeaders)("with %s", (_name, authorization) => {
  const headers = authorization === undefined ? {} : { Authorization: authorization };

  it.each(resourceRoutes)("$method $path is refused", async ({ method, path, body }) => {
    const request = { headers, ...(body === undefined ? {} : { body }) };
    expectUnauthorized(await shared.scim.as(undefined).send(method, path, request));
  });
});

describe("the word Bearer alone", () => {
  it.each(["Bearer", "Bearer "])("%j opens nothing", async (Authorization) => {
    const answer = await shared.scim.as(undefined).get("/Users", { Authorization });
    expectUnauthorized(answer);
  });
});

describe("a token", () => {
  it("is known under the scheme in any letter case", async () => {
    const Authorization = `bEARER ${shared.token}`;
    expectOk(await shared.scim.as(undefined).get("/Users", { Authorization }), 200);
  });

  it("is not looked for in the URL", async () => {
    const path = `/Users?access_token=${shared.token}&token=${shared.token}`;
    expectUnauthorized(await shared.scim.as(undefined).get(path));
  });

  it.each(["operator", "person"])("of the %s opens no directory", async (whose) => {
    const token = whose === "operator" ? running().operatorToken : (await running().tenant()).token;
    expectUnauthorized(await shared.scim.as(token).get("/Users"));
  });

  it("opens no RPC", async () => {
    const response = await fetch(`${running().url}/gitpod.v1.OrganizationService/GetOrganization`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${shared.token}` },
      body: JSON.stringify({ organizationId: shared.organizationId }),
    });
    expect(response.status).toBe(401);
  });

  it("is refused with the same words, whatever is wrong with it", async () => {
    const { scim, configurationId, management } = await directory();
    await management.organizations.deleteSCIMConfiguration({ scimConfigurationId: configurationId });
    const tokens = [scim.token, "garbage", mintToken("scim"), running().operatorToken];
    const answers = await Promise.all(tokens.map((token) => scim.as(token).get("/Users")));
    for (const answer of answers) expect(visible(answer)).toEqual(visible(await scim.get("/Users")));
  });
});

describe("the life of a token", () => {
  it("ends when it expires, to the second", async () => {
    const { management, organizationId, ssoConfigurationId, scim } = await directory();
    const { token } = await management.organizations.createSCIMConfiguration({
      organizationId,
      ssoConfigurationId,
      tokenExpiresIn: { seconds: 86_400n },
    });
    running().clock.advance(dayMs - 1000);
    expectOk(await scim.as(token).get("/Users"), 200);
    running().clock.advance(1000);
    expectUnauthorized(await scim.as(token).get("/Users"));
  });

  it("ends at once when another is made, which opens the same directory", async () => {
    const { management, scim, configurationId } = await directory();
    const id = await createUser(scim, fullUser("kept"));
    const { token } = await management.organizations.regenerateSCIMToken({
      scimConfigurationId: configurationId,
    });
    expectUnauthorized(await scim.get("/Users"));
    expectOk(await scim.as(token).get(`/Users/${id}`), 200, { id });
  });

  it("ends at once with its configuration", async () => {
    const { management, scim, configurationId } = await directory();
    await createUser(scim, fullUser("left-alone"));
    await management.organizations.deleteSCIMConfiguration({ scimConfigurationId: configurationId });
    expectUnauthorized(await scim.get("/Users"));
    expectUnauthorized(await scim.get("/ServiceProviderConfig"));
  });

  it("can be read as its expiry, and nowhere as the token", async () => {
    const { management, configurationId, token } = await directory();
    const configuration = await configurationOf(management, configurationId);
    expect(configuration.tokenExpiresAt?.seconds).toBeGreaterThan(0n);
    expect(Object.values(configuration)).not.toContain(token);
  });

  it("leaves no trace in the log", async () => {
    const { scim, token } = await directory();
    await scim.get("/Users");
    await scim.get(`/Users?filter=${encodeURIComponent(`userName eq "${token}"`)}`);
    await scim.as(token.slice(0, -1)).get("/Users");
    expect(running().logs.filter((line) => line.includes(token.slice(0, -1)))).toEqual([]);
  });
});

describe("what a configuration has made that is deleted", () => {
  it("stays: members as they are, and groups, which the system manages no longer", async () => {
    const { management, scim, organizationId, configurationId } = await directory();
    const id = await createUser(scim, fullUser("stays"));
    await createGroup(scim, group("Engineers", [id]));
    const before = await membersOf(management, organizationId);
    await management.organizations.deleteSCIMConfiguration({ scimConfigurationId: configurationId });
    expect(await membersOf(management, organizationId)).toEqual(before);
    expect(before).toMatchObject([{ email: "stays@example.com", status: "active" }]);
    expect(await groupsOf(management, organizationId)).toMatchObject([
      { name: "Engineers", systemManaged: false, memberCount: 1, members: [id] },
    ]);
  });
});

describe("a disabled configuration", () => {
  async function disabled(): Promise<Directory> {
    const own = await directory();
    await createUser(own.scim, fullUser("before"));
    const scimConfigurationId = own.configurationId;
    await own.management.organizations.updateSCIMConfiguration({ scimConfigurationId, enabled: false });
    return own;
  }

  it("is refused on every resource", async () => {
    const { scim } = await disabled();
    for (const { method, path, body } of resourceRoutes) {
      const answer = await scim.send(method, path, body === undefined ? {} : { body });
      expect(answer.status, `${method} ${path}`).toBe(403);
      expectError(answer, 403, null);
    }
  });

  it.each(discoveryPaths)("still answers %s", async (path) => {
    expectOk(await (await disabled()).scim.get(path), 200);
  });

  it("changes no member, and goes on where it was once it is enabled again", async () => {
    const { management, scim, organizationId, configurationId } = await disabled();
    const scimConfigurationId = configurationId;
    expect(await membersOf(management, organizationId)).toMatchObject([{ status: "active" }]);
    await management.organizations.updateSCIMConfiguration({ scimConfigurationId, enabled: true });
    expectOk(await scim.get("/Users"), 200, { totalResults: 1 });
  });
});

describe("discovery", () => {
  it.each(discoveryPaths)("is open to everybody: %s", async (path) => {
    expectOk(await shared.scim.as(undefined).get(path), 200);
  });

  it.each(discoveryPaths)("is closed to a wrong token, which its bearer should hear of: %s", async (path) => {
    expectUnauthorized(await shared.scim.as("wrong").get(path));
  });
});
