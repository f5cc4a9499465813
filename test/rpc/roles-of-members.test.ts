// SetRole: what a role is good for at once, and that an organization keeps an active admin.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrganizationRole, OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { addColleague, listMembers } from "./support/colleagues.ts";
import { expectCode, present, rejection } from "./support/expect.ts";
import { actionsOf, eventsOf, fieldOf, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const { ADMIN, MEMBER, UNSPECIFIED } = OrganizationRole;

/** `caller` gives the person of their organization the role. */
function setRole(caller: TestTenant, userId: string, role: OrganizationRole): Promise<unknown> {
  const { organizationId, token } = caller;
  return server.client(OrganizationService, { token }).setRole({ organizationId, userId, role });
}

const rename = ({ organizationId, token }: TestTenant) =>
  server.client(OrganizationService, { token }).updateOrganization({ organizationId, name: "Renamed" });

async function roleOf(caller: TestTenant, userId: string): Promise<OrganizationRole> {
  const { members } = await listMembers(server, caller, { filter: { userIds: [userId] } });
  return present(members[0]).role;
}

const rowOf = (userId: string) => server.rows("SELECT * FROM members WHERE user_id = ?", userId);

const setStatus = (userId: string, status: string) =>
  server.sql("UPDATE members SET status = ? WHERE user_id = ?", status, userId);

describe("a role", () => {
  it("counts from the next call on, for tokens that are there already", async () => {
    const admin = await server.tenant();
    const colleague = await server.colleague(admin);
    await expectCode(rename(colleague), Code.PermissionDenied);
    await setRole(admin, colleague.userId, ADMIN);
    await rename(colleague);
    expect(await roleOf(admin, colleague.userId)).toBe(ADMIN);
    await setRole(colleague, admin.userId, MEMBER);
    await expectCode(rename(admin), Code.PermissionDenied);
    expect(await roleOf(admin, admin.userId)).toBe(MEMBER);
  });

  it("may be given up by who has it, when another has it too", async () => {
    const admin = await server.tenant();
    await server.colleague(admin, { role: "admin" });
    await setRole(admin, admin.userId, MEMBER);
    await expectCode(setRole(admin, admin.userId, ADMIN), Code.PermissionDenied);
  });

  it("is the operator's to give in every organization", async () => {
    const admin = await server.tenant();
    const colleague = await server.colleague(admin);
    await setRole({ ...admin, token: server.operatorToken }, colleague.userId, ADMIN);
    expect(await roleOf(admin, colleague.userId)).toBe(ADMIN);
  });

  it("can be changed for who is suspended", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin, { role: "admin", status: "suspended" });
    await setRole(admin, userId, MEMBER);
    expect(await roleOf(admin, userId)).toBe(MEMBER);
    await setRole(admin, userId, ADMIN);
    expect(await roleOf(admin, userId)).toBe(ADMIN);
  });

  it("is none for who has left, who is not found like who never was here", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin, { status: "left" });
    const before = rowOf(userId);
    const left = await expectCode(setRole(admin, userId, ADMIN), Code.NotFound);
    const never = await expectCode(setRole(admin, crypto.randomUUID(), ADMIN), Code.NotFound);
    expect(left.rawMessage).toBe(never.rawMessage);
    expect(rowOf(userId)).toEqual(before);
  });

  it("is not to be had for a person of another organization", async () => {
    const [admin, other] = [await server.tenant(), await server.tenant()];
    await expectCode(setRole(admin, other.userId, MEMBER), Code.NotFound);
    const operator = { ...admin, token: server.operatorToken };
    await expectCode(setRole(operator, other.userId, MEMBER), Code.NotFound);
    expect(await roleOf(other, other.userId)).toBe(ADMIN);
  });

  it.each([0, 3, -1])("of number %d is refused by the field's name", async (role) => {
    const { organizationId, userId, token } = await server.tenant();
    const path = "/gitpod.v1.OrganizationService/SetRole";
    const answer = await send(server, path, { token, body: { organizationId, userId, role } });
    expect(fieldOf(answer, "code")).toBe("invalid_argument");
    expect(fieldOf(answer, "message")).toMatch(/^role: /);
  });

  it("that is not named is refused", async () => {
    const admin = await server.tenant();
    await expectCode(setRole(admin, admin.userId, UNSPECIFIED), Code.InvalidArgument);
  });
});

describe("a change of role", () => {
  it("is an event about the user, and moves the member's time", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    server.clock.advance(1000);
    await setRole(admin, userId, ADMIN);
    expect((await eventsOf(server, admin.organizationId)).at(-1)).toMatchObject({
      actorId: admin.userId,
      actorPrincipal: "user",
      subjectType: "user",
      subjectId: userId,
      action: "role_changed",
      createdAtMs: server.clock.nowMs(),
    });
    expect(rowOf(userId)).toEqual([expect.objectContaining({ updated_at: server.clock.nowMs() })]);
  });

  it("to the role that the member has already is none: no event, and the row as it was", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    const before = [await actionsOf(server, admin.organizationId), rowOf(userId), rowOf(admin.userId)];
    server.clock.advance(1000);
    await setRole(admin, userId, MEMBER);
    // Also for the last admin: nothing changes.
    await setRole(admin, admin.userId, ADMIN);
    const after = [await actionsOf(server, admin.organizationId), rowOf(userId), rowOf(admin.userId)];
    expect(after).toEqual(before);
  });
});

describe("the last active admin", () => {
  it.each(["suspended", "left"])("keeps the role when the other one is %s", async (status) => {
    const admin = await server.tenant();
    const other = addColleague(server, admin, { role: "admin" });
    setStatus(other, status);
    const before = [await actionsOf(server, admin.organizationId), rowOf(admin.userId)];
    const error = await expectCode(setRole(admin, admin.userId, MEMBER), Code.FailedPrecondition);
    expect(error.rawMessage).toMatch(/another member/);
    const operator = { ...admin, token: server.operatorToken };
    await expectCode(setRole(operator, admin.userId, MEMBER), Code.FailedPrecondition);
    expect([await actionsOf(server, admin.organizationId), rowOf(admin.userId)]).toEqual(before);
  });

  it("may be an organization's of which there is none already", async () => {
    const admin = await server.tenant();
    setStatus(admin.userId, "suspended");
    const operator = { ...admin, token: server.operatorToken };
    await setRole(operator, admin.userId, MEMBER);
    expect(await roleOf(operator, admin.userId)).toBe(MEMBER);
  });

  it("is left of ten who all give the role up at once", async () => {
    const admin = await server.tenant();
    const others = await Promise.all(
      Array.from({ length: 9 }, () => server.colleague(admin, { role: "admin" })),
    );
    const all = [admin, ...others];
    const outcomes = await Promise.allSettled(all.map((each) => setRole(each, each.userId, MEMBER)));
    const refused = outcomes.filter(({ status }) => status === "rejected");
    expect(refused).toHaveLength(1);
    const admins = await listMembers(server, admin, { filter: { roles: [ADMIN] } });
    expect(admins.members).toHaveLength(1);
    const last = all.find(({ userId }) => userId === admins.members[0]?.userId);
    const error = await rejection(setRole(present(last), present(last).userId, MEMBER));
    expect(error.code).toBe(Code.FailedPrecondition);
  });

  it("is left of two who take the role from each other at once, again and again", async () => {
    const one = await server.tenant();
    const two = await server.colleague(one, { role: "admin" });
    const operator = { ...one, token: server.operatorToken };
    for (let round = 0; round < 10; round += 1) {
      await Promise.allSettled([setRole(one, two.userId, MEMBER), setRole(two, one.userId, MEMBER)]);
      const { members } = await listMembers(server, operator, { filter: { roles: [ADMIN] } });
      expect(members).toHaveLength(1);
      for (const { userId } of [one, two]) await setRole(operator, userId, ADMIN);
    }
  });
});
