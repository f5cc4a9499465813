// GetGroup and ListGroups: groups as the management API shows them, SCIM's and the organization's own.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ResourceType } from "../../gen/gitpod/v1/event_pb.ts";
import {
  type GetGroupRequestSchema,
  GroupSchema,
  GroupService,
  type ListGroupsRequestSchema,
} from "../../gen/gitpod/v1/group_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { addGroup, removeGroup } from "./support/groups.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const groups = (token: string) => server.client(GroupService, { token });
const operator = () => groups(server.operatorToken);

async function get({ token }: TestTenant, request: MessageInitShape<typeof GetGroupRequestSchema>) {
  return (await groups(token).getGroup(request)).group;
}

const byId = (value: string) => ({ group: { case: "id" as const, value } });
const byName = (value: string) => ({ group: { case: "name" as const, value } });

describe("a group", () => {
  it("of a directory is shown with all that is known of it, to a member", async () => {
    const { organizationId, member, groupId } = await createWorld(server, "Acme");
    const row = server.rows("SELECT created_at FROM groups WHERE id = ?", groupId)[0];
    expect(row).toEqual({ created_at: server.clock.nowMs() });
    const at = timestampFromMs(server.clock.nowMs());
    expect(await get(member, byId(groupId))).toEqual(
      create(GroupSchema, {
        id: groupId,
        organizationId,
        name: "Acme group",
        systemManaged: true,
        createdAt: at,
        updatedAt: at,
        description: "What Acme is about",
        memberCount: 1,
        directShare: false,
      }),
    );
  });

  it("of the organization's own is not managed by the system", async () => {
    const tenant = await server.tenant();
    const id = addGroup(server, tenant.organizationId, { name: "Own", userIds: [tenant.userId] });
    expect(await get(tenant, byId(id))).toMatchObject({ name: "Own", systemManaged: false, memberCount: 1 });
  });

  it("is found by the field of older clients, and by the newer one where both are sent", async () => {
    const tenant = await server.tenant();
    const [one, two] = ["One", "Two"].map((name) => addGroup(server, tenant.organizationId, { name }));
    expect(await get(tenant, { groupId: one ?? "" })).toMatchObject({ name: "One" });
    expect(await get(tenant, { groupId: one?.toUpperCase() ?? "" })).toMatchObject({ name: "One" });
    expect(await get(tenant, { groupId: one ?? "", ...byId(two ?? "") })).toMatchObject({ name: "Two" });
    expect(await get(tenant, { groupId: "nonsense", ...byName("two") })).toMatchObject({ name: "Two" });
  });

  it.each([{}, { groupId: "" }, { groupId: "not-a-uuid-at-all" }])(
    "has to be named: %j is refused without repeating it",
    async (request) => {
      for (const { token } of [await server.tenant(), { token: server.operatorToken }]) {
        const error = await expectCode(groups(token).getGroup(request), Code.InvalidArgument);
        expect(error.rawMessage).toMatch(/^id: /);
        expect(error.rawMessage).not.toContain("not-a-uuid");
      }
    },
  );

  it("of another organization is not found, by whatever it is asked for", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const foreign = addGroup(server, other.organizationId, { name: "Foreign" });
    for (const request of [byId(foreign), { groupId: foreign }, byName("Foreign")]) {
      const error = await expectCode(get(tenant, request), Code.NotFound);
      expect(error.rawMessage).toBe("group not found");
    }
  });

  it("is found by the operator in any organization, by its id alone", async () => {
    const { organizationId } = await server.tenant();
    const id = addGroup(server, organizationId, { name: "Anybody's" });
    expect((await operator().getGroup(byId(id))).group?.organizationId).toBe(organizationId);
    const error = await expectCode(operator().getGroup(byName("Anybody's")), Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/use the id$/);
    await expectCode(operator().getGroup(byId(crypto.randomUUID())), Code.NotFound);
  });
});

describe("a group's name", () => {
  it.each([
    ["Engineering", "eNGINEERING"],
    ["Ärzte", "ÄRZTE"],
    ["100% _ \\", "100% _ \\"],
  ])("%j is found as %j", async (name, asked) => {
    const tenant = await server.tenant();
    addGroup(server, tenant.organizationId, { name: "Other" });
    addGroup(server, tenant.organizationId, { name });
    expect((await get(tenant, byName(asked)))?.name).toBe(name);
  });

  it.each(["Engineer", "Engineering ", "E%g", "Engineerin_"])("is not found by %j", async (asked) => {
    const tenant = await server.tenant();
    addGroup(server, tenant.organizationId, { name: "Engineering" });
    await expectCode(get(tenant, byName(asked)), Code.NotFound);
  });

  it("that several have finds the oldest", async () => {
    const world = await createWorld(server);
    const { organizationId, scimConfigurationId } = world;
    const oldest = addGroup(server, organizationId, { name: "twice", scimConfigurationId });
    addGroup(server, organizationId, { name: "Twice" });
    expect((await get(world.member, byName("TWICE")))?.id).toBe(oldest);
  });
});

describe("the list of groups", () => {
  type Filter = MessageInitShape<typeof ListGroupsRequestSchema>["filter"];

  async function namesFor({ token }: TestTenant, filter: Filter): Promise<string[]> {
    return (await groups(token).listGroups({ filter })).groups.map(({ name }) => name);
  }

  it("has the groups of the caller's organization, in the order of their creation", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    for (const name of ["Zebra", "Ape", "Bear"]) addGroup(server, tenant.organizationId, { name });
    addGroup(server, other.organizationId, { name: "Foreign" });
    const listed = await groups(tenant.token).listGroups({});
    expect(listed.groups.map(({ name }) => name)).toEqual(["Zebra", "Ape", "Bear"]);
    expect(listed.groups[0]).toEqual(await get(tenant, byId(listed.groups[0]?.id ?? "")));
    expect(await groups(tenant.token).listGroups({ organizationId: tenant.organizationId })).toEqual(listed);
    const { organizationId } = other;
    await expectCode(groups(tenant.token).listGroups({ organizationId }), Code.NotFound);
  });

  it("is for the operator that of one organization or of all, and pages keep the two apart", async () => {
    const [one, two] = [await server.tenant(), await server.tenant()];
    const ids = [one, two, one].map(({ organizationId }) => addGroup(server, organizationId));
    const { organizationId } = one;
    const page = await operator().listGroups({ organizationId, pagination: { pageSize: 1 } });
    expect(page.groups.map(({ id }) => id)).toEqual(ids.slice(0, 1));
    const token = page.pagination?.nextToken ?? "";
    const rest = await operator().listGroups({ organizationId, pagination: { token } });
    expect(rest.groups.map(({ id }) => id)).toEqual(ids.slice(2));
    await expectCode(operator().listGroups({ pagination: { token } }), Code.InvalidArgument);
    const all = await operator().listGroups({ filter: { groupIds: ids } });
    expect(all.groups.map(({ id }) => id)).toEqual(ids);
    const unknown = { organizationId: crypto.randomUUID() };
    await expectCode(operator().listGroups(unknown), Code.NotFound);
  });

  it.each([
    [{}, ["Own", "Fremd Ä%", "SCIM ä_"]],
    [{ search: "" }, ["Own", "Fremd Ä%", "SCIM ä_"]],
    [{ search: "Ä" }, ["Fremd Ä%", "SCIM ä_"]],
    [{ search: "%" }, ["Fremd Ä%"]],
    [{ search: "scim" }, ["SCIM ä_"]],
    [{ search: "nothing" }, []],
    [{ systemManaged: true }, ["SCIM ä_"]],
    [{ systemManaged: false }, ["Own", "Fremd Ä%"]],
    [{ search: "ä", systemManaged: false }, ["Fremd Ä%"]],
    [{ directShare: true }, []],
    [{ directShare: false }, ["Own", "Fremd Ä%", "SCIM ä_"]],
  ])("under %j has %j", async (filter, names) => {
    const world = await createWorld(server);
    const { organizationId, scimConfigurationId } = world;
    for (const id of [world.groupId, world.ownGroupId]) removeGroup(server, id);
    for (const name of ["Own", "Fremd Ä%"]) addGroup(server, organizationId, { name });
    addGroup(server, organizationId, { name: "SCIM ä_", scimConfigurationId });
    expect(await namesFor(world.member, filter)).toEqual(names);
  });

  it("has the groups that the filter names, and none of another organization", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const ids = ["A", "B", "C"].map((name) => addGroup(server, tenant.organizationId, { name }));
    const foreign = addGroup(server, other.organizationId, { name: "Foreign" });
    const groupIds = [...ids.slice(1).toReversed(), foreign, crypto.randomUUID()];
    expect(await namesFor(tenant, { groupIds })).toEqual(["B", "C"]);
    expect(await namesFor(tenant, { groupIds: [foreign] })).toEqual([]);
  });

  it("leaves out none for a resource on which no group can hold a role", async () => {
    const tenant = await server.tenant();
    addGroup(server, tenant.organizationId, { name: "Only" });
    const resource = { resourceType: ResourceType.PROJECT, resourceId: crypto.randomUUID() };
    expect(await namesFor(tenant, { excludeAssignedToResource: resource })).toEqual(["Only"]);
  });

  it("goes on by a token under the same filter alone", async () => {
    const tenant = await server.tenant();
    const ids = ["Ab", "aB", "ab"].map((name) => addGroup(server, tenant.organizationId, { name }));
    const filter = { search: "AB", groupIds: ids };
    const first = await groups(tenant.token).listGroups({ filter, pagination: { pageSize: 1 } });
    const pagination = { token: first.pagination?.nextToken ?? "" };
    const others: Filter[] = [
      undefined,
      { search: "A", groupIds: ids },
      { search: "AB", groupIds: ids.slice(1) },
      { ...filter, systemManaged: false },
      { ...filter, directShare: true },
    ];
    for (const other of others) {
      await expectCode(groups(tenant.token).listGroups({ filter: other, pagination }), Code.InvalidArgument);
    }
    const same = { search: "AB", groupIds: [...ids, ...ids].toReversed() };
    const rest = await groups(tenant.token).listGroups({ filter: same, pagination });
    expect(rest.groups.map(({ id }) => id)).toEqual(ids.slice(1));
  });
});
