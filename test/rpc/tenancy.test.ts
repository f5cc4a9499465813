// What belongs to another organization is answered like what never existed: every method, every id field.
import { type Message, toJson } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../support/server.ts";
import { rejection } from "./support/expect.ts";
import { type IdField, idFieldsOf, idIn, withId } from "./support/ids.ts";
import { type BuiltMethod, builtMethods, invoke } from "./support/methods.ts";
import { fieldOf, type RawAnswer, send, visible, visibleError } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;
let victim: World;
let attacker: World;

beforeAll(async () => {
  server = await startTestServer();
  [victim, attacker] = [await createWorld(server, "Victim"), await createWorld(server, "Attacker")];
});

afterAll(() => server[Symbol.asyncDispose]());

/** A well-formed id that no resource has. */
const nobodys = "01890a5d-ac96-774b-bcce-b302099a8057";

function call({ name, method }: BuiltMethod, request: Message, token: string): Promise<RawAnswer> {
  return send(server, `/gitpod.v1.${name}`, { token, body: toJson(method.input, request) });
}

/** Everything of the victim that an answer could give away. */
function marks(): string[] {
  const { admin, member } = victim;
  const ids = [victim.organizationId, admin.userId, member.userId, victim.ssoConfigurationId];
  const more = [victim.freeSsoConfigurationId, victim.scimConfigurationId, victim.personalAccessTokenId];
  const invites = [victim.inviteId, victim.host.inviteId, victim.host.organizationId];
  const newer = [...invites, victim.ownGroupId, victim.ownMembershipId, victim.domainVerificationId];
  return [...ids, ...more, ...newer, victim.groupId, victim.scimToken, admin.token, member.token, "Victim"];
}

function expectNothingForeign(answer: RawAnswer): void {
  const all = [answer.text, ...answer.headers.values()].join("\n").toLowerCase();
  for (const mark of marks()) expect(all).not.toContain(mark.toLowerCase());
}

function contents(): readonly unknown[] {
  const configurations = ["sso_configurations", "scim_configurations"];
  const tables = ["members", "groups", "group_members", ...configurations, "domain_verifications", "events"];
  return tables.flatMap((table) =>
    server.rows(`SELECT * FROM ${table} WHERE organization_id = ?`, victim.organizationId),
  );
}

/** A filter that names somebody else's finds nothing, and who is not here is in no group here: neither is an error. */
function isAsked({ readsOnly }: BuiltMethod, { path }: IdField): boolean {
  return readsOnly && (path.startsWith("filter.") || path === "subject.id");
}

/** It acts in an organization that is not the caller's, and to which nothing of theirs opens. */
const joining = "OrganizationService/JoinOrganization";

/** What the answer has to be, besides being the same: the first id decides, then the role, then the others. */
function expectedCode(built: BuiltMethod, field: IdField, role: "admin" | "member"): string | undefined {
  const { rule } = built.endpoint;
  if (field.decides || built.name === joining) return "not_found";
  if (rule.kind !== "organization") return undefined;
  if (role === "member" && rule.role === "admin") return "permission_denied";
  return isAsked(built, field) ? undefined : "not_found";
}

const cases = builtMethods.flatMap((built) =>
  idFieldsOf(built).map((field) => ({ built, field, name: built.name, path: field.path })),
);

const refused = cases.filter(({ built, field }) => expectedCode(built, field, "admin") !== undefined);

it("walks over every method that names anything", () => {
  const named = new Set(cases.map(({ name }) => name));
  const silent = builtMethods.filter(({ name }) => !named.has(name)).map(({ name }) => name);
  expect(silent).toEqual([
    "OrganizationService/CreateOrganization",
    "OrganizationService/GetOrganizationInviteSummary",
    "UserService/GetAuthenticatedUser",
    "IdentityService/GetAuthenticatedIdentity",
  ]);
  expect(cases.filter(({ field }) => !field.decides).map(({ name, path }) => `${name} ${path}`)).toEqual([
    "OrganizationService/ListMembers filter.user_ids[0]",
    "OrganizationService/ListMembers filter.exclude_group_ids[0]",
    "OrganizationService/SetRole user_id",
    "OrganizationService/JoinOrganization organization_id",
    "OrganizationService/CreateSCIMConfiguration sso_configuration_id",
    "OrganizationService/UpdateSCIMConfiguration sso_configuration_id",
    "UserService/ListPersonalAccessTokens filter.user_ids[0]",
    "GroupService/ListGroups filter.group_ids[0]",
    "GroupService/ListGroups filter.exclude_assigned_to_resource.resource_id",
    "GroupService/GetMembership subject.id",
    "GroupService/CreateMembership subject.id",
    "EventService/ListAuditLogs filter.actor_ids[0]",
    "EventService/ListAuditLogs filter.subject_ids[0]",
  ]);
});

describe.each(["admin", "member"] as const)("to an %s of another organization", (role) => {
  it.each(cases)("$name answers a foreign $path like one that never existed", async ({ built, field }) => {
    const { token } = attacker[role];
    const before = contents();
    const own = built.request(attacker);
    const foreign = await call(built, withId(built, own, field, idIn(victim, field.kind)), token);
    const never = await call(built, withId(built, own, field, nobodys), token);
    expect(visible(foreign)).toEqual(visible(never));
    expect(fieldOf(foreign, "code")).toBe(expectedCode(built, field, role));
    expectNothingForeign(foreign);
    expect(contents()).toEqual(before);
  });

  it.each(refused)("$name does so over gRPC and gRPC-Web: $path", async ({ built, field }) => {
    const { token } = attacker[role];
    const own = built.request(attacker);
    for (const protocol of ["grpc", "grpc-web"] as const) {
      const transport = server.transport({ token, protocol });
      const errorFor = (id: string) =>
        rejection(invoke(transport, built.method, withId(built, own, field, id)));
      const [foreign, never] = [await errorFor(idIn(victim, field.kind)), await errorFor(nobodys)];
      expect(visibleError(foreign)).toEqual(visibleError(never));
    }
  });

  it.each(builtMethods.filter((built) => idFieldsOf(built).length > 0))(
    "$name gives nothing away when every id in it is foreign",
    async (built) => {
      const before = contents();
      const request = idFieldsOf(built).reduce(
        (message, field) => withId(built, message, field, idIn(victim, field.kind)),
        built.request(attacker),
      );
      const answer = await call(built, request, attacker[role].token);
      expect([undefined, "not_found"]).toContain(fieldOf(answer, "code"));
      expectNothingForeign(answer);
      expect(contents()).toEqual(before);
    },
  );

  it.each(builtMethods.filter(({ readsOnly }) => readsOnly))(
    "$name shows nothing foreign of one's own",
    async (built) => {
      expectNothingForeign(await call(built, built.request(attacker), attacker[role].token));
    },
  );
});

describe("to the operator", () => {
  // Who is no person joins nothing.
  it.each(cases.filter(({ name }) => name !== joining))(
    "$name serves the resource of any organization: $path",
    async ({ built }) => {
      const answer = await call(built, built.request(await createWorld(server)), server.operatorToken);
      expect(answer.status).toBe(200);
    },
  );
});
