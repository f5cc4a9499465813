// GetMembership and ListMemberships: who is in a group.
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GroupMembership, GroupMembershipSchema, GroupService } from "../../gen/gitpod/v1/group_pb.ts";
import { Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { addColleague, addManyColleagues } from "./support/colleagues.ts";
import { expectCode } from "./support/expect.ts";
import { addGroup, addMembership } from "./support/groups.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const groups = ({ token }: TestTenant) => server.client(GroupService, { token });
const { USER, UNSPECIFIED, SERVICE_ACCOUNT, ACCOUNT } = Principal;

interface Club {
  readonly tenant: TestTenant;
  readonly groupId: string;
}

async function createClub(): Promise<Club> {
  const tenant = await server.tenant({ role: "member" });
  return { tenant, groupId: addGroup(server, tenant.organizationId) };
}

async function membershipOf({ tenant, groupId }: Club, id: string, principal: Principal = USER) {
  return (await groups(tenant).getMembership({ groupId, subject: { id, principal } })).member;
}

describe("a membership", () => {
  it("is shown with who it is, to any member", async () => {
    const club = await createClub();
    const { organizationId } = club.tenant;
    const avatarUrl = "https://avatars.example/ada";
    const userId = addColleague(server, club.tenant, { fullName: "Ada Lovelace", avatarUrl });
    const id = addMembership(server, organizationId, club.groupId, userId);
    const expected = create(GroupMembershipSchema, {
      id,
      subject: { id: userId, principal: USER },
      groupId: club.groupId,
      name: "Ada Lovelace",
      avatarUrl,
    });
    expect(await membershipOf(club, userId)).toEqual(expected);
    expect(await membershipOf(club, userId.toUpperCase(), UNSPECIFIED)).toEqual(expected);
    const { members } = await groups(club.tenant).listMemberships({ groupId: club.groupId });
    expect(members).toEqual([expected]);
  });

  it("is absent from the answer for who is not in the group, whether or not they exist", async () => {
    const [club, other] = [await createClub(), await createClub()];
    addMembership(server, other.tenant.organizationId, other.groupId, other.tenant.userId);
    const second = addGroup(server, club.tenant.organizationId);
    addMembership(server, club.tenant.organizationId, second, club.tenant.userId);
    for (const id of [club.tenant.userId, other.tenant.userId, crypto.randomUUID()]) {
      expect(await membershipOf(club, id)).toBeUndefined();
    }
  });

  it.each([SERVICE_ACCOUNT, ACCOUNT])("is none of a subject of the kind %d", async (principal) => {
    const club = await createClub();
    const { organizationId, userId } = club.tenant;
    addMembership(server, organizationId, club.groupId, userId);
    expect(await membershipOf(club, userId, principal)).toBeUndefined();
  });

  it("cannot be asked for without saying whose", async () => {
    const club = await createClub();
    const error = await expectCode(membershipOf(club, ""), Code.InvalidArgument);
    expect(error.rawMessage).toMatch(/^subject\.id: /);
  });

  it("of a group of another organization, or of none, is not found", async () => {
    const [club, other] = [await createClub(), await createClub()];
    for (const groupId of [other.groupId, crypto.randomUUID()]) {
      await expectCode(membershipOf({ ...club, groupId }, club.tenant.userId), Code.NotFound);
      await expectCode(groups(club.tenant).listMemberships({ groupId }), Code.NotFound);
    }
  });

  it("is the operator's to see in every organization", async () => {
    const club = await createClub();
    const { organizationId, userId } = club.tenant;
    addMembership(server, organizationId, club.groupId, userId);
    const operator = { ...club, tenant: { ...club.tenant, token: server.operatorToken } };
    expect((await membershipOf(operator, userId))?.subject?.id).toBe(userId);
  });
});

describe("the list of memberships", () => {
  const namesOf = (members: readonly GroupMembership[]): string[] => members.map(({ name }) => name);

  it("is in the order of user ids, whatever the order of joining", async () => {
    const { tenant, groupId } = await createClub();
    const ids = [1, 2, 3, 4].map((n) => addColleague(server, tenant, { fullName: `Person ${n}` }));
    for (const userId of ids.toReversed()) addMembership(server, tenant.organizationId, groupId, userId);
    const first = await groups(tenant).listMemberships({ groupId, pagination: { pageSize: 3 } });
    expect(first.members.map(({ subject }) => subject?.id)).toEqual(ids.slice(0, 3));
    const pagination = { token: first.pagination?.nextToken ?? "" };
    const rest = await groups(tenant).listMemberships({ groupId, pagination });
    expect(namesOf(rest.members)).toEqual(["Person 4"]);
  });

  it.each([
    ["", ["Élodie", "Bob %", "Bobby"]],
    ["é", ["Élodie"]],
    ["BOB", ["Bob %", "Bobby"]],
    ["%", ["Bob %"]],
    ["example.com", []],
  ])("searched for %j has %j", async (search, names) => {
    const { tenant, groupId } = await createClub();
    for (const fullName of ["Élodie", "Bob %", "Bobby"]) {
      const userId = addColleague(server, tenant, { fullName });
      addMembership(server, tenant.organizationId, groupId, userId);
    }
    addColleague(server, tenant, { fullName: "Bob who is in no group" });
    const { members } = await groups(tenant).listMemberships({ groupId, filter: { search } });
    expect(namesOf(members)).toEqual(names);
  });

  it("goes on by a token in the same group and under the same search alone", async () => {
    const { tenant, groupId } = await createClub();
    const other = addGroup(server, tenant.organizationId);
    for (const fullName of ["Bob", "Bobby", "Bo"]) {
      const userId = addColleague(server, tenant, { fullName });
      for (const id of [groupId, other]) addMembership(server, tenant.organizationId, id, userId);
    }
    const request = { groupId, filter: { search: "bob" } };
    const first = await groups(tenant).listMemberships({ ...request, pagination: { pageSize: 1 } });
    const pagination = { token: first.pagination?.nextToken ?? "" };
    for (const another of [
      { groupId },
      { ...request, groupId: other },
      { groupId, filter: { search: "bo" } },
    ]) {
      await expectCode(groups(tenant).listMemberships({ ...another, pagination }), Code.InvalidArgument);
    }
    const rest = await groups(tenant).listMemberships({ ...request, pagination });
    expect(namesOf(rest.members)).toEqual(["Bobby"]);
    expect(rest.pagination?.nextToken).toBe("");
  });

  it("of a large group has everybody once", async () => {
    const { tenant, groupId } = await createClub();
    addManyColleagues(server, tenant, 5_000);
    // Ids that have nothing to do with the order of users.
    server.sql(
      `INSERT INTO group_members (organization_id, group_id, user_id, id, created_at)
       SELECT organization_id, ?, user_id, lower(hex(randomblob(4)) || '-0000-7000-8000-' || hex(randomblob(6))), 0
       FROM members WHERE organization_id = ? AND login_provider = 'many'`,
      ...[groupId, tenant.organizationId],
    );
    const seen: string[] = [];
    let token = "";
    do {
      const page = await groups(tenant).listMemberships({ groupId, pagination: { pageSize: 100, token } });
      seen.push(...page.members.map(({ subject }) => subject?.id ?? ""));
      token = page.pagination?.nextToken ?? "";
    } while (token !== "");
    expect(seen).toHaveLength(5_000);
    expect(seen).toEqual([...new Set(seen)].toSorted());
  });
});
