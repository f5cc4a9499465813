// In what order ListMembers lists, page by page, and how many it counts.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CountResponseRelation } from "../../gen/gitpod/v1/count_pb.ts";
import {
  type ListMembersResponse,
  OrganizationRole,
  ListMembersRequest_SortField as SortField,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { SortOrder } from "../../gen/gitpod/v1/pagination_pb.ts";
import { UserStatus } from "../../gen/gitpod/v1/user_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  addColleague,
  addManyColleagues,
  createPeople,
  listMembers,
  type MemberListRequest,
  namesOn,
} from "./support/colleagues.ts";
import { expectCode, present } from "./support/expect.ts";
import { fieldOf, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const list = (tenant: TestTenant, request?: MemberListRequest) => listMembers(server, tenant, request);

/** For values that the generated client has no type for. */
async function expectRefused(request: object, field: string): Promise<void> {
  const { organizationId, token } = await server.tenant();
  const path = "/gitpod.v1.OrganizationService/ListMembers";
  const answer = await send(server, path, { token, body: { ...request, organizationId } });
  expect(fieldOf(answer, "code")).toBe("invalid_argument");
  expect(fieldOf(answer, "message")).toContain(`${field}: `);
}

describe("the order", () => {
  const { NAME, DATE_JOINED } = SortField;
  const { ASC, DESC } = SortOrder;
  const people = () =>
    createPeople(server, {
      zoe: { memberSinceMs: 5 },
      "Zoe Ann": { memberSinceMs: 3 },
      Älva: { memberSinceMs: 3 },
      "bo Z": { memberSinceMs: 4 },
      Bo: { memberSinceMs: 9 },
    });
  const byName = ["Bo", "bo Z", "zoe", "Zoe Ann", "Älva"];
  const byDate = ["Zoe Ann", "Älva", "bo Z", "zoe", "Bo"];
  const filter = { roles: [OrganizationRole.MEMBER] };

  it.each([
    ["nothing is said", {}, byDate],
    ["only a direction is said", { order: DESC }, byDate.toReversed()],
    ["the date of joining", { field: DATE_JOINED, order: ASC }, byDate],
    ["the name without regard to case", { field: NAME }, byName],
    ["the name, ascending", { field: NAME, order: ASC }, byName],
    ["the name, descending", { field: NAME, order: DESC }, byName.toReversed()],
  ])("is when %s", async (_what, sort, names) => {
    const { tenant } = await people();
    expect(namesOn(await list(tenant, { filter, sort }))).toEqual(names);
  });

  it.each([
    [{ field: NAME }, [1, 2, 3]],
    [{ field: NAME, order: DESC }, [3, 2, 1]],
    [{ field: DATE_JOINED }, [1, 2, 3]],
    [{ field: DATE_JOINED, order: DESC }, [3, 2, 1]],
  ])("of equals under %j is that of their ids", async (sort, expected) => {
    const tenant = await server.tenant();
    const emails = [1, 2, 3].map((n) => ({
      email: `${n}@twins.example`,
      fullName: n === 2 ? "TWIN" : "Twin",
    }));
    for (const colleague of emails) addColleague(server, tenant, { ...colleague, memberSinceMs: 7 });
    const { members } = await list(tenant, { filter, sort });
    expect(members.map(({ email }) => email)).toEqual(expected.map((n) => `${n}@twins.example`));
  });

  it.each([
    ["sort.field", { field: 3 }],
    ["sort.order", { order: 3 }],
  ])("is refused for a %s that is not known", async (field, sort) => {
    await expectRefused({ sort }, field);
  });
});

describe("pages", () => {
  const { NAME, DATE_JOINED } = SortField;
  const sorts = [NAME, DATE_JOINED].flatMap((field) =>
    [SortOrder.ASC, SortOrder.DESC].map((order) => ({ field, order })),
  );

  /** Names of every kind, many of them equal but for case, and dates of which several are equal. */
  async function crowd(): Promise<TestTenant> {
    const tenant = await server.tenant();
    const names = ["Ann", "ann", "Ärger", "ärger", "𐐀ther", "日本", "zed", "O'Hara", "", "~"];
    for (const [index, fullName] of [...names, ...names, ...names].entries()) {
      addColleague(server, tenant, { fullName, memberSinceMs: 1000 + (index % 4) });
    }
    return tenant;
  }

  async function pagesOf(
    tenant: TestTenant,
    request: MemberListRequest,
    pageSize: number,
  ): Promise<ListMembersResponse[]> {
    const pages: ListMembersResponse[] = [];
    let token = "";
    do {
      const page = await list(tenant, { ...request, pagination: { pageSize, token } });
      pages.push(page);
      token = page.pagination?.nextToken ?? "";
    } while (token !== "");
    return pages;
  }

  const idsOn = (pages: readonly ListMembersResponse[]): string[] =>
    pages.flatMap(({ members }) => members.map(({ userId }) => userId));

  it.each(sorts)("under %j show everybody once, in the order of one page", async (sort) => {
    const tenant = await crowd();
    const whole = idsOn(await pagesOf(tenant, { sort }, 100));
    expect(new Set(whole).size).toBe(31);
    for (const pageSize of [1, 4, 7, 30, 31]) {
      const pages = await pagesOf(tenant, { sort }, pageSize);
      expect(pages).toHaveLength(Math.ceil(31 / pageSize));
      expect(idsOn(pages)).toEqual(whole);
    }
  });

  it("of a filtered list are full of those who pass it", async () => {
    const tenant = await crowd();
    const pages = await pagesOf(tenant, { filter: { search: "ÄRGER" }, sort: { field: NAME } }, 4);
    expect(pages.map(({ members }) => members.length)).toEqual([4, 2]);
  });

  it("go on where they were when whom they ended with is called otherwise, or gone", async () => {
    const people = await createPeople(server, { A: {}, B: {}, C: {}, D: {}, E: {} });
    const { tenant } = people;
    const request = { filter: { roles: [OrganizationRole.MEMBER] }, sort: { field: NAME } };
    const first = await list(tenant, { ...request, pagination: { pageSize: 2 } });
    const pagination = { token: present(first.pagination).nextToken };
    const rename = "UPDATE members SET full_name = 'Z', full_name_fold = 'z' WHERE user_id = ?";
    server.sql(rename, people.idOf("B"));
    expect(namesOn(await list(tenant, { ...request, pagination }))).toEqual(["C", "D", "E", "Z"]);
    server.sql("DELETE FROM members WHERE user_id = ?", people.idOf("B"));
    expect(namesOn(await list(tenant, { ...request, pagination }))).toEqual(["C", "D", "E"]);
  });

  it("are bound to the filter, the order and the organization", async () => {
    const tenant = await crowd();
    const request = { filter: { search: "a" }, sort: { field: NAME, order: SortOrder.DESC } };
    const first = await list(tenant, { ...request, pagination: { pageSize: 2 } });
    const pagination = { token: present(first.pagination).nextToken };
    const others: MemberListRequest[] = [
      { sort: request.sort },
      { ...request, filter: { search: "A" } },
      { ...request, filter: { search: "a", roles: [OrganizationRole.MEMBER] } },
      { ...request, filter: { search: "a", excludeMembersInAnyTeam: true } },
      { ...request, filter: { search: "a", userIds: [tenant.userId] } },
      { ...request, filter: { search: "a", excludeGroupIds: [crypto.randomUUID()] } },
      { ...request, sort: { field: NAME } },
      { ...request, sort: { field: DATE_JOINED, order: SortOrder.DESC } },
      { filter: request.filter },
    ];
    for (const other of others) {
      const error = await expectCode(list(tenant, { ...other, pagination }), Code.InvalidArgument);
      expect(error.rawMessage).toMatch(/^pagination\.token: /);
    }
    const operator = { ...tenant, token: server.operatorToken };
    await expectCode(list(operator, { ...request, pagination }), Code.InvalidArgument);
    expect((await list(tenant, { ...request, pagination })).members.length).toBeGreaterThan(0);
  });

  it("go on under the same filter written in another way, and with or without a count", async () => {
    const tenant = await crowd();
    const { ACTIVE, SUSPENDED } = UserStatus;
    const first = await list(tenant, {
      filter: { statuses: [ACTIVE, SUSPENDED] },
      pagination: { pageSize: 2 },
    });
    const pagination = { token: present(first.pagination).nextToken };
    const filter = { statuses: [SUSPENDED, ACTIVE, SUSPENDED] };
    const second = await list(tenant, { filter, pagination, count: { include: true } });
    expect(second.members).toHaveLength(25);
    const empty = await list(tenant, { pagination: { pageSize: 2 } });
    const sort = { field: DATE_JOINED, order: SortOrder.ASC };
    const token = present(empty.pagination).nextToken;
    expect((await list(tenant, { filter: {}, sort, pagination: { token } })).members).toHaveLength(25);
  });
});

describe("the count", () => {
  const include = { count: { include: true } };
  const { EQ, GTE } = CountResponseRelation;

  it("is there when it is asked for, and no part of the page's size", async () => {
    const { tenant } = await createPeople(server, { Ada: {}, Grace: {}, Gone: { status: "left" } });
    expect((await list(tenant)).count).toBeUndefined();
    expect((await list(tenant, { count: { include: false } })).count).toBeUndefined();
    const { count, members } = await list(tenant, { ...include, pagination: { pageSize: 1 } });
    expect([members.length, count?.value, count?.relation]).toEqual([1, 3, EQ]);
  });

  it("is of those who pass the filter", async () => {
    const { tenant } = await createPeople(server, { Ada: {}, Grace: {}, Gone: { status: "left" } });
    const countOf = async (filter: MemberListRequest["filter"]) =>
      (await list(tenant, { ...include, filter })).count?.value;
    expect(await countOf({ search: "a" })).toBe(3);
    expect(await countOf({ search: "ada" })).toBe(1);
    expect(await countOf({ search: "nobody" })).toBe(0);
    expect(await countOf({ statuses: [UserStatus.LEFT] })).toBe(1);
  });

  it("is exact up to 10,000, and says of more that they are more", async () => {
    const tenant = await server.tenant();
    addManyColleagues(server, tenant, 9_999);
    expect((await list(tenant, include)).count).toMatchObject({ value: 10_000, relation: EQ });
    addColleague(server, tenant);
    expect((await list(tenant, include)).count).toMatchObject({ value: 10_000, relation: GTE });
    const filter = { search: "number 1" };
    expect((await list(tenant, { ...include, filter })).count).toMatchObject({ value: 1_111, relation: EQ });
  });
});
