// Whom ListMembers lists.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ListMembersRequest_FilterSchema as FilterSchema,
  OrganizationMemberSchema,
  OrganizationRole,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  addColleague,
  adminName,
  createPeople,
  listMembers,
  type MemberListRequest,
  namesOn,
} from "./support/colleagues.ts";
import { expectCode, present } from "./support/expect.ts";
import { addGroup } from "./support/groups.ts";
import { fieldOf, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const list = (tenant: TestTenant, request?: MemberListRequest) => listMembers(server, tenant, request);

async function namesFor(
  tenant: TestTenant,
  filter: MessageInitShape<typeof FilterSchema>,
): Promise<string[]> {
  return namesOn(await list(tenant, { filter }));
}

/** For values that the generated client has no type for. */
async function expectRefused(request: object, field: string): Promise<void> {
  const { organizationId, token } = await server.tenant();
  const path = "/gitpod.v1.OrganizationService/ListMembers";
  const answer = await send(server, path, { token, body: { ...request, organizationId } });
  expect(fieldOf(answer, "code")).toBe("invalid_argument");
  expect(fieldOf(answer, "message")).toContain(`${field}: `);
}

describe("a member", () => {
  it("is shown with all that the organization knows of them", async () => {
    const tenant = await server.tenant({ role: "member" });
    const userId = addColleague(server, tenant, {
      fullName: "Ada Lovelace",
      email: "Ada@Example.com",
      avatarUrl: "https://avatars.example/ada",
      role: "admin",
      status: "suspended",
      loginProvider: "Acme login",
      memberSinceMs: 1_700_000_000_123,
    });
    const { members } = await list(tenant, { filter: { userIds: [userId] } });
    expect(members).toEqual([
      create(OrganizationMemberSchema, {
        userId,
        role: OrganizationRole.ADMIN,
        memberSince: timestampFromMs(1_700_000_000_123),
        avatarUrl: "https://avatars.example/ada",
        fullName: "Ada Lovelace",
        email: "Ada@Example.com",
        status: UserStatus.SUSPENDED,
        loginProvider: "Acme login",
      }),
    ]);
  });

  it("of another organization is not listed, nor is another organization's list", async () => {
    const [one, other] = [await createPeople(server, { Ada: {} }), await createPeople(server, { Grace: {} })];
    expect(await namesFor(one.tenant, {})).toEqual([adminName, "Ada"]);
    expect(await namesFor(one.tenant, { userIds: [other.idOf("Grace")] })).toEqual([]);
    const foreign = { ...one.tenant, organizationId: other.tenant.organizationId };
    await expectCode(list(foreign), Code.NotFound);
  });

  it("is listed for the operator", async () => {
    const { tenant } = await createPeople(server, { Ada: {} });
    expect(namesOn(await list({ ...tenant, token: server.operatorToken }))).toEqual([adminName, "Ada"]);
  });
});

describe("a filter by status", () => {
  const people = () =>
    createPeople(server, { Active: {}, Suspended: { status: "suspended" }, Left: { status: "left" } });
  const { ACTIVE, SUSPENDED, LEFT } = UserStatus;

  it.each([
    [[], [adminName, "Active", "Suspended"]],
    [[ACTIVE], [adminName, "Active"]],
    [[SUSPENDED], ["Suspended"]],
    [[LEFT], ["Left"]],
    [
      [LEFT, ACTIVE, LEFT],
      [adminName, "Active", "Left"],
    ],
    [
      [ACTIVE, SUSPENDED, LEFT],
      [adminName, "Active", "Suspended", "Left"],
    ],
  ])("%j lists %j", async (statuses, names) => {
    const { tenant } = await people();
    expect(await namesFor(tenant, { statuses })).toEqual(names);
  });

  it.each([0, 4, -1, "USER_STATUS_UNSPECIFIED"])("is refused for %j", async (status) => {
    await expectRefused({ filter: { statuses: [ACTIVE, status] } }, "filter.statuses");
  });
});

describe("a filter by role", () => {
  const { ADMIN, MEMBER } = OrganizationRole;

  it.each([
    [[], [adminName, "Boss", "Hand"]],
    [[ADMIN], [adminName, "Boss"]],
    [[MEMBER], ["Hand"]],
    [
      [MEMBER, ADMIN],
      [adminName, "Boss", "Hand"],
    ],
  ])("%j lists %j", async (roles, names) => {
    const { tenant } = await createPeople(server, { Boss: { role: "admin" }, Hand: {} });
    expect(await namesFor(tenant, { roles })).toEqual(names);
  });

  it.each([0, 3, "ORGANIZATION_ROLE_UNSPECIFIED"])("is refused for %j", async (role) => {
    await expectRefused({ filter: { roles: [role] } }, "filter.roles");
  });
});

describe("a search", () => {
  const people = () =>
    createPeople(server, {
      "Élodie Åström": { email: "e.astrom@acme.example" },
      "Bob 100% _Under": { email: "bob@other.example" },
      "Straße O'Neil": { email: "İ@acme.example" },
    });

  it.each([
    ["", [adminName, "Élodie Åström", "Bob 100% _Under", "Straße O'Neil"]],
    ["bob", ["Bob 100% _Under"]],
    ["B 1", ["Bob 100% _Under"]],
    ["ÉLODIE å", ["Élodie Åström"]],
    ["e\u0301lodie", ["Élodie Åström"]],
    ["ACME.EXAMPLE", ["Élodie Åström", "Straße O'Neil"]],
    ["i\u0307@", ["Straße O'Neil"]],
    ["%", ["Bob 100% _Under"]],
    ["_", ["Bob 100% _Under"]],
    ["o'n", ["Straße O'Neil"]],
    ["strasse", []],
    ["\\", []],
    [" ", ["Élodie Åström", "Bob 100% _Under", "Straße O'Neil"]],
  ])("for %j finds %j", async (search, names) => {
    const { tenant } = await people();
    expect(await namesFor(tenant, { search })).toEqual(names);
  });
});

describe("a filter by people and groups", () => {
  it("lists only the people that it names, each once", async () => {
    const people = await createPeople(server, { Ada: {}, Grace: {}, Joan: {} });
    const userIds = [people.idOf("Joan"), people.idOf("Ada"), people.idOf("Joan"), crypto.randomUUID()];
    expect(await namesFor(people.tenant, { userIds })).toEqual(["Ada", "Joan"]);
  });

  it("leaves out the members of each of the groups", async () => {
    const people = await createPeople(server, { Ada: {}, Grace: {}, Joan: {} });
    const { organizationId } = people.tenant;
    const [first, second] = ["Ada", "Grace"].map((name) =>
      addGroup(server, organizationId, { userIds: [people.idOf(name)] }),
    );
    const groups = [present(first), present(second)];
    expect(await namesFor(people.tenant, { excludeGroupIds: groups })).toEqual([adminName, "Joan"]);
    expect(await namesFor(people.tenant, { excludeGroupIds: groups.slice(1) })).toEqual([
      adminName,
      "Ada",
      "Joan",
    ]);
    expect(await namesFor(people.tenant, { excludeGroupIds: [crypto.randomUUID()] })).toHaveLength(4);
  });

  it("leaves nobody out for a group of another organization", async () => {
    const [one, other] = [await createPeople(server, { Ada: {} }), await createPeople(server, { Grace: {} })];
    const { organizationId } = other.tenant;
    const foreign = addGroup(server, organizationId, { userIds: [other.idOf("Grace")] });
    expect(await namesFor(one.tenant, { excludeGroupIds: [foreign] })).toEqual([adminName, "Ada"]);
  });

  it("leaves out whoever is in any group", async () => {
    const people = await createPeople(server, { Ada: {}, Grace: {}, Joan: {} });
    const { organizationId } = people.tenant;
    addGroup(server, organizationId, { userIds: [people.idOf("Ada"), people.idOf("Joan")] });
    addGroup(server, organizationId, { userIds: [people.idOf("Joan")] });
    expect(await namesFor(people.tenant, { excludeMembersInAnyTeam: true })).toEqual([adminName, "Grace"]);
    expect(await namesFor(people.tenant, { excludeMembersInAnyTeam: false })).toHaveLength(4);
  });

  it("lists who passes all of its conditions", async () => {
    const people = await createPeople(server, {
      "Ada Match": {},
      "Bob Match": { role: "admin" },
      "Cyd Match": { status: "suspended" },
      "Dan Match": {},
      "Eve Match": {},
      "Fay Other": {},
    });
    const { organizationId } = people.tenant;
    const group = addGroup(server, organizationId, { userIds: [people.idOf("Dan Match")] });
    const filter = {
      search: "MATCH",
      statuses: [UserStatus.ACTIVE],
      roles: [OrganizationRole.MEMBER],
      userIds: ["Ada", "Bob", "Cyd", "Dan"].map((name) => people.idOf(`${name} Match`)),
      excludeGroupIds: [group],
      excludeMembersInAnyTeam: true,
    };
    expect(await namesFor(people.tenant, filter)).toEqual(["Ada Match"]);
    expect(await namesFor(people.tenant, { ...filter, userIds: [] })).toEqual(["Ada Match", "Eve Match"]);
  });
});
