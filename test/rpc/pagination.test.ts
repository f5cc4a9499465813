import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { allIds, filled, idsOn, lists, nextToken, pagedMethods, readPage } from "./support/lists.ts";
import { fieldOf, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

it("is tested on every list that is built", () => {
  expect(lists.map(({ name }) => name)).toEqual(pagedMethods);
});

describe.each(lists)("$name", (list) => {
  let tenant: TestTenant;
  let ids: readonly string[];

  beforeAll(async () => {
    ({ tenant, ids } = await filled(server, list, 105));
  });

  it("orders by creation", () => {
    expect(ids).toHaveLength(105);
    expect(ids).toEqual(ids.toSorted());
  });

  it.each([{}, { pageSize: 0 }])("has 25 on a page for %j", async (pagination) => {
    expect(idsOn(await readPage(server, list, tenant, pagination), list)).toEqual(ids.slice(0, 25));
  });

  it("has at most 100 on a page, and refuses to be asked for 101 by the field's name", async () => {
    expect(idsOn(await readPage(server, list, tenant, { pageSize: 100 }), list)).toEqual(ids.slice(0, 100));
    const answer = await readPage(server, list, tenant, { pageSize: 101 });
    expect(fieldOf(answer, "code")).toBe("invalid_argument");
    expect(fieldOf(answer, "message")).toMatch(/^pagination\.page_size: /);
  });

  it.each([1, 7, 25, 35, 100])(
    "shows everything once and ends without a token, in pages of %i",
    async (pageSize) => {
      expect(await allIds(server, list, tenant, pageSize)).toEqual(ids);
    },
  );

  it("lets the page size change from page to page", async () => {
    const first = await readPage(server, list, tenant, { pageSize: 3 });
    const second = await readPage(server, list, tenant, { pageSize: 5, token: nextToken(first) });
    expect(idsOn(second, list)).toEqual(ids.slice(3, 8));
  });

  it("has no token on a last page that is exactly full", async () => {
    const first = await readPage(server, list, tenant, { pageSize: 100 });
    const last = await readPage(server, list, tenant, { pageSize: 5, token: nextToken(first) });
    expect(idsOn(last, list)).toEqual(ids.slice(100));
    expect(nextToken(last)).toBe("");
  });

  it("goes on by a token and the same body, with the token in the URL", async () => {
    const first = await readPage(server, list, tenant, {});
    const token = encodeURIComponent(nextToken(first));
    expect(idsOn(await readPage(server, list, tenant, {}, `?token=${token}`), list)).toEqual(
      ids.slice(25, 50),
    );
  });

  it.each(["", "/api"])("can be paged to the end by the URL alone, under the prefix %j", async (prefix) => {
    const found: string[] = [];
    let query = "?pageSize=40";
    do {
      const body = list.body(tenant, server);
      const answer = await send(server, prefix + list.path + query, { token: tenant.token, body });
      found.push(...idsOn(answer, list));
      query = nextToken(answer) === "" ? "" : `?pageSize=40&token=${nextToken(answer)}`;
    } while (query !== "");
    expect(found).toEqual(ids);
  });

  it("believes the URL where the body says otherwise", async () => {
    const token = nextToken(await readPage(server, list, tenant, { pageSize: 10 }));
    const both = await readPage(
      server,
      list,
      tenant,
      { pageSize: 50, token: "nonsense" },
      `?token=${token}&pageSize=2`,
    );
    expect(idsOn(both, list)).toEqual(ids.slice(10, 12));
    const sizeFromBody = await readPage(server, list, tenant, { pageSize: 3 }, `?token=${token}`);
    expect(idsOn(sizeFromBody, list)).toEqual(ids.slice(10, 13));
    const tokenFromBody = await readPage(server, list, tenant, { token }, "?pageSize=4");
    expect(idsOn(tokenFromBody, list)).toEqual(ids.slice(10, 14));
    const fromTheStart = await readPage(server, list, tenant, { token, pageSize: 5 }, "?token=");
    expect(idsOn(fromTheStart, list)).toEqual(ids.slice(0, 5));
  });

  it.each(["101", "-1", "ten", "1e1", "2.5", " 5", "99999999999"])(
    "refuses a pageSize of %j in the URL",
    async (size) => {
      const answer = await readPage(server, list, tenant, {}, `?pageSize=${encodeURIComponent(size)}`);
      expect(fieldOf(answer, "code")).toBe("invalid_argument");
      expect(fieldOf(answer, "message")).toMatch(/^pagination\.page_size: /);
    },
  );
});

const shrinking = lists.flatMap(({ remove, ...list }) => (remove === undefined ? [] : [{ ...list, remove }]));

describe.each(shrinking)("$name while it changes", (list) => {
  it("neither repeats nor skips what was there all the time", async () => {
    const { tenant, ids } = await filled(server, list, 30);
    const first = await readPage(server, list, tenant, { pageSize: 10 });
    // The item that the token stands on, one already shown, and one still to come.
    const removed = [9, 5, 15].map((index) => ids[index] ?? "");
    // Whoever lists personal access tokens needs one that stays.
    for (const id of removed) await list.remove(server, tenant, id);
    const added = await list.add(server, tenant);
    const rest: string[] = [];
    let token = nextToken(first);
    while (token !== "") {
      const answer = await readPage(server, list, tenant, { pageSize: 10, token });
      rest.push(...idsOn(answer, list));
      token = nextToken(answer);
    }
    expect(rest).toEqual([...ids.slice(10).filter((id) => !removed.includes(id)), added]);
  });

  it("ends when all that was left is gone", async () => {
    const { tenant, ids } = await filled(server, list, 4);
    const first = await readPage(server, list, tenant, { pageSize: 2 });
    for (const id of ids.slice(2)) await list.remove(server, tenant, id);
    const answer = await readPage(server, list, tenant, { token: nextToken(first) });
    expect(idsOn(answer, list)).toEqual([]);
    expect(nextToken(answer)).toBe("");
  });
});

it("is a question for lists alone: other methods ignore token and pageSize in the URL", async () => {
  const { token, organizationId } = await server.tenant();
  const path = "/gitpod.v1.OrganizationService/GetOrganization?token=x&pageSize=1000";
  expect((await send(server, path, { token, body: { organizationId } })).status).toBe(200);
});

it("answers an empty list without items and without a token", async () => {
  const tenant = await server.tenant();
  // Whoever asks is a member and has a token.
  const neverEmpty = [
    "OrganizationService/ListMembers",
    "UserService/ListPersonalAccessTokens",
    // That the organization was made is its first entry.
    "EventService/ListAuditLogs",
  ];
  for (const list of lists.filter(({ name }) => !neverEmpty.includes(name))) {
    const answer = await readPage(server, list, tenant, {});
    expect([idsOn(answer, list), nextToken(answer)]).toEqual([[], ""]);
    expect(fieldOf(answer, "pagination")).toEqual({});
  }
});
