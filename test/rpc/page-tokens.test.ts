// A page token continues the one list that it was made for, for the caller it was made for, and nothing else.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { filled, idsOn, type List, lists, nextToken, readPage } from "./support/lists.ts";
import { fieldOf, type RawAnswer, send } from "./support/raw.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

function expectRefused(answer: RawAnswer, token: string): void {
  expect(fieldOf(answer, "code")).toBe("invalid_argument");
  expect(fieldOf(answer, "message")).toMatch(/^pagination\.token: /);
  if (token.length > 8) expect(answer.text).not.toContain(token);
}

/** A list of three and the token of its second page. */
async function prepared(list: List): Promise<{ tenant: TestTenant; token: string; ids: readonly string[] }> {
  const { tenant, ids } = await filled(server, list, 3);
  return { tenant, ids, token: nextToken(await readPage(server, list, tenant, { pageSize: 1 })) };
}

describe.each(lists)("$name", (list) => {
  const use = (tenant: TestTenant, token: string) => readPage(server, list, tenant, { token });

  it("refuses its token with any one character changed", async () => {
    const { tenant, token } = await prepared(list);
    for (const [index, character] of [...token].entries()) {
      const other = token.slice(0, index) + (character === "A" ? "B" : "A") + token.slice(index + 1);
      expectRefused(await use(tenant, other), other);
    }
  });

  it("refuses its token cut short at either end, and with more at its end", async () => {
    const { tenant, token } = await prepared(list);
    for (let length = 1; length < token.length; length += 3) {
      expectRefused(await use(tenant, token.slice(0, length)), token);
      expectRefused(await use(tenant, token.slice(length)), token);
    }
    for (const more of ["A", "=", "==", " ", "\n", token])
      expectRefused(await use(tenant, token + more), token + more);
  });

  it.each([
    ["an id", () => crypto.randomUUID()],
    ["an id in base64", () => Buffer.from(crypto.randomUUID()).toString("base64url")],
    [
      "an id with a signature of zeros",
      () => Buffer.concat([Buffer.alloc(16), Buffer.from(crypto.randomUUID())]).toString("base64url"),
    ],
    ["a number", () => "25"],
    ["SQL", () => "' OR 1=1; DROP TABLE organizations; --"],
    ["100,000 characters", () => "A".repeat(100_000)],
    ["no base64", () => "ünïcödé"],
  ])("refuses a made-up token: %s", async (_what, make) => {
    const { tenant } = await prepared(list);
    const token = make();
    expectRefused(await use(tenant, token), token);
  });

  it("refuses the token of the same list of another organization", async () => {
    const { token } = await prepared(list);
    const { tenant: other } = await prepared(list);
    expectRefused(await use(other, token), token);
  });

  it("refuses the token of another caller of the same organization", async () => {
    const { tenant, token } = await prepared(list);
    const colleague = await server.colleague(tenant, { role: "admin" });
    expectRefused(await use(colleague, token), token);
    const own = nextToken(await readPage(server, list, colleague, { pageSize: 1 }));
    expect((await use(colleague, own)).status).toBe(200);
  });

  it("takes the caller's own token under another credential of theirs", async () => {
    const { tenant, token, ids } = await prepared(list);
    const again = { ...tenant, token: await server.tokenFor(tenant, { readOnly: true }) };
    expect(idsOn(await use(again, token), list).slice(0, 2)).toEqual(ids.slice(1));
  });

  it("refuses the tokens of every other list", async () => {
    const { tenant } = await prepared(list);
    for (const foreign of lists.filter((each) => each !== list)) {
      await foreign.add(server, tenant);
      await foreign.add(server, tenant);
      const token = nextToken(await readPage(server, foreign, tenant, { pageSize: 1 }));
      expect(token).not.toBe("");
      expectRefused(await use(tenant, token), token);
    }
  });

  it("refuses a token in the URL just so", async () => {
    const { tenant } = await prepared(list);
    expectRefused(await readPage(server, list, tenant, {}, "?token=nonsense-nonsense"), "nonsense-nonsense");
  });

  it("refuses the token of another installation", async () => {
    const { tenant } = await prepared(list);
    await using elsewhere = await startTestServer();
    const foreign = await filled(elsewhere, list, 2);
    const token = nextToken(await readPage(elsewhere, list, foreign.tenant, { pageSize: 1 }));
    expectRefused(await use(tenant, token), token);
  });
});

describe("ListPersonalAccessTokens", () => {
  it("refuses the token of another filter, and takes it for the same people in another order", async () => {
    const admin = await server.tenant();
    const people = [admin.userId, (await server.colleague(admin)).userId];
    const path = "/gitpod.v1.UserService/ListPersonalAccessTokens";
    const page = (userIds: readonly string[], token = "") => {
      const body = { filter: { userIds }, pagination: { pageSize: 1, token } };
      return send(server, path, { token: admin.token, body });
    };
    const token = nextToken(await page(people));
    expectRefused(await page([], token), token);
    expectRefused(await page(people.slice(1), token), token);
    expect((await page(people.toReversed(), token)).status).toBe(200);
  });
});

describe("ListSCIMConfigurations", () => {
  it("pages the operator through one organization or all, and keeps the two apart", async () => {
    const list = lists.find(({ name }) => name.endsWith("ListSCIMConfigurations"));
    if (list === undefined) throw new Error("no such list");
    const { tenant, ids } = await filled(server, list, 3);
    const operator = server.client(OrganizationService, { token: server.operatorToken });
    const { organizationId } = tenant;
    const one = await operator.listSCIMConfigurations({ organizationId, pagination: { pageSize: 2 } });
    expect(one.scimConfigurations.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const token = one.pagination?.nextToken ?? "";
    const rest = await operator.listSCIMConfigurations({ organizationId, pagination: { token } });
    expect(rest.scimConfigurations.map(({ id }) => id)).toEqual(ids.slice(2));
    const answer = await send(server, list.path, {
      token: server.operatorToken,
      body: { pagination: { token } },
    });
    expectRefused(answer, token);
  });
});
