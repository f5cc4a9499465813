import { connect } from "node:tls";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GetOrganizationResponseSchema, OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { type Codec, codecs, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { callWith, encode, nameOf, outcomeOf, pathOf, shapes } from "./support/calls.ts";
import { openGrpcJs } from "./support/grpc-js.ts";
import { certificate, tlsEnv } from "./support/tls.ts";
import { type HttpVersion, httpVersions, openWire } from "./support/wire.ts";

const method = OrganizationService.method.getOrganization;

describe.each([
  { transport: "in clear", env: {} },
  { transport: "over TLS", env: tlsEnv },
])("one port $transport", ({ transport, env }) => {
  let server: TestServer;
  let tenant: TestTenant;

  beforeAll(async () => {
    server = await startTestServer(env);
    tenant = await server.tenant({ name: "One port" });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe.each(["", "/api"])("under the prefix %j", (prefix) => {
    test.each(shapes.map((shape) => [nameOf(shape), shape] as const))("answers %s", async (_name, shape) => {
      using wire = openWire(server.url, shape.httpVersion);
      const message = encode(shape.codec, method.input, { organizationId: tenant.organizationId });

      const answer = await wire.ask(callWith(shape, method, message, { token: tenant.token, prefix }));

      const outcome = outcomeOf(shape, method, answer);
      expect(outcome).toMatchObject({ code: "ok" });
      expect(outcome.messages.map((bytes) => organizationName(shape.codec, bytes))).toEqual(["One port"]);
      expect(answer.headers["content-type"]).toContain(shape.codec === "json" ? "json" : "proto");
    });

    test.each(allPairs())("answers Connect GET, %s over HTTP/%s", async (codec, httpVersion) => {
      using wire = openWire(server.url, httpVersion);
      const message = encode(codec, method.input, { organizationId: tenant.organizationId });
      const query = new URLSearchParams({
        connect: "v1",
        encoding: codec === "json" ? "json" : "proto",
        base64: "1",
        message: message.toString("base64url"),
      });

      const answer = await wire.ask({
        method: "GET",
        path: `${prefix}${pathOf(method)}?${query}`,
        headers: { authorization: `Bearer ${tenant.token}` },
      });

      expect(answer.status).toBe(200);
      expect(organizationName(codec, answer.body)).toBe("One port");
    });
  });

  test.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
    "Connect's own client understands the answers to %s",
    async (_name, shape) => {
      const client = server.client(OrganizationService, { ...shape, token: tenant.token });

      const { organization } = await client.getOrganization({ organizationId: tenant.organizationId });

      expect(organization).toMatchObject({ name: "One port" });
    },
  );

  test("grpc-js, a foreign implementation, understands a message and an error", async () => {
    using client = openGrpcJs(server.url, transport === "over TLS" ? certificate : undefined);
    const request = { organizationId: tenant.organizationId };

    const { message } = await client.unary(method, request, { token: tenant.token });
    const refused = client.unary(method, request);

    expect(message.organization).toMatchObject({ name: "One port" });
    await expect(refused).rejects.toMatchObject({ code: 16 });
  });
});

describe("ALPN", () => {
  test.each([
    { offered: ["h2", "http/1.1"], agreed: "h2" },
    { offered: ["http/1.1"], agreed: "http/1.1" },
    { offered: ["h2"], agreed: "h2" },
  ])("of $offered is $agreed", async ({ offered, agreed }) => {
    await using server = await startTestServer(tlsEnv);
    const socket = connect({
      port: server.app.port,
      host: "127.0.0.1",
      ca: certificate,
      ALPNProtocols: offered,
    });

    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.once("error", reject);
    });

    expect(socket.alpnProtocol).toBe(agreed);
    socket.destroy();
  });
});

function organizationName(codec: Codec, bytes: Buffer): string | undefined {
  const message =
    codec === "json"
      ? fromJsonString(GetOrganizationResponseSchema, bytes.toString())
      : fromBinary(GetOrganizationResponseSchema, bytes);
  return message.organization?.name;
}

function allPairs(): [Codec, HttpVersion][] {
  return codecs.flatMap((codec) => httpVersions.map((version): [Codec, HttpVersion] => [codec, version]));
}
