import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { callWith, encode, nameOf, outcomeOf, pathOf, shapes } from "./support/calls.ts";
import { httpVersions, openWire, type WireAnswer } from "./support/wire.ts";

const { getAuthenticatedIdentity } = IdentityService.method;
const path = pathOf(getAuthenticatedIdentity);
const app = "https://app.example.com";
const corsHeaders = /^access-control-/;

function corsOf({ headers }: WireAnswer): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => corsHeaders.test(name)));
}

/** What a browser sends before a call from a page of the origin. */
function preflight(origin: string, method = "POST") {
  return {
    method: "OPTIONS",
    path,
    headers: {
      origin,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,connect-protocol-version,content-type",
    },
  };
}

function namesIn(header: string | undefined): string[] {
  return (header ?? "").split(",").map((name) => name.trim().toLowerCase());
}

describe.each(httpVersions)("over HTTP/%s", (httpVersion) => {
  describe.each([
    { name: "any origin", env: {}, answered: "*" },
    { name: "a list", env: { CORS_ALLOWED_ORIGINS: `${app},https://other.example.com` }, answered: app },
  ])("with $name allowed", ({ env, answered }) => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer(env);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test("a preflight is answered with what browsers' clients need, without a token", async () => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask(preflight(app));

      expect(answer).toMatchObject({
        status: 204,
        headers: { "access-control-allow-origin": answered, vary: "Origin" },
      });
      expect(answer.body).toHaveLength(0);
      expect(namesIn(answer.headers["access-control-allow-methods"])).toEqual(
        expect.arrayContaining(["get", "post"]),
      );
      expect(namesIn(answer.headers["access-control-allow-headers"])).toEqual(
        expect.arrayContaining([
          ...["authorization", "content-type", "x-request-id", "idempotency-key"],
          ...["connect-protocol-version", "connect-timeout-ms", "x-grpc-web", "grpc-timeout", "x-user-agent"],
        ]),
      );
      expect(Number(answer.headers["access-control-max-age"])).toBeGreaterThan(0);
    });

    test.each(
      shapes
        .filter((shape) => shape.httpVersion === httpVersion)
        .map((shape) => [nameOf(shape), shape] as const),
    )("a page may read the answer to %s, with the headers that carry an error", async (_name, shape) => {
      using wire = openWire(server.url, httpVersion);
      const message = encode(shape.codec, getAuthenticatedIdentity.input, {});
      const call = callWith(shape, getAuthenticatedIdentity, message, { headers: { origin: app } });

      const answer = await wire.ask(call);

      expect(outcomeOf(shape, getAuthenticatedIdentity, answer)).toMatchObject({ code: "unauthenticated" });
      expect(answer.headers).toMatchObject({ "access-control-allow-origin": answered, vary: "Origin" });
      expect(namesIn(answer.headers["access-control-expose-headers"])).toEqual(
        expect.arrayContaining([
          ...["grpc-status", "grpc-message", "grpc-status-details-bin"],
          ...["x-request-id", "retry-after", "www-authenticate"],
        ]),
      );
    });

    test.each(["/none", `${path}/`])("a page may read the answer to the wrong path %s", async (wrong) => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask({ path: wrong, headers: { origin: app } });

      expect(answer).toMatchObject({ status: 404, headers: { "access-control-allow-origin": answered } });
    });

    test("a page's cookies and other credentials are never asked for", async () => {
      using wire = openWire(server.url, httpVersion);

      for (const request of [preflight(app), { path, headers: { origin: app } }]) {
        expect((await wire.ask(request)).headers).not.toHaveProperty("access-control-allow-credentials");
      }
    });

    test("OPTIONS that is no preflight is 405", async () => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask({ method: "OPTIONS", path, headers: { origin: app } });

      expect(answer.status).toBe(405);
    });

    test("without Origin there is nothing about origins in the answer", async () => {
      using wire = openWire(server.url, httpVersion);

      const answer = await wire.ask({ path, headers: { "content-type": "application/json" }, body: "{}" });

      expect(corsOf(answer)).toEqual({});
    });
  });

  describe.each([
    { name: "a list", env: { CORS_ALLOWED_ORIGINS: app } },
    { name: "none", env: { CORS_ALLOWED_ORIGINS: "none" } },
  ])("with $name allowed, another origin", ({ env }) => {
    let server: TestServer;

    beforeAll(async () => {
      server = await startTestServer(env);
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test.each([
      "https://evil.example",
      "http://app.example.com",
      "https://app.example.com:8443",
      "https://app.example.com.evil.example",
      "https://evil-app.example.com",
      "https://app.example.com/",
      "HTTPS://APP.EXAMPLE.COM",
      "null",
      "*",
      "",
    ])("%j is told nothing that a browser would take for a permission", async (origin) => {
      using wire = openWire(server.url, httpVersion);

      const asked = await wire.ask(preflight(origin));
      const called = await wire.ask({
        path,
        headers: { origin, "content-type": "application/json" },
        body: "{}",
      });

      expect(corsOf(asked)).toEqual({});
      expect(corsOf(called)).toEqual({});
      expect(called).toMatchObject({ headers: { vary: "Origin" } });
    });
  });
});
