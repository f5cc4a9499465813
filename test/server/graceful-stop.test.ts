import { existsSync, mkdtempSync, rmSync } from "node:fs";
import * as http2 from "node:http2";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { callWith, encode, outcomeOf, type Shape, shapes } from "./support/calls.ts";
import { holdAcknowledgements, holdReads } from "./support/gate.ts";
import { openGrpcJs } from "./support/grpc-js.ts";
import { answerOf, openWire, type Wire } from "./support/wire.ts";

const { getOrganization, createOrganization } = OrganizationService.method;
/** Longer than any test: what ends is ended by what the test does. */
const patient = { SHUTDOWN_GRACE_MS: "60000" };

afterEach(() => void vi.restoreAllMocks());

function read(wire: Wire, shape: Shape, organizationId: string, token: string) {
  const message = encode(shape.codec, getOrganization.input, { organizationId });
  return wire
    .ask(callWith(shape, getOrganization, message, { token }))
    .then((answer) => outcomeOf(shape, getOrganization, answer));
}

function accepts(server: TestServer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(server.app.port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

const json: Shape = { protocol: "connect", codec: "json", httpVersion: "1.1" };

describe("a stop", () => {
  test("drops none of 200 calls in flight over HTTP/1.1, HTTP/2 and gRPC", async () => {
    await using server = await startTestServer(patient);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    const wires = shapes.map((shape) => ({ shape, wire: openWire(server.url, shape.httpVersion) }));
    using grpcJs = openGrpcJs(server.url);
    const eachTimes = <T>(count: number, one: () => Promise<T>) => Array.from({ length: count }, one);

    const calls = wires.flatMap(({ wire, shape }) =>
      eachTimes(16, () => read(wire, shape, organizationId, token)),
    );
    const foreign = eachTimes(40, () => grpcJs.unary(getOrganization, { organizationId }, { token }));
    await gate.arrived(200);
    const stopped = server.app.close();
    await vi.waitFor(async () => expect(await accepts(server)).toBe(false));
    gate.open();

    const codes = (await Promise.all(calls)).map(({ code }) => code);
    expect(codes).toEqual(Array(160).fill("ok"));
    await expect(Promise.all(foreign)).resolves.toHaveLength(40);
    await expect(stopped).resolves.toEqual({ forced: false });
    for (const { wire } of wires) wire[Symbol.dispose]();
  });

  test("asks HTTP/1.1 clients to leave with the answer that they were waiting for", async () => {
    await using server = await startTestServer(patient);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    using wire = openWire(server.url, "1.1");
    const call = read(wire, json, organizationId, token);
    await gate.arrived(1);

    const stopped = server.app.close();
    gate.open();

    const { answer } = await call;
    expect(answer.headers).toMatchObject({ connection: "close" });
    await stopped;
  });

  test("tells HTTP/2 clients to leave, and lets their open streams finish", async () => {
    await using server = await startTestServer(patient);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    const session = http2.connect(server.url);
    const goaway = new Promise((resolve) => session.once("goaway", resolve));
    const { path, headers, body } = callWith(
      json,
      getOrganization,
      encode("json", getOrganization.input, { organizationId }),
      { token },
    );
    const stream = session.request({ ":method": "POST", ":path": path, ...headers });
    stream.end(body);
    await gate.arrived(1);

    const stopped = server.app.close();
    await goaway;
    gate.open();

    await expect(answerOf(stream)).resolves.toMatchObject({ status: 200 });
    await expect(stopped).resolves.toEqual({ forced: false });
  });

  test("does not wait for clients that are connected and silent", async () => {
    await using server = await startTestServer(patient);
    using http1 = openWire(server.url, "1.1");
    using h2 = openWire(server.url, "2");
    await http1.ask({ method: "GET", path: "/healthz" });
    await h2.ask({ method: "GET", path: "/healthz" });
    const silent = connect(server.app.port, "127.0.0.1");
    silent.on("error", () => undefined);
    await new Promise<void>((resolve) => silent.once("connect", resolve));

    await expect(server.app.close()).resolves.toEqual({ forced: false });
    silent.destroy();
  });

  test("says so for the delay by /readyz while it still takes calls, and then closes the port", async () => {
    await using server = await startTestServer({ ...patient, SHUTDOWN_DELAY_MS: "300" });
    const { organizationId, token } = await server.tenant();
    const startMs = performance.now();

    const stopped = server.app.close();

    using wire = openWire(server.url, "1.1");
    await expect(wire.ask({ method: "GET", path: "/readyz" })).resolves.toMatchObject({ status: 503 });
    await expect(read(wire, json, organizationId, token)).resolves.toMatchObject({ code: "ok" });
    await expect(stopped).resolves.toEqual({ forced: false });
    expect(performance.now() - startMs).toBeGreaterThan(295);
    await expect(accepts(server)).resolves.toBe(false);
  });

  test("cuts what is not done at the end of the grace", async () => {
    await using server = await startTestServer({ SHUTDOWN_GRACE_MS: "100" });
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    using http1 = openWire(server.url, "1.1");
    using h2 = openWire(server.url, "2");
    const calls = [http1, h2].map((wire) => read(wire, json, organizationId, token));
    await gate.arrived(2);

    const settled = Promise.allSettled(calls);
    await expect(server.app.close()).resolves.toEqual({ forced: true });

    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    gate.open();
  });

  test.each([
    { name: "in the grace", env: patient },
    { name: "in the delay", env: { ...patient, SHUTDOWN_DELAY_MS: "60000" } },
  ])("that is told to hurry $name cuts what is not done", async ({ env }) => {
    await using server = await startTestServer(env);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    using wire = openWire(server.url, "1.1");
    const call = read(wire, json, organizationId, token);
    await gate.arrived(1);

    const settled = Promise.allSettled([call]);
    const first = server.app.close();
    const second = server.app.close({ now: true });

    await expect(first).resolves.toEqual({ forced: true });
    await expect(second).resolves.toEqual({ forced: true });
    expect((await settled).map(({ status }) => status)).toEqual(["rejected"]);
    gate.open();
  });

  test("closes the database after the last answer, and only then", async () => {
    await using server = await startTestServer(patient);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    const { storage } = server.app.context;
    using wire = openWire(server.url, "1.1");
    const call = read(wire, json, organizationId, token);
    await gate.arrived(1);

    const stopped = server.app.close();
    await expect(storage.ping()).resolves.toBeUndefined();
    gate.open();
    await call;
    await stopped;

    await expect(storage.ping()).rejects.toThrow();
    // Closed as it should be, SQLite leaves no log to be replayed.
    expect(existsSync(`${server.databasePath}-wal`)).toBe(false);
  });

  test("logs no error", async () => {
    await using server = await startTestServer(patient);
    const { organizationId, token } = await server.tenant();
    const gate = holdReads(server);
    using wire = openWire(server.url, "2");
    const call = read(wire, json, organizationId, token);
    await gate.arrived(1);
    const stopped = server.app.close();
    gate.open();
    await call;
    await stopped;

    expect(server.logs.filter((line) => /"level":"(?:warn|error|fatal)"/.test(line))).toEqual([]);
  });
});

describe("what was acknowledged is there after a restart", () => {
  const adminToken = "an-operator-token-of-more-than-32-characters";

  /** Two services, one after the other, on one database. */
  async function restarted(
    run: (server: TestServer) => Promise<readonly string[]>,
  ): Promise<{ readonly acknowledged: readonly string[]; readonly found: readonly string[] }> {
    const folder = mkdtempSync(join(tmpdir(), "organization-service-restart-"));
    const env = { ...patient, DATABASE_URL: `sqlite:${join(folder, "test.db")}`, ADMIN_TOKEN: adminToken };
    try {
      await using first = await startTestServer(env);
      const acknowledged = await run(first);
      await using second = await startTestServer(env);
      const client = second.client(OrganizationService, { token: adminToken });
      const found = await Promise.all(
        acknowledged.map(
          async (id) => (await client.getOrganization({ organizationId: id })).organization?.id ?? "",
        ),
      );
      return { acknowledged, found };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test("when the answers were on their way as the stop began", async () => {
    const { acknowledged, found } = await restarted(async (server) => {
      const gate = holdAcknowledgements(server);
      const client = server.client(OrganizationService, { token: adminToken });
      const calls = Array.from({ length: 50 }, (_, index) =>
        client.createOrganization({ name: `Number ${index}` }),
      );
      await gate.arrived(50);
      const stopped = server.app.close();
      gate.open();
      const answers = await Promise.all(calls);
      await expect(stopped).resolves.toEqual({ forced: false });
      return answers.map(({ organization }) => organization?.id ?? "");
    });

    expect(new Set(acknowledged).size).toBe(50);
    expect(found).toEqual(acknowledged);
  });

  test("when the stop came in the middle of the writing, as far as there was an answer", async () => {
    const { acknowledged, found } = await restarted(async (server) => {
      using wire = openWire(server.url, "2");
      const create = async (index: number): Promise<string> => {
        const message = encode("json", createOrganization.input, { name: `Number ${index}` });
        const answer = await wire.ask(callWith(json, createOrganization, message, { token: adminToken }));
        const { code, messages } = outcomeOf(json, createOrganization, answer);
        if (code !== "ok") throw new Error(code);
        return /"id":"([^"]+)"/.exec(String(messages[0]))?.[1] ?? "";
      };
      const first = create(0);
      const more = Array.from({ length: 99 }, (_, index) => create(index + 1));
      const settled = Promise.allSettled([first, ...more]);
      await first;
      await server.app.close();
      return (await settled).flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    });

    expect(acknowledged.length).toBeGreaterThan(0);
    expect(found).toEqual(acknowledged);
  });
});
