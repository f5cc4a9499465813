import * as http from "node:http";
import * as http2 from "node:http2";
import Database from "better-sqlite3";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  callWith,
  encode,
  nameOf,
  type Outcome,
  outcomeOf,
  parseJson,
  pathOf,
  type Shape,
  shapes,
} from "./support/calls.ts";
import { holdReads } from "./support/gate.ts";
import { openGrpcJs } from "./support/grpc-js.ts";
import { openWire } from "./support/wire.ts";

const { getOrganization, updateOrganization } = OrganizationService.method;
const named = shapes.map((shape) => [nameOf(shape), shape] as const);
/** Far below the default deadline, far above what an unblocked call takes. */
const soonMs = 3_000;

afterEach(() => void vi.restoreAllMocks());

/** Sent without a client that has a deadline of its own. `timeout` in milliseconds, as each protocol spells it. */
async function get(
  server: TestServer,
  tenant: TestTenant,
  shape: Shape,
  timeout?: number,
): Promise<{ readonly outcome: Outcome; readonly tookMs: number }> {
  using wire = openWire(server.url, shape.httpVersion);
  const message = encode(shape.codec, getOrganization.input, { organizationId: tenant.organizationId });
  const headers: Record<string, string> =
    timeout === undefined ? {} : { "connect-timeout-ms": `${timeout}`, "grpc-timeout": `${timeout}m` };
  const startMs = performance.now();
  const answer = await wire.ask(callWith(shape, getOrganization, message, { token: tenant.token, headers }));
  const tookMs = performance.now() - startMs;
  return { outcome: outcomeOf(shape, getOrganization, answer), tookMs };
}

describe.each([
  { deadline: "the client's deadline", env: {}, timeout: 50 },
  { deadline: "the default deadline, when it sets none", env: { RPC_DEADLINE_DEFAULT_MS: "50" } },
  {
    deadline: "the longest deadline, when it wishes for more",
    env: { RPC_DEADLINE_DEFAULT_MS: "25", RPC_DEADLINE_MAX_MS: "50" },
    timeout: 60_000,
  },
])("a call whose handler looks at no signal is ended at $deadline", ({ env, timeout }) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer(env);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(named)("by %s", async (_name, shape) => {
    const tenant = await server.tenant();
    holdReads(server);

    const { outcome, tookMs } = await get(server, tenant, shape, timeout);

    expect(outcome).toMatchObject({ code: "deadline_exceeded" });
    expect(tookMs).toBeGreaterThan(45);
    expect(tookMs).toBeLessThan(soonMs);
  });
});

describe("a call whose handler looks at no signal is ended", () => {
  test("for grpc-js too", async () => {
    await using server = await startTestServer({ RPC_DEADLINE_DEFAULT_MS: "100" });
    const tenant = await server.tenant();
    holdReads(server);
    using client = openGrpcJs(server.url);

    const call = client.unary(getOrganization, { organizationId: tenant.organizationId }, tenant);

    await expect(call).rejects.toMatchObject({ code: 4 });
  });

  test("in a GET too", async () => {
    await using server = await startTestServer();
    const tenant = await server.tenant();
    holdReads(server);
    using wire = openWire(server.url, "1.1");
    const message = encodeURIComponent(JSON.stringify({ organizationId: tenant.organizationId }));

    const answer = await wire.ask({
      method: "GET",
      path: `${pathOf(getOrganization)}?encoding=json&message=${message}`,
      headers: { authorization: `Bearer ${tenant.token}`, "connect-timeout-ms": "50" },
    });

    expect(answer.status).toBe(504);
    expect(parseJson(answer.body)).toMatchObject({ code: "deadline_exceeded" });
  });

  test("also when it waits for the database, which another process has locked", async () => {
    await using server = await startTestServer();
    const tenant = await server.tenant();
    using _lock = lockForWriting(server.databasePath);
    using wire = openWire(server.url, "1.1");
    const body = JSON.stringify({ organizationId: tenant.organizationId, name: "New name" });
    const startMs = performance.now();

    const answer = await wire.ask({
      path: pathOf(updateOrganization),
      headers: {
        "content-type": "application/json",
        "connect-timeout-ms": "200",
        authorization: `Bearer ${tenant.token}`,
      },
      body,
    });

    expect(parseJson(answer.body)).toMatchObject({ code: "deadline_exceeded" });
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });
});

describe("a call", () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test.each(named)("may wish for more than the longest deadline, by %s", async (_name, shape) => {
    const tenant = await server.tenant();

    const { outcome } = await get(server, tenant, shape, 99_999_999);

    expect(outcome).toMatchObject({ code: "ok" });
  });

  test.each(named)("does not begin when its deadline has passed already, by %s", async (_name, shape) => {
    const tenant = await server.tenant();
    const gate = holdReads(server);

    const { outcome } = await get(server, tenant, shape, 0);

    expect(outcome).toMatchObject({ code: "deadline_exceeded" });
    expect(gate.arrivals).toBe(0);
  });
});

test("what fails after the deadline disturbs nobody, and the next call is served", async () => {
  await using server = await startTestServer();
  const tenant = await server.tenant();
  const { promise: late, reject } = Promise.withResolvers<never>();
  vi.spyOn(server.app.context.storage.organizations, "get").mockReturnValueOnce(late);
  const [shape] = shapes;
  if (shape === undefined) throw new Error("no shape");

  const first = await get(server, tenant, shape, 50);
  reject(new Error("too late"));
  const second = await get(server, tenant, shape);

  expect(first.outcome.code).toBe("deadline_exceeded");
  expect(second.outcome.code).toBe("ok");
  expect(server.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

describe("a client that leaves", () => {
  test.each(["1.1", "2"] as const)("over HTTP/%s is a line with status 499 and no error", async (version) => {
    await using server = await startTestServer();
    const tenant = await server.tenant();
    const gate = holdReads(server);
    const leave = version === "2" ? callByHttp2(server, tenant) : callByHttp1(server, tenant);
    await gate.arrived(1);

    leave();

    const line = await vi.waitFor(() => requestLine(server));
    expect(line).toMatchObject({ status: 499, code: "canceled", aborted: true, level: "info" });
    gate.open();
    expect(server.logs.filter((text) => /"level":"(?:warn|error)"/.test(text))).toEqual([]);
  });

  test.each(["1.1", "2"] as const)(
    "in the middle of its message over HTTP/%s begins no call",
    async (version) => {
      await using server = await startTestServer();
      const tenant = await server.tenant();
      const gate = holdReads(server);
      const begun = vi.spyOn(server.app.context.storage.credentials, "findPersonalAccessToken");
      const leave = version === "2" ? callByHttp2(server, tenant, 5) : callByHttp1(server, tenant, 5);
      await vi.waitFor(() => expect(begun).toHaveBeenCalled());

      leave();

      await expect(vi.waitFor(() => requestLine(server))).resolves.toMatchObject({
        status: 499,
        aborted: true,
      });
      expect(gate.arrivals).toBe(0);
      expect(server.logs.filter((text) => /"level":"(?:warn|error)"/.test(text))).toEqual([]);
    },
  );
});

function requestLine(server: TestServer): Record<string, unknown> {
  const line = server.logs.find((text) => text.includes('"msg":"request"'));
  if (line === undefined) throw new Error("no line yet");
  return parseJson(line);
}

/** Sends a GetOrganization, or as many bytes of it as said; what is returned leaves without waiting for the answer. */
function callByHttp1(server: TestServer, tenant: TestTenant, bytes?: number): () => void {
  const body = JSON.stringify({ organizationId: tenant.organizationId });
  const req = http.request(server.url + pathOf(getOrganization), {
    method: "POST",
    headers: { ...headersOf(tenant), "content-length": body.length },
  });
  req.on("error", () => undefined);
  req.write(body.slice(0, bytes));
  return () => void req.destroy();
}

function callByHttp2(server: TestServer, tenant: TestTenant, bytes?: number): () => void {
  const session = http2.connect(server.url);
  const req = session.request({ ":method": "POST", ":path": pathOf(getOrganization), ...headersOf(tenant) });
  req.on("error", () => undefined);
  req.on("close", () => session.destroy());
  const body = JSON.stringify({ organizationId: tenant.organizationId });
  if (bytes === undefined) {
    req.end(body);
    return () => void req.close(http2.constants.NGHTTP2_CANCEL);
  }
  req.write(body.slice(0, bytes));
  // Node ends the body of a stream before it resets it, so that the connection has to go.
  return () => void session.destroy();
}

function headersOf({ token }: TestTenant) {
  return { "content-type": "application/json", authorization: `Bearer ${token}` };
}

function lockForWriting(path: string): Disposable {
  const db = new Database(path);
  db.exec("BEGIN IMMEDIATE");
  return { [Symbol.dispose]: () => void db.close() };
}
