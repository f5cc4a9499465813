// LeaveOrganization and DeleteUser: what is left of a person, and whom the identity provider keeps.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { addColleague, listMembers } from "./support/colleagues.ts";
import { expectCode } from "./support/expect.ts";
import { addGroup } from "./support/groups.ts";
import { createProvisioned, invite, organizations, setActive, statusOf } from "./support/membership.ts";
import { isAlive, users } from "./support/people.ts";
import { actionsOf, eventsOf } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

type Bearer = Pick<TestTenant, "token">;

const leave = (caller: Bearer, userId: string) => organizations(server, caller).leaveOrganization({ userId });
const remove = ({ token }: Bearer, userId: string) => users(server, token).deleteUser({ userId });
const operator = (): Bearer => ({ token: server.operatorToken });

const memberCount = (groupId: string) => server.rows("SELECT member_count FROM groups WHERE id = ?", groupId);

/** Every row with the text in it, but for events. */
function tracesOf(text: string): readonly unknown[] {
  const names = server.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'events'");
  return names.flatMap((row) => {
    const { name = "" } = Object.fromEntries(Object.entries(row ?? {}));
    return server.rows(`SELECT * FROM ${name}`).filter((each) => JSON.stringify(each).includes(text));
  });
}

describe("who leaves", () => {
  it("has left: without tokens, groups and role, and no longer among the members", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin, { role: "admin" });
    const groupId = addGroup(server, admin.organizationId, { userIds: [admin.userId, member.userId] });
    await leave(member, member.userId);
    expect(await isAlive(server, member.token)).toBe(false);
    expect(await statusOf(server, admin, member.userId)).toBe(UserStatus.LEFT);
    expect(memberCount(groupId)).toEqual([{ member_count: 1 }]);
    const { members } = await listMembers(server, admin);
    expect(members.map(({ userId }) => userId)).toEqual([admin.userId]);
    expect((await eventsOf(server, admin.organizationId)).at(-1)).toMatchObject({
      action: "left",
      actorId: member.userId,
      subjectType: "user",
      subjectId: member.userId,
    });
  });

  it("is oneself, to a member; anybody of the organization, to an admin; anybody, to the operator", async () => {
    const admin = await server.tenant();
    const [one, two, three] = [
      await server.colleague(admin),
      await server.colleague(admin),
      await server.colleague(admin),
    ];
    await expectCode(leave(one, two.userId), Code.PermissionDenied);
    expect(await isAlive(server, two.token)).toBe(true);
    await leave(one, one.userId);
    await leave(admin, two.userId);
    await leave(operator(), three.userId);
    for (const { token } of [one, two, three]) expect(await isAlive(server, token)).toBe(false);
  });

  it("leaves once", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    await leave(admin, userId);
    const before = await actionsOf(server, admin.organizationId);
    const again = await expectCode(leave(admin, userId), Code.NotFound);
    const never = await expectCode(leave(admin, crypto.randomUUID()), Code.NotFound);
    expect(again.rawMessage).toBe(never.rawMessage);
    expect(await actionsOf(server, admin.organizationId)).toEqual(before);
  });
});

describe("who is deleted", () => {
  it("is not found, and nothing of them is left but their id in the log", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    const groupId = addGroup(server, admin.organizationId, { userIds: [member.userId] });
    await remove(admin, member.userId);
    expect(await isAlive(server, member.token)).toBe(false);
    await expectCode(users(server, admin.token).getUser({ userId: member.userId }), Code.NotFound);
    await expectCode(remove(admin, member.userId), Code.NotFound);
    expect(tracesOf(member.userId)).toEqual([]);
    expect(memberCount(groupId)).toEqual([{ member_count: 0 }]);
    expect((await eventsOf(server, admin.organizationId)).at(-1)).toMatchObject({
      action: "deleted",
      actorId: admin.userId,
      subjectId: member.userId,
    });
  });

  it("may have left before", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin, { status: "left", email: "left@example.com" });
    await remove(admin, userId);
    expect(tracesOf(userId)).toEqual([]);
  });

  it("is whom an admin or the operator deletes: a member deletes nobody, themselves neither", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    for (const { userId } of [member, admin]) {
      await expectCode(remove(member, userId), Code.PermissionDenied);
    }
    await remove(operator(), member.userId);
    const other = await server.colleague(admin, { role: "admin" });
    await remove(other, other.userId);
    expect(await isAlive(server, other.token)).toBe(false);
  });
});

describe("the last active admin", () => {
  it("neither leaves nor is deleted, by whomever", async () => {
    const admin = await server.tenant();
    addColleague(server, admin, { role: "admin", status: "suspended" });
    await server.colleague(admin);
    for (const caller of [admin, operator()]) {
      for (const go of [leave, remove]) {
        const error = await expectCode(go(caller, admin.userId), Code.FailedPrecondition);
        expect(error.rawMessage).toMatch(/give the role ADMIN to another member first/);
      }
    }
    expect(await isAlive(server, admin.token)).toBe(true);
  });
});

describe("whom the identity provider manages", () => {
  it("neither leaves nor is deleted here, active or not: the identity provider lets them go", async () => {
    const provisioned = await createProvisioned(server);
    const { admin, userId, token, scim, email } = provisioned;
    await expectCode(leave({ token }, userId), Code.FailedPrecondition);
    for (const active of [true, false]) {
      await setActive(provisioned, active);
      for (const go of [leave, remove]) {
        const error = await expectCode(go(admin, userId), Code.FailedPrecondition);
        expect(error.rawMessage).toMatch(/deprovision them there/);
      }
    }
    expect((await scim.del(`/Users/${userId}`)).status).toBe(204);
    await expectCode(leave(admin, userId), Code.NotFound);
    await remove(admin, userId);
    expect(tracesOf(email)).toEqual([]);
  });

  it("is the organization's own again when the directory is gone", async () => {
    const { admin, userId, token } = await createProvisioned(server);
    const { organizationId } = admin;
    const own = organizations(server, admin);
    const { scimConfigurations } = await own.listSCIMConfigurations({ organizationId });
    for (const { id } of scimConfigurations) {
      await own.deleteSCIMConfiguration({ scimConfigurationId: id });
    }
    await leave({ token }, userId);
    expect(await statusOf(server, admin, userId)).toBe(UserStatus.LEFT);
  });
});

it("an organization's invites do not hang on who made them", async () => {
  const admin = await server.tenant();
  const other = await server.colleague(admin, { role: "admin" });
  const inviteId = await invite(server, other);
  await remove(admin, other.userId);
  const { organizationId } = await organizations(server, admin).getOrganizationInviteSummary({ inviteId });
  expect(organizationId).toBe(admin.organizationId);
});
