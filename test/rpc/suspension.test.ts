// SetSuspended: what a suspended person can do, and whose suspension it is.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { addColleague, listMembers } from "./support/colleagues.ts";
import { expectCode } from "./support/expect.ts";
import { createProvisioned, setActive, statusOf } from "./support/membership.ts";
import { isAlive, users } from "./support/people.ts";
import { actionsOf, eventsOf } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const { ACTIVE, SUSPENDED } = UserStatus;

function setSuspended({ token }: Pick<TestTenant, "token">, userId: string, suspended: boolean) {
  return users(server, token).setSuspended({ userId, suspended });
}

const operator = () => ({ token: server.operatorToken });

describe("a suspended person", () => {
  it("has tokens that open nothing until the suspension is lifted", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    await setSuspended(admin, member.userId, true);
    expect(await isAlive(server, member.token)).toBe(false);
    expect(await statusOf(server, admin, member.userId)).toBe(SUSPENDED);
    await setSuspended(admin, member.userId, false);
    expect(await isAlive(server, member.token)).toBe(true);
    expect(await statusOf(server, admin, member.userId)).toBe(ACTIVE);
  });

  it("gets no new token, from nobody", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    await setSuspended(admin, userId, true);
    await expectCode(
      users(server, server.operatorToken).createPersonalAccessToken({ userId }),
      Code.NotFound,
    );
  });

  it("is among the members, as suspended", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    await setSuspended(admin, userId, true);
    const { members } = await listMembers(server, admin, { filter: { statuses: [SUSPENDED] } });
    expect(members).toMatchObject([{ userId, status: SUSPENDED }]);
  });

  it("may be an admin who suspended themselves, when there is another", async () => {
    const admin = await server.tenant();
    const other = await server.colleague(admin, { role: "admin" });
    await setSuspended(admin, admin.userId, true);
    expect(await isAlive(server, admin.token)).toBe(false);
    await expectCode(setSuspended(other, other.userId, true), Code.FailedPrecondition);
    await setSuspended(other, admin.userId, false);
    expect(await isAlive(server, admin.token)).toBe(true);
  });
});

describe("a suspension", () => {
  it("is an admin's or the operator's to make and to lift, and no member's", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    await expectCode(setSuspended(member, admin.userId, true), Code.PermissionDenied);
    await expectCode(setSuspended(member, member.userId, true), Code.PermissionDenied);
    await setSuspended(operator(), member.userId, true);
    await setSuspended(admin, member.userId, false);
    expect((await eventsOf(server, admin.organizationId)).slice(-2)).toMatchObject([
      { action: "suspended", actorPrincipal: "operator", subjectType: "user", subjectId: member.userId },
      { action: "reinstated", actorPrincipal: "user", actorId: admin.userId },
    ]);
  });

  it("that is there already is no change", async () => {
    const admin = await server.tenant();
    const userId = addColleague(server, admin);
    const before = await actionsOf(server, admin.organizationId);
    await setSuspended(admin, userId, false);
    expect(await actionsOf(server, admin.organizationId)).toEqual(before);
    await setSuspended(admin, userId, true);
    await setSuspended(admin, userId, true);
    expect(await actionsOf(server, admin.organizationId)).toEqual([...before, "user suspended"]);
  });

  it.each([true, false])(
    "of nobody, or of one who has left, is not_found (suspended: %s)",
    async (suspended) => {
      const admin = await server.tenant();
      const left = addColleague(server, admin, { status: "left" });
      const foreign = await server.tenant();
      const errors = [left, crypto.randomUUID(), foreign.userId].map((userId) =>
        expectCode(setSuspended(admin, userId, suspended), Code.NotFound),
      );
      expect(new Set((await Promise.all(errors)).map(({ rawMessage }) => rawMessage))).toEqual(
        new Set(["user not found"]),
      );
    },
  );
});

describe("a suspension beside the identity provider's", () => {
  it("is not lifted while the identity provider says that the person is inactive", async () => {
    const provisioned = await createProvisioned(server);
    const { admin, userId, token } = provisioned;
    await setActive(provisioned, false);
    for (const byAdminToo of [false, true]) {
      if (byAdminToo) await setSuspended(admin, userId, true);
      const error = await expectCode(setSuspended(admin, userId, false), Code.FailedPrecondition);
      expect(error.rawMessage).toMatch(/the identity provider has deactivated this person/);
    }
    expect(await isAlive(server, token)).toBe(false);
  });

  it("stays when the identity provider activates the person, and is then the admin's to lift", async () => {
    const provisioned = await createProvisioned(server);
    const { admin, userId, token } = provisioned;
    await setActive(provisioned, false);
    await setSuspended(admin, userId, true);
    expect(await setActive(provisioned, true)).toBe(200);
    expect(await statusOf(server, admin, userId)).toBe(SUSPENDED);
    await setSuspended(admin, userId, false);
    expect(await isAlive(server, token)).toBe(true);
    const actions = (await actionsOf(server, admin.organizationId)).slice(-4);
    // SCIM's and the admin's are told apart.
    expect(actions).toEqual(["user deactivated", "user suspended", "user activated", "user reinstated"]);
  });
});
