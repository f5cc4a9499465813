// Every change is in the audit log once, with who did it, and no change happens that the log could not take.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { type BuiltMethod, builtMethods, invoke } from "./support/methods.ts";
import { eventsOf } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** What each changing method leaves in the log. */
const actions: Readonly<Record<string, string>> = {
  "OrganizationService/CreateOrganization": "organization created",
  "OrganizationService/UpdateOrganization": "organization updated",
  "OrganizationService/DeleteOrganization": "organization deleted",
  "OrganizationService/SetRole": "user role_changed",
  "OrganizationService/JoinOrganization": "user joined",
  "OrganizationService/LeaveOrganization": "user left",
  "OrganizationService/CreateOrganizationInvite": "organization invite_created",
  "UserService/SetSuspended": "user suspended",
  "UserService/DeleteUser": "user deleted",
  "OrganizationService/CreateSSOConfiguration": "sso_configuration created",
  "OrganizationService/UpdateSSOConfiguration": "sso_configuration updated",
  "OrganizationService/DeleteSSOConfiguration": "sso_configuration deleted",
  "OrganizationService/CreateSCIMConfiguration": "scim_configuration created",
  "OrganizationService/UpdateSCIMConfiguration": "scim_configuration updated",
  "OrganizationService/DeleteSCIMConfiguration": "scim_configuration deleted",
  "OrganizationService/RegenerateSCIMToken": "scim_configuration token_regenerated",
  "OrganizationService/CreateDomainVerification": "domain_verification created",
  "OrganizationService/VerifyDomain": "domain_verification verified",
  "OrganizationService/DeleteDomainVerification": "domain_verification deleted",
  "GroupService/CreateGroup": "group created",
  "GroupService/UpdateGroup": "group updated",
  "GroupService/DeleteGroup": "group deleted",
  "GroupService/CreateMembership": "group members_changed",
  "GroupService/DeleteMembership": "group members_changed",
  "UserService/CreatePersonalAccessToken": "personal_access_token created",
  "UserService/DeletePersonalAccessToken": "personal_access_token deleted",
};

/** The contract leaves open that it makes an invite; here it does not. */
const readsInvite = "OrganizationService/GetOrganizationInvite";
const changing = builtMethods.filter(({ readsOnly, name }) => !readsOnly && name !== readsInvite);
const tables = [
  "organizations",
  "members",
  "sso_configurations",
  "scim_configurations",
  "personal_access_tokens",
  "groups",
  "group_members",
  "domain_verifications",
  "organization_invites",
];

/** All rows of everything, but the last use of tokens, which is no change. */
function contents(): string {
  const rows = tables.map((table) => server.rows(`SELECT * FROM ${table} ORDER BY 1, 2`));
  return JSON.stringify(rows, (key, value: unknown) => (key === "last_used_at" ? null : value));
}

function eventCount(): number {
  return server.rows("SELECT 1 FROM events").length;
}

function call(built: BuiltMethod, world: World, requestId = "a-request-id") {
  const token = built.caller === "operator" ? server.operatorToken : world.admin.token;
  const headers = { "X-Request-Id": requestId };
  return server.transport({ token }).unary(built.method, undefined, undefined, headers, built.request(world));
}

it("knows every method that changes anything", () => {
  expect(changing.map(({ name }) => name).toSorted()).toEqual(Object.keys(actions).toSorted());
});

describe.each(changing)("$name", (built) => {
  it("writes one event: what, by whom, in which request, when", async () => {
    const world = await createWorld(server);
    const before = eventCount();
    server.clock.advance(1);
    const requestId = `request-of-${built.method.localName}`;
    await call(built, world, requestId);
    expect(eventCount()).toBe(before + 1);
    const [row] = server.rows("SELECT * FROM events ORDER BY created_at DESC LIMIT 1");
    expect(row).toMatchObject({
      request_id: requestId,
      created_at: server.clock.nowMs(),
      actor_principal: built.caller === "operator" ? "operator" : "user",
    });
    if (built.caller === "admin") {
      const isJoining = built.name === "OrganizationService/JoinOrganization";
      const organizationId = isJoining ? world.host.organizationId : world.organizationId;
      const last = present((await eventsOf(server, organizationId)).at(-1));
      expect(`${last.subjectType} ${last.action}`).toBe(actions[built.name]);
      expect(last.actorId).toBe(isJoining ? last.subjectId : world.admin.userId);
    }
  });

  it("changes nothing when its event cannot be written, and says that it failed", async () => {
    const world = await createWorld(server);
    const before = contents();
    server.sql(
      "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'made to fail'); END",
    );
    try {
      const { rawMessage } = await expectCode(call(built, world), Code.Internal);
      expect(rawMessage).toBe("internal error, request a-request-id");
    } finally {
      server.sql("DROP TRIGGER refuse");
    }
    expect(contents()).toBe(before);
    await call(built, world);
  });
});

describe("methods without side effects", () => {
  it.each(builtMethods.filter((built) => !changing.includes(built)))(
    "$name writes no event, and works while none can be written",
    async (built) => {
      const world = await createWorld(server);
      const before = [eventCount(), contents()];
      server.sql(
        "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'made to fail'); END",
      );
      try {
        await invoke(server.transport({ token: world.admin.token }), built.method, built.request(world));
      } finally {
        server.sql("DROP TRIGGER refuse");
      }
      expect([eventCount(), contents()]).toEqual(before);
    },
  );
});

describe("the log", () => {
  it.each(["UPDATE events SET action = 'nothing'", "DELETE FROM events"])(
    "takes no %s, not even by hand",
    (statement) => {
      const before = eventCount();
      expect(() => server.sql(statement)).toThrow(/append-only/);
      expect(eventCount()).toBe(before);
    },
  );

  it("has no secret in it: neither token nor client secret", () => {
    const text = JSON.stringify(server.rows("SELECT * FROM events"));
    expect(text).not.toMatch(/orgsvc_|secret-/);
  });
});
