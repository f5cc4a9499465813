import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runBuf } from "../contract/buf.ts";
import { tlsEnv } from "../server/support/tls.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";

/** buf's own clients, in Go, which know nothing of our proto but what reflection tells them. */
const protocols = ["connect", "grpc", "grpcweb"] as const;
const reflectProtocols = ["grpc-v1", "grpc-v1alpha"] as const;
const methodPath = "/gitpod.v1.OrganizationService/GetOrganization";
/** buf shifts the code of an RPC by three bits to make its exit code. */
const unauthenticated = 16 << 3;

describe.each([
  { transport: "in clear", env: {}, flags: ["--http2-prior-knowledge"] },
  { transport: "over TLS", env: tlsEnv, flags: ["--cacert", tlsEnv.TLS_CERT] },
])("buf curl $transport", ({ env, flags }) => {
  let server: TestServer;
  let tenant: TestTenant;

  beforeAll(async () => {
    server = await startTestServer(env);
    tenant = await server.tenant({ name: "By buf curl" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const curl = (path: string, ...more: readonly string[]) =>
    runBuf("curl", ...flags, ...more, server.url + path);
  const data = () => JSON.stringify({ organizationId: tenant.organizationId });

  test.each(reflectProtocols)("lists services and methods by reflection %s", async (version) => {
    const [services, methods] = await Promise.all([
      curl("", "--list-services", "--reflect-protocol", version),
      curl("", "--list-methods", "--reflect-protocol", version),
    ]);

    expect(services.code, services.output).toBe(0);
    expect(services.output.split("\n")).toEqual(
      expect.arrayContaining(["gitpod.v1.OrganizationService", "grpc.health.v1.Health"]),
    );
    expect(methods.code, methods.output).toBe(0);
    expect(methods.output.split("\n")).toEqual(
      expect.arrayContaining([
        "gitpod.v1.OrganizationService/GetOrganization",
        "grpc.health.v1.Health/Watch",
      ]),
    );
  });

  test.each(protocols)("calls a method with a token, by %s", async (protocol) => {
    const authorization = ["-H", `Authorization: Bearer ${tenant.token}`];

    const called = await curl(methodPath, "--protocol", protocol, ...authorization, "-d", data());

    expect(called.code, called.output).toBe(0);
    expect(JSON.parse(called.stdout.toString())).toMatchObject({ organization: { name: "By buf curl" } });
  });

  test.each(protocols)("is told that it needs a token, by %s", async (protocol) => {
    const called = await curl(methodPath, "--protocol", protocol, "-d", data());

    expect(called.code, called.output).toBe(unauthenticated);
    expect(called.output).toContain("missing credentials");
  });
});
