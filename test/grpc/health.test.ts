import { setImmediate } from "node:timers/promises";
import { Code, createClient, createRouterTransport } from "@connectrpc/connect";
import { status as GrpcStatus } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { registerHealth } from "../../src/rpc/grpc-health/health.ts";
import { createServingState } from "../../src/rpc/serving.ts";
import { callWith, encode, nameOf, outcomeOf, shapes } from "../server/support/calls.ts";
import { openGrpcJs } from "../server/support/grpc-js.ts";
import { openWire } from "../server/support/wire.ts";
import { protocols, startTestServer, type TestServer } from "../support/server.ts";

const serviceNames = [
  "gitpod.v1.EventService",
  "gitpod.v1.GroupService",
  "gitpod.v1.IdentityService",
  "gitpod.v1.OrganizationService",
  "gitpod.v1.UserService",
];

/** Of all tests that do not stop it. */
let shared: TestServer;

beforeAll(async () => {
  shared = await startTestServer();
});
afterAll(() => shared[Symbol.asyncDispose]());

describe.each(protocols)("the health service by %s, without a token", (protocol) => {
  test.each(["", ...serviceNames])("says that %j is serving", async (service) => {
    const client = shared.client(Health, { token: undefined, protocol });

    await expect(client.check({ service })).resolves.toMatchObject({ status: Status.SERVING });
  });

  test("lists the server as a whole and every service", async () => {
    const client = shared.client(Health, { token: undefined, protocol });

    const { statuses } = await client.list({});

    expect(Object.keys(statuses).sort()).toEqual(["", ...serviceNames]);
    for (const each of Object.values(statuses)) expect(each.status).toBe(Status.SERVING);
  });

  test.each(["no.such.Service", "gitpod.v1", "grpc.health.v1.Health", "gitpod.v1.organizationservice"])(
    "does not know %j",
    async (service) => {
      const client = shared.client(Health, { token: undefined, protocol });

      await expect(client.check({ service })).rejects.toMatchObject({ code: Code.NotFound });
    },
  );

  test("tells a watcher NOT_SERVING when the service stops, and ends the stream", async () => {
    await using server = await startTestServer();
    const client = server.client(Health, { token: undefined, protocol });
    const seen: Status[] = [];

    for await (const { status } of client.watch({ service: "gitpod.v1.UserService" })) {
      seen.push(status);
      if (status === Status.SERVING) void server.app.close();
    }

    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  });

  test("keeps the stream of an unknown service open until the service stops", async () => {
    await using server = await startTestServer();
    const client = server.client(Health, { token: undefined, protocol });
    const seen: Status[] = [];

    for await (const { status } of client.watch({ service: "no.such.Service" })) {
      seen.push(status);
      void server.app.close();
    }

    expect(seen).toEqual([Status.SERVICE_UNKNOWN]);
  });

  test("says NOT_SERVING while the stop waits for the load balancer", async () => {
    await using server = await startTestServer({ SHUTDOWN_DELAY_MS: "60000" });
    const client = server.client(Health, { token: undefined, protocol });

    void server.app.close();

    await expect(client.check({})).resolves.toMatchObject({ status: Status.NOT_SERVING });
    const stream = client.watch({})[Symbol.asyncIterator]();
    await expect(stream.next()).resolves.toMatchObject({ value: { status: Status.NOT_SERVING } });
  });
});

test.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
  "a watch by %s ends at its deadline with an error, not as if there were nothing more to see",
  async (_name, shape) => {
    using wire = openWire(shared.url, shape.httpVersion);
    const { watch } = Health.method;
    const headers = { "connect-timeout-ms": "50", "grpc-timeout": "50m" };

    const answer = await wire.ask(callWith(shape, watch, encode(shape.codec, watch.input, {}), { headers }));

    const outcome = outcomeOf(shape, watch, answer);
    expect(outcome).toMatchObject({ code: "deadline_exceeded" });
    expect(outcome.messages).toHaveLength(1);
  },
);

test("a token that opens nothing is no hindrance", async () => {
  const client = shared.client(Health, { token: "wrong" });

  await expect(client.check({})).resolves.toMatchObject({ status: Status.SERVING });
});

describe("the health service by grpc-js", () => {
  test("says that the server is serving, and does not know other services", async () => {
    using client = openGrpcJs(shared.url);

    const { message } = await client.unary(Health.method.check, { service: "" });

    expect(message.status).toBe(Status.SERVING);
    await expect(client.unary(Health.method.check, { service: "x" })).rejects.toMatchObject({
      code: GrpcStatus.NOT_FOUND,
    });
  });

  test("tells a watcher NOT_SERVING when the service stops, and ends the stream with OK", async () => {
    await using server = await startTestServer();
    using client = openGrpcJs(server.url);
    const stream = client.serverStream(Health.method.watch, { service: "" });
    const seen: Status[] = [];

    stream.on("data", ({ status }: HealthCheckResponse) => {
      seen.push(status);
      if (status === Status.SERVING) void server.app.close();
    });
    const end = await new Promise((resolve, reject) => {
      stream.on("status", resolve);
      stream.on("error", reject);
    });

    expect(end).toMatchObject({ code: GrpcStatus.OK });
    expect(seen).toEqual([Status.SERVING, Status.NOT_SERVING]);
  });
});

test("a watch that has ended leaves nothing behind, however many there were", async () => {
  const serving = createServingState();
  const waits: Promise<void>[] = [];
  const stopOr = (signal: AbortSignal): Promise<void> => {
    const wait = serving.stopOr(signal);
    waits.push(wait);
    return wait;
  };
  const transport = createRouterTransport((router) => registerHealth(router, [], { ...serving, stopOr }));
  const client = createClient(Health, transport);

  for (let count = 0; count < 100; count += 1) {
    const left = new AbortController();
    const stream = client.watch({}, { signal: left.signal })[Symbol.asyncIterator]();
    await stream.next();
    const pending = stream.next();
    // The handler's turn to wait.
    await setImmediate();
    left.abort();
    await expect(pending).rejects.toMatchObject({ code: Code.Canceled });
  }

  await expect(Promise.all(waits)).resolves.toHaveLength(100);
});
