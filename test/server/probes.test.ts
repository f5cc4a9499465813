import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { parseJson } from "./support/calls.ts";
import { httpVersions, openWire } from "./support/wire.ts";

const probes = [
  { path: "/healthz", status: "alive" },
  { path: "/readyz", status: "ready" },
];

describe.each(httpVersions)("over HTTP/%s", (httpVersion) => {
  describe("of a service that is well", () => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test.each(probes)("GET $path is 200 without a token", async ({ path, status }) => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask({ method: "GET", path });

      expect(answer).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
      expect(parseJson(answer.body)).toEqual({ status });
    });

    test.each(probes)("HEAD $path is the head of GET", async ({ path }) => {
      using wire = openWire(server.url, httpVersion);

      const get = await wire.ask({ method: "GET", path });
      const head = await wire.ask({ method: "HEAD", path });

      const { date: _date, "x-request-id": _id, ...headers } = get.headers;
      expect(head).toMatchObject({ status: 200, headers });
      expect(head.body).toHaveLength(0);
    });

    test.each(probes)("a query to $path changes nothing", async ({ path }) => {
      using wire = openWire(server.url, httpVersion);

      await expect(wire.ask({ method: "GET", path: `${path}?verbose=1` })).resolves.toMatchObject({
        status: 200,
      });
    });

    test.each(
      probes.flatMap(({ path }) => ["POST", "PUT", "DELETE", "OPTIONS"].map((method) => ({ method, path }))),
    )("$method $path is 405", async ({ method, path }) => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask({ method, path });

      expect(answer).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
      expect(parseJson(answer.body)).toEqual({ status: "method not allowed" });
    });
  });

  test("/readyz is 503 without saying why when the database is gone, and /healthz still 200", async () => {
    await using server = await startTestServer();
    using wire = openWire(server.url, httpVersion);
    await server.app.context.storage.close();

    const ready = await wire.ask({ method: "GET", path: "/readyz" });
    const alive = await wire.ask({ method: "GET", path: "/healthz" });

    expect(ready).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(parseJson(ready.body)).toEqual({ status: "not ready" });
    expect(alive.status).toBe(200);
  });

  test("/readyz is 503 as soon as the stop begins, and calls are still served until the port closes", async () => {
    await using server = await startTestServer({ SHUTDOWN_DELAY_MS: "60000" });
    using wire = openWire(server.url, httpVersion);
    const client = server.client(IdentityService, { token: server.operatorToken, httpVersion });

    void server.app.close();

    await expect(wire.ask({ method: "GET", path: "/readyz" })).resolves.toMatchObject({ status: 503 });
    await expect(wire.ask({ method: "GET", path: "/healthz" })).resolves.toMatchObject({ status: 200 });
    await expect(client.getAuthenticatedIdentity({})).resolves.toMatchObject({ organizationId: "" });
  });
});
