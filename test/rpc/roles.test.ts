// Who may call what. The table is the specification; the rest is generated from the endpoints.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { endpoints } from "../../src/rpc/router.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { type BuiltMethod, builtMethods, invoke, nameOf } from "./support/methods.ts";
import { eventsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** `own`: the caller's organization, any role. `authenticated`: the caller alone. */
const permissions: Readonly<Record<string, string>> = {
  "OrganizationService/CreateOrganization": "operator",
  "OrganizationService/GetOrganization": "member",
  "OrganizationService/UpdateOrganization": "admin",
  "OrganizationService/DeleteOrganization": "admin",
  "OrganizationService/ListMembers": "member",
  "OrganizationService/SetRole": "admin",
  "OrganizationService/JoinOrganization": "authenticated",
  "OrganizationService/LeaveOrganization": "member",
  "OrganizationService/CreateOrganizationInvite": "admin",
  "OrganizationService/GetOrganizationInvite": "member",
  "OrganizationService/GetOrganizationInviteSummary": "authenticated",
  "OrganizationService/CreateSSOConfiguration": "admin",
  "OrganizationService/GetSSOConfiguration": "member",
  "OrganizationService/ListSSOConfigurations": "member",
  "OrganizationService/UpdateSSOConfiguration": "admin",
  "OrganizationService/DeleteSSOConfiguration": "admin",
  "OrganizationService/CreateSCIMConfiguration": "admin",
  "OrganizationService/GetSCIMConfiguration": "member",
  "OrganizationService/ListSCIMConfigurations": "own",
  "OrganizationService/UpdateSCIMConfiguration": "admin",
  "OrganizationService/DeleteSCIMConfiguration": "admin",
  "OrganizationService/RegenerateSCIMToken": "admin",
  "OrganizationService/CreateDomainVerification": "admin",
  "OrganizationService/GetDomainVerification": "member",
  "OrganizationService/ListDomainVerifications": "member",
  "OrganizationService/VerifyDomain": "admin",
  "OrganizationService/DeleteDomainVerification": "admin",
  "UserService/GetAuthenticatedUser": "authenticated",
  "UserService/GetUser": "member",
  "UserService/SetSuspended": "admin",
  "UserService/DeleteUser": "admin",
  "UserService/CreatePersonalAccessToken": "member",
  "UserService/GetPersonalAccessToken": "member",
  "UserService/ListPersonalAccessTokens": "authenticated",
  "UserService/DeletePersonalAccessToken": "member",
  "GroupService/GetGroup": "member",
  "GroupService/ListGroups": "own",
  "GroupService/CreateGroup": "admin",
  "GroupService/UpdateGroup": "admin",
  "GroupService/DeleteGroup": "admin",
  "GroupService/CreateMembership": "admin",
  "GroupService/DeleteMembership": "admin",
  "GroupService/GetMembership": "member",
  "GroupService/ListMemberships": "member",
  "IdentityService/GetAuthenticatedIdentity": "authenticated",
  "EventService/ListAuditLogs": "admin",
  "EventService/WatchEvents": "member",
};

/** The rule admits a member; the domain then asks whose token it is, and the sample requests name the admin's. */
const othersTokens = [
  "UserService/CreatePersonalAccessToken",
  "UserService/GetPersonalAccessToken",
  "UserService/DeletePersonalAccessToken",
];

it("is written down for every method, and no method is open to everybody", () => {
  const rules = endpoints.map((endpoint) => {
    const { rule } = endpoint;
    return [nameOf(endpoint), rule.kind === "organization" ? rule.role : rule.kind];
  });
  expect(Object.fromEntries(rules)).toEqual(permissions);
});

const mayMember = ({ name, endpoint: { rule } }: BuiltMethod): boolean =>
  rule.kind !== "operator" &&
  !(rule.kind === "organization" && rule.role === "admin") &&
  !othersTokens.includes(name);

const as = (built: BuiltMethod, { token }: TestTenant, world: World) =>
  invoke(server.transport({ token }), built.method, built.request(world));

describe("a member", () => {
  it.each(builtMethods.filter(mayMember))("may call $name", async (built) => {
    const world = await createWorld(server);
    await as(built, world.member, world);
  });

  it.each(builtMethods.filter((built) => !mayMember(built)))(
    "may not call $name, and changes nothing by it",
    async (built) => {
      const world = await createWorld(server);
      const before = await eventsOf(server, world.organizationId);
      await expectCode(as(built, world.member, world), Code.PermissionDenied);
      expect(await eventsOf(server, world.organizationId)).toEqual(before);
    },
  );
});

describe("an admin", () => {
  const operatorsOnly = builtMethods.filter(({ caller }) => caller === "operator");

  it.each(operatorsOnly)("may not call $name", async (built) => {
    const world = await createWorld(server);
    await expectCode(as(built, world.admin, world), Code.PermissionDenied);
  });
});

describe("a read-only token of an admin", () => {
  async function readOnly(world: World): Promise<TestTenant> {
    return { ...world.admin, token: await server.tokenFor(world.admin, { readOnly: true }) };
  }

  it.each(builtMethods.filter((built) => built.readsOnly))("may call $name", async (built) => {
    const world = await createWorld(server);
    await as(built, await readOnly(world), world);
  });

  it.each(builtMethods.filter((built) => !built.readsOnly))(
    "may not call $name, and changes nothing by it",
    async (built) => {
      const world = await createWorld(server);
      const caller = await readOnly(world);
      const before = await eventsOf(server, world.organizationId);
      await expectCode(as(built, caller, world), Code.PermissionDenied);
      expect(await eventsOf(server, world.organizationId)).toEqual(before);
    },
  );
});
