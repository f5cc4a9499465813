import { afterEach, describe, expect, test, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import {
  type CallOptions,
  callWith,
  encode,
  nameOf,
  type Outcome,
  outcomeOf,
  pathOf,
  type Shape,
  shapes,
} from "./support/calls.ts";
import { canary } from "./support/canary.ts";
import { openGrpcJs } from "./support/grpc-js.ts";
import { linesOf, requestLines } from "./support/logs.ts";
import { httpVersions, openWire } from "./support/wire.ts";

const { getOrganization } = OrganizationService.method;
const named = shapes.map((shape) => [nameOf(shape), shape] as const);
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const unknownId = "00000000-0000-7000-8000-000000000000";

afterEach(() => void vi.restoreAllMocks());

async function get(
  server: TestServer,
  shape: Shape,
  organizationId: string,
  options: CallOptions,
): Promise<Outcome> {
  using wire = openWire(server.url, shape.httpVersion);
  const message = encode(shape.codec, getOrganization.input, { organizationId });
  return outcomeOf(
    shape,
    getOrganization,
    await wire.ask(callWith(shape, getOrganization, message, options)),
  );
}

describe("a request is one line", () => {
  test.each(named)("with who, what and how long when it succeeds, by %s", async (_name, shape) => {
    await using server = await startTestServer();
    const tenant = await server.tenant();

    await get(server, shape, tenant.organizationId, tenant);

    const lines = await requestLines(server, 1);
    expect(lines).toEqual([
      {
        level: "info",
        time: expect.any(String),
        msg: "request",
        requestId: expect.stringMatching(uuid),
        method: "POST",
        path: pathOf(getOrganization),
        http: shape.httpVersion === "2" ? "2.0" : "1.1",
        status: 200,
        principal: "user",
        principalId: tenant.userId,
        durationMs: expect.any(Number),
      },
    ]);
  });

  test.each(named)("with the code when it fails, by %s", async (_name, shape) => {
    await using server = await startTestServer();

    await get(server, shape, unknownId, { token: server.operatorToken });
    await get(server, shape, unknownId, {});

    const [unknown, unauthenticated] = await requestLines(server, 2);
    const isConnect = shape.protocol === "connect";
    expect(unknown).toMatchObject({
      level: "info",
      status: isConnect ? 404 : 200,
      code: "not_found",
      principal: "operator",
    });
    expect(unauthenticated).toMatchObject({ status: isConnect ? 401 : 200, code: "unauthenticated" });
    expect(unauthenticated).not.toHaveProperty("principal");
  });

  test.each([
    { name: "an unknown path", request: { path: "/none" }, status: 404, route: "(no route)" },
    { name: "a wrong verb", request: { method: "PUT", path: pathOf(getOrganization) }, status: 405 },
    { name: "a wrong content type", request: { path: pathOf(getOrganization) }, status: 415 },
  ])("with a code also for $name", async ({ request, status, route = request.path }) => {
    await using server = await startTestServer();
    for (const httpVersion of httpVersions) {
      using wire = openWire(server.url, httpVersion);
      await wire.ask(request);
    }

    for (const line of await requestLines(server, 2)) {
      expect(line).toMatchObject({ status, code: "unimplemented", path: route });
    }
  });

  test("and a probe's only for debugging", async () => {
    await using server = await startTestServer();
    using wire = openWire(server.url, "1.1");

    await wire.ask({ method: "GET", path: "/healthz" });
    await wire.ask({ method: "GET", path: "/readyz" });

    const probes = await vi.waitFor(() => {
      const lines = linesOf(server).filter(({ msg }) => msg === "probe");
      expect(lines).toHaveLength(2);
      return lines;
    });
    for (const line of probes) expect(line).toMatchObject({ level: "debug", status: 200 });
    expect(linesOf(server).filter(({ msg }) => msg === "request")).toEqual([]);
  });

  test("without the path when it leads nowhere: it is the client's own text, and may be a secret", async () => {
    await using server = await startTestServer();
    using wire = openWire(server.url, "1.1");

    await wire.ask({ method: "GET", path: `/${"x".repeat(8_000)}` });

    const [line] = await requestLines(server, 1);
    expect(line?.path).toBe("(no route)");
  });
});

describe("the request id", () => {
  test.each(named)("is the client's when it is harmless, and comes back, by %s", async (_name, shape) => {
    await using server = await startTestServer();
    const id = "trace-01.AB_cd";

    const { answer } = await get(server, shape, unknownId, { headers: { "x-request-id": id } });

    expect(answer.headers["x-request-id"]).toBe(id);
    await expect(requestLines(server, 1)).resolves.toMatchObject([{ requestId: id }]);
  });

  test.each(named)("is a new one when there is none, by %s", async (_name, shape) => {
    await using server = await startTestServer();

    const first = await get(server, shape, unknownId, {});
    const second = await get(server, shape, unknownId, {});

    expect(first.answer.headers["x-request-id"]).toMatch(uuid);
    expect(second.answer.headers["x-request-id"]).not.toBe(first.answer.headers["x-request-id"]);
  });

  test.each([
    ["too long", "x".repeat(129)],
    ["with a space", "a b"],
    ["with markup", "<script>"],
    ["with a quote", 'a"b'],
    ["with a path", "../a"],
    ["of two headers joined", "a, b"],
    ["empty", ""],
    ["with a letter outside of ASCII", "\u00e9"],
    ["a token by mistake", "orgsvc_pat_0000000000000000000000000000000000000000000000000"],
  ])("is a new one when the client's is harmful: %s", async (_name, id) => {
    await using server = await startTestServer();
    for (const httpVersion of httpVersions) {
      using wire = openWire(server.url, httpVersion);
      const { headers } = await wire.ask({ method: "GET", path: "/none", headers: { "x-request-id": id } });
      expect(headers["x-request-id"]).toMatch(uuid);
    }

    for (const { requestId } of await requestLines(server, 2)) expect(requestId).toMatch(uuid);
  });

  test("comes back to grpc-js in the metadata", async () => {
    await using server = await startTestServer();
    const tenant = await server.tenant();
    using client = openGrpcJs(server.url);

    const { header } = await client.unary(
      getOrganization,
      { organizationId: tenant.organizationId },
      { token: tenant.token, metadata: { "x-request-id": "by-grpc-js" } },
    );

    expect(header.get("x-request-id")).toEqual(["by-grpc-js"]);
  });

  test("comes back from probes, preflights and wrong paths", async () => {
    await using server = await startTestServer();
    using wire = openWire(server.url, "1.1");
    const headers = { "x-request-id": "id-1" };
    const preflight = { ...headers, origin: "https://a.example", "access-control-request-method": "POST" };

    for (const request of [
      { method: "GET", path: "/healthz", headers },
      { method: "GET", path: "/readyz", headers },
      { method: "OPTIONS", path: pathOf(getOrganization), headers: preflight },
      { method: "GET", path: "/none", headers },
    ]) {
      await expect(wire.ask(request)).resolves.toMatchObject({ headers: { "x-request-id": "id-1" } });
    }
  });
});

test.each(named)("a defect is told as an id alone, and logged once under it, by %s", async (_name, shape) => {
  await using server = await startTestServer();
  const tenant = await server.tenant();
  const defect = new Error(`no such column: ${canary} in /data/organization.db`);
  vi.spyOn(server.app.context.storage.organizations, "get").mockRejectedValue(defect);

  const outcome = await get(server, shape, tenant.organizationId, {
    token: tenant.token,
    headers: { "x-request-id": "id-1" },
  });

  expect(outcome).toMatchObject({ code: "internal", message: "internal error, request id-1" });
  expect(JSON.stringify(outcome)).not.toContain(canary);
  const errors = linesOf(server).filter(({ level }) => level === "error");
  expect(errors).toMatchObject([{ requestId: "id-1", err: { message: defect.message } }]);
});

test("no line has anything of a query, a header or a body", async () => {
  await using server = await startTestServer();
  const tenant = await server.tenant();
  const json = { "content-type": "application/json" };
  const secrets = {
    "x-custom": canary,
    cookie: `session=${canary}`,
    "user-agent": canary,
    referer: canary,
    "x-forwarded-for": canary,
    origin: `https://${canary}.example`,
  };
  const bearers = [`Bearer ${tenant.token}`, `Bearer ${canary}`, `Basic ${canary}`, canary];
  const bodies = [`{"organizationId":"${canary}"}`, `{"${canary}":1`, canary];
  const requests = bearers.flatMap((authorization) => [
    ...bodies.map((body) => ({
      path: `${pathOf(getOrganization)}?token=${canary}`,
      headers: { ...json, ...secrets, authorization },
      body,
    })),
    {
      method: "GET",
      path: `${pathOf(getOrganization)}?encoding=json&message=${canary}`,
      headers: { ...secrets, authorization },
    },
    { method: "GET", path: `/none?${canary}`, headers: { ...secrets, authorization } },
    { method: "GET", path: `/readyz?${canary}`, headers: { ...secrets, authorization } },
  ]);

  for (const httpVersion of httpVersions) {
    using wire = openWire(server.url, httpVersion);
    for (const request of requests) await wire.ask(request);
  }

  await requestLines(server, 2 * bearers.length * 5);
  expect(server.logs.filter((line) => line.includes(canary) || line.includes(tenant.token))).toEqual([]);
});
