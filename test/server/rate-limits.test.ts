import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { callWith, encode, nameOf, type Outcome, outcomeOf, type Shape, shapes } from "./support/calls.ts";
import { openWire } from "./support/wire.ts";

const { getAuthenticatedIdentity } = IdentityService.method;
const json: Shape = { protocol: "connect", codec: "json", httpVersion: "1.1" };

/** The buckets' clock stands still but for `pass`. */
let nowMs: number;
const pass = (seconds: number): void => {
  nowMs += seconds * 1_000;
};

beforeEach(() => {
  nowMs = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
});
afterEach(() => void vi.restoreAllMocks());

async function call(
  server: TestServer,
  token: string | undefined,
  headers: Record<string, string> = {},
  shape = json,
): Promise<Outcome> {
  using wire = openWire(server.url, shape.httpVersion);
  const message = encode(shape.codec, getAuthenticatedIdentity.input, {});
  const request = callWith(shape, getAuthenticatedIdentity, message, { token, headers });
  return outcomeOf(shape, getAuthenticatedIdentity, await wire.ask(request));
}

/** The codes of so many calls, one after the other. */
async function codesOf(count: number, one: () => Promise<Outcome>): Promise<string[]> {
  const codes = [];
  for (let index = 0; index < count; index += 1) codes.push((await one()).code);
  return codes;
}

const ok = (count: number): string[] => Array(count).fill("ok");

describe("of one token", () => {
  const env = { RATE_PER_TOKEN: "2", RATE_PER_TOKEN_BURST: "5" };

  test("as many calls as the burst are served, and the next is refused with the time to wait", async () => {
    await using server = await startTestServer(env);
    const { token } = await server.tenant();

    await expect(codesOf(5, () => call(server, token))).resolves.toEqual(ok(5));
    const refused = await call(server, token);

    expect(refused).toMatchObject({
      code: "resource_exhausted",
      message: "too many requests: try again in 1 s",
      answer: { status: 429, headers: { "retry-after": "1" } },
    });
  });

  test("calls are served again after the time to wait, as many as have come back", async () => {
    await using server = await startTestServer(env);
    const { token } = await server.tenant();
    await codesOf(5, () => call(server, token));

    pass(1);

    const codes = await codesOf(3, () => call(server, token));
    expect(codes).toEqual(["ok", "ok", "resource_exhausted"]);
  });

  test("the calls of another token of the same person are counted apart", async () => {
    await using server = await startTestServer(env);
    const tenant = await server.tenant();
    const other = await server.tokenFor(tenant);
    await codesOf(6, () => call(server, tenant.token));

    await expect(codesOf(6, () => call(server, other))).resolves.toEqual([...ok(5), "resource_exhausted"]);
  });

  test.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
    "a refusal says when to come back, by %s",
    async (_name, shape) => {
      await using server = await startTestServer({ RATE_PER_TOKEN: "1", RATE_PER_TOKEN_BURST: "1" });
      const { token } = await server.tenant();
      await call(server, token);

      const { code, answer } = await call(server, token, {}, shape);

      expect(code).toBe("resource_exhausted");
      const said = { ...answer.headers, ...answer.trailers };
      if (shape.protocol === "grpc-web") expect(answer.body.toString()).toContain("retry-after: 1");
      else expect(said).toMatchObject({ "retry-after": "1" });
    },
  );
});

describe("of one organization", () => {
  const env = { RATE_PER_ORGANIZATION: "2", RATE_PER_ORGANIZATION_BURST: "5" };

  test("the calls of all tokens together are limited, and another organization's are not", async () => {
    await using server = await startTestServer(env);
    const tenant = await server.tenant();
    const second = await server.tokenFor(tenant);
    const neighbour = await server.tenant();

    await codesOf(3, () => call(server, tenant.token));

    await expect(codesOf(3, () => call(server, second))).resolves.toEqual([...ok(2), "resource_exhausted"]);
    await expect(call(server, tenant.token)).resolves.toMatchObject({ answer: { status: 429 } });
    await expect(codesOf(5, () => call(server, neighbour.token))).resolves.toEqual(ok(5));
  });
});

test("the operator is not limited", async () => {
  await using server = await startTestServer({
    RATE_PER_TOKEN: "1",
    RATE_PER_TOKEN_BURST: "1",
    RATE_PER_ORGANIZATION: "1",
    RATE_PER_ORGANIZATION_BURST: "1",
    RATE_FAILED_AUTH_PER_IP: "1",
  });

  await expect(codesOf(20, () => call(server, server.operatorToken))).resolves.toEqual(ok(20));
});

describe("of one address", () => {
  const env = { RATE_FAILED_AUTH_PER_IP: "2" };
  const four = Array(4).fill("unauthenticated");

  test.each([
    ["without a token", undefined],
    ["with a token that opens nothing", "wrong"],
    ["with a token that was made up well", "orgsvc_pat_0000000000000000000000000000000000000000000000000"],
  ])("twice the rate of failed attempts are answered, and the next is refused: %s", async (_name, token) => {
    await using server = await startTestServer(env);

    await expect(codesOf(5, () => call(server, token))).resolves.toEqual([...four, "resource_exhausted"]);
    await expect(call(server, token)).resolves.toMatchObject({
      message: "too many failed attempts to authenticate: try again in 1 s",
      answer: { status: 429, headers: { "retry-after": "1" } },
    });
  });

  test("attempts are answered again after the time to wait", async () => {
    await using server = await startTestServer(env);
    await codesOf(5, () => call(server, "wrong"));

    pass(1);

    const codes = await codesOf(3, () => call(server, "wrong"));
    expect(codes).toEqual(["unauthenticated", "unauthenticated", "resource_exhausted"]);
  });

  test("a valid token is served whatever others at the address do, and so is health", async () => {
    await using server = await startTestServer(env);
    const { token } = await server.tenant();

    for (let round = 0; round < 5; round += 1) {
      await codesOf(4, () => call(server, "wrong"));
      await expect(call(server, token)).resolves.toMatchObject({ code: "ok" });
    }
    await expect(server.client(Health, { token: undefined }).check({})).resolves.toBeDefined();
  });

  test("success is no failed attempt", async () => {
    await using server = await startTestServer(env);
    const { token } = await server.tenant();
    await codesOf(20, () => call(server, token));

    await expect(codesOf(5, () => call(server, "wrong"))).resolves.toEqual([...four, "resource_exhausted"]);
  });
});

describe("behind trusted proxies", () => {
  const failFrom = (server: TestServer, forwardedFor: string) =>
    codesOf(3, () => call(server, "wrong", { "x-forwarded-for": forwardedFor }));
  const refusedAtThird = ["unauthenticated", "unauthenticated", "resource_exhausted"];

  test("each client has its own count", async () => {
    await using server = await startTestServer({ RATE_FAILED_AUTH_PER_IP: "1", TRUSTED_PROXY_HOPS: "1" });

    await expect(failFrom(server, "203.0.113.1")).resolves.toEqual(refusedAtThird);
    await expect(failFrom(server, "203.0.113.2")).resolves.toEqual(refusedAtThird);
  });

  test("a client does not get another count by what it claims itself", async () => {
    await using server = await startTestServer({ RATE_FAILED_AUTH_PER_IP: "1", TRUSTED_PROXY_HOPS: "1" });

    await failFrom(server, "203.0.113.1");

    for (const claimed of ["198.51.100.1, 203.0.113.1", "x, 203.0.113.1", "203.0.113.2,203.0.113.1"]) {
      await expect(failFrom(server, claimed)).resolves.toEqual(Array(3).fill("resource_exhausted"));
    }
  });

  test("with two of them, the second from the right is the client", async () => {
    await using server = await startTestServer({ RATE_FAILED_AUTH_PER_IP: "1", TRUSTED_PROXY_HOPS: "2" });

    await failFrom(server, "203.0.113.1, 10.0.0.1");

    await expect(failFrom(server, "203.0.113.1, 10.0.0.2")).resolves.toEqual(
      Array(3).fill("resource_exhausted"),
    );
    await expect(failFrom(server, "203.0.113.9, 10.0.0.1")).resolves.toEqual(refusedAtThird);
  });

  test("an IPv6 client is its /64", async () => {
    await using server = await startTestServer({ RATE_FAILED_AUTH_PER_IP: "1", TRUSTED_PROXY_HOPS: "1" });

    await failFrom(server, "2001:db8:0:1::1");

    await expect(failFrom(server, "2001:db8:0:1:ffff::2")).resolves.toEqual(
      Array(3).fill("resource_exhausted"),
    );
    await expect(failFrom(server, "2001:db8:0:2::1")).resolves.toEqual(refusedAtThird);
  });

  test("without any, X-Forwarded-For is not believed", async () => {
    await using server = await startTestServer({ RATE_FAILED_AUTH_PER_IP: "1" });

    await failFrom(server, "203.0.113.1");

    await expect(failFrom(server, "203.0.113.2")).resolves.toEqual(Array(3).fill("resource_exhausted"));
  });
});
