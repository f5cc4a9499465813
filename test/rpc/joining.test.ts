// Invites and JoinOrganization: a person of one organization becomes a member of another.
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { type OrganizationMember, OrganizationRole } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { addColleague, addManyColleagues } from "./support/colleagues.ts";
import { expectCode, present } from "./support/expect.ts";
import { createProvisioned, invite, organizations } from "./support/membership.ts";
import { isAlive, users } from "./support/people.ts";
import { actionsOf, eventsOf, fieldOf, send, visible } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

type Bearer = Pick<TestTenant, "token">;
const operator = (): Bearer => ({ token: server.operatorToken });

/** The first admin of an organization of their own, with the email. */
async function createPerson(email = `${crypto.randomUUID()}@example.com`): Promise<TestTenant> {
  const tenant = await server.tenant({ name: "Home" });
  const { userId } = tenant;
  server.sql("UPDATE members SET email = ?, email_fold = lower(?) WHERE user_id = ?", email, email, userId);
  return tenant;
}

async function joinByInvite(person: Bearer, inviteId: string): Promise<OrganizationMember> {
  const joinId = { case: "inviteId", value: inviteId } as const;
  return present((await organizations(server, person).joinOrganization({ joinId })).member);
}

async function joinByDomain(person: Bearer, organizationId: string): Promise<OrganizationMember> {
  const joinId = { case: "organizationId", value: organizationId } as const;
  return present((await organizations(server, person).joinOrganization({ joinId })).member);
}

/** As the owner of the domain does it. */
async function verifyDomain(tenant: TestTenant, domain: string): Promise<void> {
  const { organizationId } = tenant;
  const own = organizations(server, tenant);
  const { domainVerification } = await own.createDomainVerification({ organizationId, domain });
  const { id, verificationToken } = present(domainVerification);
  server.dns.set(`_orgsvc-challenge.${domain}`, [verificationToken]);
  await own.verifyDomain({ domainVerificationId: id });
}

async function inviteDomain(tenant: TestTenant, domain: string): Promise<void> {
  const { organizationId } = tenant;
  await organizations(server, tenant).updateOrganization({
    organizationId,
    inviteDomains: { domains: [domain] },
  });
}

describe("an invite", () => {
  it("is there when it was made, is the same to everybody, and one at a time", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    const { organizationId } = admin;
    const get = (caller: Bearer) => organizations(server, caller).getOrganizationInvite({ organizationId });
    const none = await expectCode(get(admin), Code.NotFound);
    expect(none.rawMessage).toBe("organization invite not found");
    for (let count = 0; count < 2; count += 1) {
      const inviteId = await invite(server, admin);
      for (const caller of [admin, member, operator()]) {
        expect((await get(caller)).invite?.inviteId).toBe(inviteId);
      }
    }
  });

  it("is an admin's or the operator's to make, and nothing that a read-only token sees", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    await expectCode(invite(server, member), Code.PermissionDenied);
    await invite(server, { ...admin, token: server.operatorToken });
    const token = await server.tokenFor(admin, { readOnly: true });
    const { organizationId } = admin;
    const get = organizations(server, { token }).getOrganizationInvite({ organizationId });
    await expectCode(get, Code.PermissionDenied);
  });

  it("tells whoever knows it what it opens, and counts those who have not left", async () => {
    const admin = await server.tenant({ name: "Inviting" });
    addColleague(server, admin, { status: "suspended" });
    addColleague(server, admin, { status: "left" });
    const inviteId = await invite(server, admin);
    const stranger = await server.tenant();
    expect(await organizations(server, stranger).getOrganizationInviteSummary({ inviteId })).toMatchObject({
      organizationId: admin.organizationId,
      organizationName: "Inviting",
      organizationMemberCount: 2,
    });
  });

  it("counts no further than ten thousand", async () => {
    const admin = await server.tenant();
    addManyColleagues(server, admin, 10_001);
    const inviteId = await invite(server, admin);
    const summary = await organizations(server, admin).getOrganizationInviteSummary({ inviteId });
    expect(summary.organizationMemberCount).toBe(10_000);
  });

  it("opens nothing once another is made: it is like one that never was", async () => {
    const admin = await server.tenant();
    const person = await createPerson();
    const former = await invite(server, admin);
    const current = await invite(server, admin);
    for (const method of ["JoinOrganization", "GetOrganizationInviteSummary"]) {
      const answers = await Promise.all(
        [former, crypto.randomUUID()].map((inviteId) =>
          send(server, `/gitpod.v1.OrganizationService/${method}`, {
            token: person.token,
            body: { inviteId },
          }),
        ),
      );
      const [first, second] = answers.map(visible);
      expect(first).toEqual(second);
      expect(answers.map((answer) => fieldOf(answer, "code"))).toEqual(["not_found", "not_found"]);
    }
    expect((await joinByInvite(person, current)).role).toBe(OrganizationRole.MEMBER);
  });

  it("is in no log, and no event", async () => {
    const admin = await server.tenant();
    const inviteId = await invite(server, admin);
    const person = await createPerson();
    const query = new URLSearchParams({
      connect: "v1",
      encoding: "json",
      message: JSON.stringify({ inviteId }),
    });
    const path = `/gitpod.v1.OrganizationService/GetOrganizationInviteSummary?${query}`;
    expect((await send(server, path, { token: person.token, method: "GET" })).status).toBe(200);
    await joinByInvite(person, inviteId);
    expect(server.logs.join("\n")).not.toContain(inviteId);
    expect(JSON.stringify(await eventsOf(server, admin.organizationId))).not.toContain(inviteId);
    expect(await actionsOf(server, admin.organizationId)).toContain("organization invite_created");
  });
});

describe("who joins by invite", () => {
  it("is a member, another user than at home, where they stay", async () => {
    const host = await server.tenant({ name: "Host" });
    const inviteId = await invite(server, host);
    const person = await createPerson("Ada@Elsewhere.example");
    server.clock.advance(1000);
    const member = await joinByInvite(person, inviteId);
    expect(member).toMatchObject({
      role: OrganizationRole.MEMBER,
      status: UserStatus.ACTIVE,
      email: "Ada@Elsewhere.example",
      fullName: "person@example.com",
      loginProvider: "builtin",
    });
    expect(timestampMs(present(member.memberSince))).toBe(server.clock.nowMs());
    expect(member.userId).not.toBe(person.userId);
    expect(await isAlive(server, person.token)).toBe(true);
    const { token } = await users(server, server.operatorToken).createPersonalAccessToken({
      userId: member.userId,
    });
    const identity = await server.client(IdentityService, { token }).getAuthenticatedIdentity({});
    expect(identity).toMatchObject({ organizationId: host.organizationId, subject: { id: member.userId } });
    const last = (await eventsOf(server, host.organizationId)).findLast(({ action }) => action === "joined");
    // The organization is not told who they are elsewhere.
    expect(last).toMatchObject({ actorId: member.userId, actorPrincipal: "user", subjectId: member.userId });
  });

  it("is no member already, nor suspended there", async () => {
    const host = await server.tenant();
    const inviteId = await invite(server, host);
    const person = await createPerson();
    const { userId } = await joinByInvite(person, inviteId);
    const again = await expectCode(joinByInvite(person, inviteId), Code.AlreadyExists);
    expect(again.rawMessage).toBe("you are a member of this organization already");
    await expectCode(joinByInvite(host, inviteId), Code.AlreadyExists);
    await users(server, host.token).setSuspended({ userId, suspended: true });
    const error = await expectCode(joinByInvite(person, inviteId), Code.PermissionDenied);
    expect(error.rawMessage).toMatch(/suspended in this organization/);
  });

  it("is the user again whom they were before they left", async () => {
    const host = await server.tenant();
    const inviteId = await invite(server, host);
    const person = await createPerson();
    const { userId } = await joinByInvite(person, inviteId);
    await organizations(server, host).leaveOrganization({ userId });
    expect(await joinByInvite(person, inviteId)).toMatchObject({ userId, status: UserStatus.ACTIVE });
  });

  it("is a person", async () => {
    const inviteId = await invite(server, await server.tenant());
    const error = await expectCode(joinByInvite(operator(), inviteId), Code.FailedPrecondition);
    expect(error.rawMessage).toMatch(/not a person: whoever joins calls this with a personal access token/);
  });

  it("says by what", async () => {
    const error = await expectCode(
      organizations(server, await server.tenant()).joinOrganization({}),
      Code.InvalidArgument,
    );
    expect(error.rawMessage).toMatch(/^invite_id: /);
  });
});

describe("who joins by the domain of their email", () => {
  it("joins an organization that has verified the domain and invites it", async () => {
    const domain = `${crypto.randomUUID()}.example`;
    const host = await server.tenant();
    const person = await createPerson(`Ada@${domain.toUpperCase()}`);
    const refused = async (): Promise<string> =>
      (await expectCode(joinByDomain(person, host.organizationId), Code.NotFound)).rawMessage;
    const never = await expectCode(joinByDomain(person, crypto.randomUUID()), Code.NotFound);
    expect(await refused()).toBe(never.rawMessage);
    await inviteDomain(host, domain);
    expect(await refused()).toBe(never.rawMessage);
    await verifyDomain(host, domain);
    expect((await joinByDomain(person, host.organizationId)).role).toBe(OrganizationRole.MEMBER);
    await inviteDomain(host, "other.example");
    expect(await refused()).toBe(never.rawMessage);
  });

  it("has no business in their own organization", async () => {
    const person = await createPerson();
    await expectCode(joinByDomain(person, person.organizationId), Code.AlreadyExists);
  });
});

describe("an email that the identity provider of another organization says", () => {
  it("opens nothing until that organization has verified its domain, whatever invites there are", async () => {
    const domain = `${crypto.randomUUID()}.example`;
    const host = await server.tenant();
    const inviteId = await invite(server, host);
    await inviteDomain(host, domain);
    const impostor = await createProvisioned(server, `ceo@${domain}`);
    await verifyDomain(host, domain);
    for (const attempt of [
      () => joinByDomain(impostor, host.organizationId),
      () => joinByInvite(impostor, inviteId),
      () => joinByInvite(impostor, crypto.randomUUID()),
    ]) {
      const error = await expectCode(attempt(), Code.FailedPrecondition);
      expect(error.rawMessage).toMatch(/has not verified its domain/);
    }
    const honest = `${crypto.randomUUID()}.example`;
    const colleague = await createProvisioned(server, `ada@${honest}`);
    await verifyDomain(colleague.admin, honest);
    expect((await joinByInvite(colleague, inviteId)).email).toBe(`ada@${honest}`);
  });
});
