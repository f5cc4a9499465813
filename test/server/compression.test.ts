import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  callWithBody,
  encode,
  envelope,
  isEnveloped,
  nameOf,
  outcomeOf,
  type Shape,
  shapes,
} from "./support/calls.ts";
import { openWire, type WireAnswer } from "./support/wire.ts";

const { getOrganization } = OrganizationService.method;
const named = shapes.map((shape) => [nameOf(shape), shape] as const);

let server: TestServer;
let small: TestTenant;
let large: TestTenant;

beforeAll(async () => {
  server = await startTestServer();
  small = await server.tenant({ name: "Small" });
  large = await server.tenant({ name: "n".repeat(3_000) });
});
afterAll(() => server[Symbol.asyncDispose]());

/** With the names of what the client accepts, in the header of each protocol. */
async function read(shape: Shape, tenant: TestTenant, accepted: string | undefined): Promise<WireAnswer> {
  using wire = openWire(server.url, shape.httpVersion);
  const message = encode(shape.codec, getOrganization.input, { organizationId: tenant.organizationId });
  const body = isEnveloped(shape, getOrganization) ? envelope(message) : message;
  const headers: Record<string, string> =
    accepted === undefined ? {} : { "accept-encoding": accepted, "grpc-accept-encoding": accepted };
  const answer = await wire.ask(callWithBody(shape, getOrganization, body, { token: tenant.token, headers }));
  expect(outcomeOf(shape, getOrganization, answer)).toMatchObject({ code: "ok" });
  return answer;
}

/** By the message itself: gRPC announces the name for messages that need not be compressed. */
function isCompressed({ protocol }: Shape, { headers, body }: WireAnswer): boolean {
  if (protocol === "connect") return headers["content-encoding"] === "gzip";
  return (body.readUInt8(0) & 1) === 1;
}

describe.each(named)("an answer by %s", (_name, shape) => {
  test.each(["gzip", "br, gzip", "identity, gzip", "zstd,br,gzip", "gzip, br"])(
    "that is large is compressed for a client that accepts %s",
    async (accepted) => {
      const answer = await read(shape, large, accepted);

      expect(isCompressed(shape, answer)).toBe(true);
      expect(answer.body.length).toBeLessThan(1_000);
      expect(Object.values(answer.headers)).toContain("gzip");
    },
  );

  test.each([undefined, "br", "identity", "deflate, zstd", ""])(
    "is not compressed for a client that accepts %s, which leaves brotli out",
    async (accepted) => {
      const answer = await read(shape, large, accepted);

      expect(isCompressed(shape, answer)).toBe(false);
      expect(answer.headers).not.toHaveProperty("content-encoding");
    },
  );

  test("that is small is not compressed", async () => {
    const answer = await read(shape, small, "gzip");

    expect(isCompressed(shape, answer)).toBe(false);
  });
});

test.each(named)("a compressed request is read, by %s", async (_name, shape) => {
  using wire = openWire(server.url, shape.httpVersion);
  const message = gzipSync(
    encode(shape.codec, getOrganization.input, { organizationId: small.organizationId }),
  );
  const body = isEnveloped(shape, getOrganization) ? envelope(message, 1) : message;
  const headers = { "content-encoding": "gzip", "grpc-encoding": "gzip" };

  const answer = await wire.ask(callWithBody(shape, getOrganization, body, { token: small.token, headers }));

  expect(outcomeOf(shape, getOrganization, answer)).toMatchObject({ code: "ok" });
});

test("a GET is compressed like a POST", async () => {
  using wire = openWire(server.url, "1.1");
  const message = encodeURIComponent(JSON.stringify({ organizationId: large.organizationId }));

  const answer = await wire.ask({
    method: "GET",
    path: `/gitpod.v1.OrganizationService/GetOrganization?encoding=json&message=${message}`,
    headers: { authorization: `Bearer ${large.token}`, "accept-encoding": "gzip" },
  });

  expect(answer.headers).toMatchObject({ "content-encoding": "gzip" });
  expect(gunzipSync(answer.body).toString()).toContain("n".repeat(3_000));
});
