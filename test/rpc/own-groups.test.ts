// CreateGroup, UpdateGroup, DeleteGroup, CreateMembership and DeleteMembership: the organization's own groups.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CreateMembershipRequestSchema,
  type Group,
  GroupMembershipSchema,
  GroupSchema,
  GroupService,
} from "../../gen/gitpod/v1/group_pb.ts";
import { Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { awkwardNames } from "./support/awkward.ts";
import { addColleague } from "./support/colleagues.ts";
import { expectCode, present } from "./support/expect.ts";
import { actionsOf } from "./support/raw.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const { USER, UNSPECIFIED, SERVICE_ACCOUNT, RUNNER } = Principal;
const groups = ({ token }: Pick<TestTenant, "token">) => server.client(GroupService, { token });

async function createGroup(tenant: TestTenant, name = "Engineering", description = ""): Promise<Group> {
  const { organizationId } = tenant;
  const { group } = await groups(tenant).createGroup({ organizationId, name, description });
  return present(group);
}

async function get(tenant: TestTenant, groupId: string): Promise<Group> {
  return present((await groups(tenant).getGroup({ groupId })).group);
}

async function update(tenant: TestTenant, groupId: string, name: string, description = ""): Promise<Group> {
  return present((await groups(tenant).updateGroup({ groupId, name, description })).group);
}

type Subject = MessageInitShape<typeof CreateMembershipRequestSchema>["subject"];

async function join(tenant: TestTenant, groupId: string, subject: Subject) {
  return present((await groups(tenant).createMembership({ groupId, subject })).member);
}

const userOf = (id: string): Subject => ({ id, principal: USER });

describe("a new group", () => {
  it("is the organization's own, with name and description as they were given and without members", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant, "Engineering", "Who builds it");
    const at = timestampFromMs(server.clock.nowMs());
    expect(group).toEqual(
      create(GroupSchema, {
        id: group.id,
        organizationId: tenant.organizationId,
        name: "Engineering",
        systemManaged: false,
        createdAt: at,
        updatedAt: at,
        description: "Who builds it",
        memberCount: 0,
        directShare: false,
      }),
    );
    expect(await get(await server.colleague(tenant), group.id)).toEqual(group);
  });

  it("keeps every name byte for byte", async () => {
    const tenant = await server.tenant();
    for (const name of awkwardNames.filter((each) => [...each].length >= 3)) {
      const group = await createGroup(tenant, name, name);
      expect(await get(tenant, group.id)).toMatchObject({ name, description: name });
    }
  });

  it("is refused a name that a group has, in any letter case, and is told what to do", async () => {
    const tenant = await server.tenant();
    await createGroup(tenant, "Ärzte");
    for (const name of ["Ärzte", "ÄRZTE"]) {
      const error = await expectCode(createGroup(tenant, name), Code.AlreadyExists);
      expect(error.rawMessage).toMatch(/^name: /);
      expect(error.rawMessage).not.toContain(name);
    }
    await createGroup(await server.tenant(), "Ärzte");
  });

  it("may have the name of a group that SCIM manages", async () => {
    const world = await createWorld(server, "Shared");
    expect(await createGroup(world.admin, "shared GROUP")).toMatchObject({ systemManaged: false });
  });

  it("is the operator's to make in any organization", async () => {
    const { organizationId } = await server.tenant();
    const operator = { organizationId, userId: "", token: server.operatorToken };
    expect((await createGroup(operator)).organizationId).toBe(organizationId);
  });
});

describe("an update", () => {
  it("changes name and description, and moves the time", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant, "Engineering", "Before");
    server.clock.advance(1_000);
    const updated = await update(tenant, group.id, "Research", "After");
    const updatedAt = timestampFromMs(server.clock.nowMs());
    expect(updated).toEqual({ ...group, name: "Research", description: "After", updatedAt });
    expect(await get(tenant, group.id)).toEqual(updated);
  });

  it("without a description leaves it as it is", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant, "Engineering", "Stays");
    expect(await update(tenant, group.id, "Research")).toMatchObject({ description: "Stays" });
  });

  it("to what the group is already changes nothing and leaves no event", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant, "Engineering", "Same");
    const before = await actionsOf(server, tenant.organizationId);
    server.clock.advance(1_000);
    expect(await update(tenant, group.id, "Engineering", "Same")).toEqual(group);
    expect(await actionsOf(server, tenant.organizationId)).toEqual(before);
  });

  it("may change the letter case of the name, and not take another's", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant, "Engineering");
    await createGroup(tenant, "Research");
    expect(await update(tenant, group.id, "ENGINEERING")).toMatchObject({ name: "ENGINEERING" });
    await expectCode(update(tenant, group.id, "research"), Code.AlreadyExists);
  });
});

describe("a membership", () => {
  it("is made of a member, who counts from then on", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant);
    const avatarUrl = "https://avatars.example/ada";
    const userId = addColleague(server, tenant, { fullName: "Ada Lovelace", avatarUrl });
    server.clock.advance(1_000);
    const member = await join(tenant, group.id, userOf(userId));
    expect(member).toEqual(
      create(GroupMembershipSchema, {
        id: member.id,
        subject: { id: userId, principal: USER },
        groupId: group.id,
        name: "Ada Lovelace",
        avatarUrl,
      }),
    );
    const updatedAt = timestampFromMs(server.clock.nowMs());
    expect(await get(tenant, group.id)).toEqual({ ...group, memberCount: 1, updatedAt });
  });

  it("that is there already is answered as it is, without an event", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant);
    const first = await join(tenant, group.id, userOf(tenant.userId));
    const before = await actionsOf(server, tenant.organizationId);
    expect(await join(tenant, group.id, { id: tenant.userId, principal: UNSPECIFIED })).toEqual(first);
    expect(await join(tenant, group.id, { id: tenant.userId.toUpperCase() })).toEqual(first);
    expect(await actionsOf(server, tenant.organizationId)).toEqual(before);
    expect((await get(tenant, group.id)).memberCount).toBe(1);
  });

  it("is made of who is suspended, and of nobody who has left or is elsewhere", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const { id } = await createGroup(tenant);
    await join(tenant, id, userOf(addColleague(server, tenant, { status: "suspended" })));
    const nobodies: readonly Subject[] = [
      userOf(addColleague(server, tenant, { status: "left" })),
      userOf(other.userId),
      userOf(crypto.randomUUID()),
    ];
    for (const subject of nobodies) {
      const error = await expectCode(join(tenant, id, subject), Code.NotFound);
      expect(error.rawMessage).toBe("user not found");
    }
  });

  it("needs a subject with an id, who is a person", async () => {
    const tenant = await server.tenant();
    const { id } = await createGroup(tenant);
    for (const subject of [undefined, {}, { principal: USER }]) {
      const error = await expectCode(join(tenant, id, subject), Code.InvalidArgument);
      expect(error.rawMessage).toMatch(/^subject\.id: /);
    }
    for (const principal of [SERVICE_ACCOUNT, RUNNER]) {
      const error = await expectCode(
        join(tenant, id, { id: tenant.userId, principal }),
        Code.InvalidArgument,
      );
      expect(error.rawMessage).toMatch(/^subject\.principal: must be USER/);
    }
  });

  it("ends by its own id, once", async () => {
    const tenant = await server.tenant();
    const group = await createGroup(tenant);
    const { id: membershipId } = await join(tenant, group.id, userOf(tenant.userId));
    await groups(tenant).deleteMembership({ membershipId });
    expect((await get(tenant, group.id)).memberCount).toBe(0);
    await expectCode(groups(tenant).deleteMembership({ membershipId }), Code.NotFound);
    expect((await join(tenant, group.id, userOf(tenant.userId))).id).not.toBe(membershipId);
  });

  it("of another organization is not found", async () => {
    const [tenant, other] = [await server.tenant(), await server.tenant()];
    const group = await createGroup(tenant);
    const { id: membershipId } = await join(tenant, group.id, userOf(tenant.userId));
    await expectCode(groups(other).deleteMembership({ membershipId }), Code.NotFound);
    await groups({ token: server.operatorToken }).deleteMembership({ membershipId });
  });
});

it("a group that is deleted is gone with its memberships, and its name is free", async () => {
  const tenant = await server.tenant();
  const { id: groupId } = await createGroup(tenant);
  const { id: membershipId } = await join(tenant, groupId, userOf(tenant.userId));
  await groups(tenant).deleteGroup({ groupId });
  await expectCode(get(tenant, groupId), Code.NotFound);
  await expectCode(groups(tenant).deleteGroup({ groupId }), Code.NotFound);
  await expectCode(groups(tenant).deleteMembership({ membershipId }), Code.NotFound);
  expect((await createGroup(tenant)).memberCount).toBe(0);
  expect((await actionsOf(server, tenant.organizationId)).slice(-4)).toEqual([
    "group created",
    "group members_changed",
    "group deleted",
    "group created",
  ]);
});

it("a group that SCIM manages, and who is in it, is not changed here", async () => {
  const { admin, member, groupId, organizationId } = await createWorld(server);
  const found = await groups(admin).getMembership({ groupId, subject: userOf(member.userId) });
  const membershipId = present(found.member).id;
  const before = [await get(admin, groupId), await actionsOf(server, organizationId)];
  const calls = [
    update(admin, groupId, "Renamed"),
    groups(admin).deleteGroup({ groupId }),
    join(admin, groupId, userOf(admin.userId)),
    groups(admin).deleteMembership({ membershipId }),
  ];
  for (const call of await Promise.all(calls.map((each) => expectCode(each, Code.FailedPrecondition)))) {
    expect(call.rawMessage).toBe("the identity provider manages this group through SCIM: change it there");
  }
  expect([await get(admin, groupId), await actionsOf(server, organizationId)]).toEqual(before);
});
