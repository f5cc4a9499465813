import { gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { EventService } from "../../gen/gitpod/v1/event_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  callWith,
  callWithBody,
  encode,
  envelope,
  isEnveloped,
  nameOf,
  outcomeOf,
  parseJson,
  pathOf,
  type Shape,
  shapes,
} from "./support/calls.ts";
import { canary, readableParts } from "./support/canary.ts";
import { type HttpVersion, httpVersions, openWire, type Wire } from "./support/wire.ts";

const { getOrganization } = OrganizationService.method;

let server: TestServer;
let tenant: TestTenant;
let wires: ReadonlyMap<HttpVersion, Wire>;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await server.tenant();
  wires = new Map(httpVersions.map((version) => [version, openWire(server.url, version)]));
});
afterAll(async () => {
  for (const wire of wires.values()) wire[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const shape of shapes) {
    expect(await call(shape, getOrganization, goodMessage(shape)), nameOf(shape)).toMatchObject({
      code: "ok",
    });
  }
  expect(server.logs.filter((line) => line.includes(canary))).toEqual([]);
  expect(server.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

const goodMessage = ({ codec }: Shape) =>
  encode(codec, getOrganization.input, { organizationId: tenant.organizationId });

function wireOf({ httpVersion }: Shape): Wire {
  const wire = wires.get(httpVersion);
  if (wire === undefined) throw new Error(`no connection of HTTP/${httpVersion}`);
  return wire;
}

async function call(
  shape: Shape,
  method: DescMethod,
  message: Uint8Array,
  headers: Record<string, string> = {},
) {
  const request = callWith(shape, method, message, { token: tenant.token, headers });
  return outcomeOf(shape, method, await wireOf(shape).ask(request));
}

async function callFramed(
  shape: Shape,
  method: DescMethod,
  body: Uint8Array,
  headers: Record<string, string> = {},
) {
  const request = callWithBody(shape, method, body, { token: tenant.token, headers });
  return outcomeOf(shape, method, await wireOf(shape).ask(request));
}

const gzipHeaders = {
  "content-encoding": "gzip",
  "grpc-encoding": "gzip",
  "connect-content-encoding": "gzip",
};
const streams: readonly DescMethod[] = [
  Health.method.watch,
  EventService.method.watchEvents,
  ServerReflection.method.serverReflectionInfo,
];

describe.each([getOrganization, ...streams].map((method) => ({ name: method.name, method })))(
  "a bad envelope for $name is the client's fault",
  ({ method }) => {
    const enveloped = shapes.filter(
      (shape) =>
        isEnveloped(shape, method) && (method.methodKind !== "bidi_streaming" || shape.httpVersion === "2"),
    );
    const message = Buffer.from(canary);

    test.each<[string, Buffer, Record<string, string>, string]>([
      ["four bytes", Buffer.alloc(4), {}, "invalid_argument"],
      ["a length beyond the end", envelope(message).subarray(0, -1), {}, "invalid_argument"],
      [
        "a length of 4 GiB",
        Buffer.concat([Buffer.of(0, 255, 255, 255, 255), message]),
        {},
        "resource_exhausted",
      ],
      ["all flags", envelope(message, 0xff), {}, "invalid_argument"],
      ["the flag of a compression that was not announced", envelope(message, 1), {}, "invalid_argument"],
      ["what is no gzip", envelope(message, 1), gzipHeaders, "invalid_argument"],
      ["gzip cut short", envelope(gzipSync(message).subarray(0, 16), 1), gzipHeaders, "invalid_argument"],
      [
        "gzip with a wrong checksum",
        envelope(corrupted(gzipSync(message)), 1),
        gzipHeaders,
        "invalid_argument",
      ],
    ])("%s", async (_name, body, headers, code) => {
      for (const shape of enveloped) {
        const outcome = await callFramed(shape, method, body, headers);
        expect(outcome, nameOf(shape)).toMatchObject({ code });
        expect(readableParts(outcome.answer), nameOf(shape)).not.toContain(canary);
      }
    });
  },
);

test.each<[string, readonly Buffer[]]>([
  ["no message", []],
  ["two messages", [Buffer.alloc(0), Buffer.alloc(0)]],
])("%s where one belongs is unimplemented, as gRPC wants it", async (_name, messages) => {
  for (const method of [getOrganization, Health.method.watch]) {
    for (const shape of shapes.filter((each) => isEnveloped(each, method))) {
      const bodies = messages.map(() => envelope(encode(shape.codec, method.input, {})));
      const outcome = await callFramed(shape, method, Buffer.concat(bodies));
      expect(outcome, nameOf(shape)).toMatchObject({ code: "unimplemented" });
    }
  }
});

test.each<[string, (good: Buffer) => Buffer]>([
  ["no gzip", () => Buffer.from(canary)],
  ["gzip cut short", (good) => gzipSync(good).subarray(0, 20)],
  ["gzip with a wrong checksum", (good) => corrupted(gzipSync(good))],
  ["gzip of no message", () => gzipSync(Buffer.from(`{${canary}`))],
  ["deflate under the name of gzip", () => Buffer.from("789c03000000000001", "hex")],
])("a Connect body that is %s is invalid_argument", async (_name, spoil) => {
  for (const shape of shapes.filter((each) => each.protocol === "connect")) {
    const outcome = await call(shape, getOrganization, spoil(goodMessage(shape)), gzipHeaders);
    expect(outcome, nameOf(shape)).toMatchObject({ code: "invalid_argument" });
    expect(readableParts(outcome.answer), nameOf(shape)).not.toContain(canary);
  }
});

describe("a timeout that is none is invalid_argument", () => {
  test.each([canary, "-1", "1.5", "1e3", "0x10", "12345678901", "5 s", "", "\u00b2"])(
    "Connect-Timeout-Ms: %s",
    async (timeout) => {
      for (const shape of shapes.filter((each) => each.protocol === "connect")) {
        const headers = { "connect-timeout-ms": timeout };
        const outcome = await call(shape, getOrganization, goodMessage(shape), headers);
        expect(outcome, nameOf(shape)).toMatchObject({ code: "invalid_argument" });
        expect(readableParts(outcome.answer), nameOf(shape)).not.toContain(canary);
      }
    },
  );

  test.each([canary, "-1S", "1.5S", "1", "S", "123456789S", "1s", "1 S", "1SS", ""])(
    "grpc-timeout: %s",
    async (timeout) => {
      for (const shape of shapes.filter((each) => each.protocol !== "connect")) {
        const outcome = await call(shape, getOrganization, goodMessage(shape), { "grpc-timeout": timeout });
        expect(outcome, nameOf(shape)).toMatchObject({ code: "invalid_argument" });
        expect(readableParts(outcome.answer), nameOf(shape)).not.toContain(canary);
      }
    },
  );
});

describe("a compression that is not offered is unimplemented, and gzip is named instead", () => {
  test.each([canary, "br", "deflate", "zstd", "GZIP", "gzip, gzip", "gzip,br", ""])("%j", async (name) => {
    for (const shape of shapes) {
      const headers = { "content-encoding": name, "grpc-encoding": name };
      const outcome = await call(shape, getOrganization, goodMessage(shape), headers);
      expect(outcome, nameOf(shape)).toMatchObject({ code: "unimplemented" });
      expect(outcome.message, nameOf(shape)).toContain("gzip");
      expect(readableParts(outcome.answer), nameOf(shape)).not.toContain(canary);
    }
  });

  test("identity is no compression", async () => {
    for (const shape of shapes) {
      const headers = { "content-encoding": "identity", "grpc-encoding": "identity" };
      const outcome = await call(shape, getOrganization, goodMessage(shape), headers);
      expect(outcome, nameOf(shape)).toMatchObject({ code: "ok" });
    }
  });
});

describe("a bad query of a GET is the client's fault", () => {
  const json = () => encodeURIComponent(JSON.stringify({ organizationId: tenant.organizationId }));

  test.each<[string, () => string, number]>([
    ["base64 with other characters", () => `encoding=proto&base64=1&message=${canary}***`, 400],
    ["base64 of an impossible length", () => "encoding=proto&base64=1&message=A", 400],
    [
      "base64 of what is no message",
      () => `encoding=proto&base64=1&message=${Buffer.from(canary).toString("base64url")}`,
      400,
    ],
    ["JSON where base64 is announced", () => `encoding=json&base64=1&message=${json()}`, 400],
    ["base64 where JSON is announced", () => `encoding=json&message=${canary}`, 400],
    ["no message", () => "encoding=json", 400],
    ["bytes that are no UTF-8", () => "encoding=json&message=%ff%fe", 400],
    ["half an escape", () => "encoding=json&message=%7", 400],
    ["a compression that is none", () => `encoding=json&message=${json()}&compression=${canary}`, 501],
    ["gzip that is none", () => `encoding=json&message=${json()}&compression=gzip`, 400],
    [
      "gzip in base64 that is none",
      () => `encoding=json&base64=1&compression=gzip&message=${Buffer.from(canary).toString("base64url")}`,
      400,
    ],
    ["another encoding", () => `encoding=${canary}&message=${json()}`, 415],
  ])("%s", async (_name, query, status) => {
    for (const wire of wires.values()) {
      const headers = { authorization: `Bearer ${tenant.token}` };
      const answer = await wire.ask({
        method: "GET",
        path: `${pathOf(getOrganization)}?${query()}`,
        headers,
      });
      expect(answer.status).toBe(status);
      expect(parseJson(answer.body)).toMatchObject({
        code: status === 400 ? "invalid_argument" : "unimplemented",
      });
      expect(readableParts(answer)).not.toContain(canary);
    }
  });

  test("and without a token is refused before it is looked at", async () => {
    for (const wire of wires.values()) {
      const path = `${pathOf(getOrganization)}?encoding=proto&base64=1&message=***`;
      await expect(wire.ask({ method: "GET", path })).resolves.toMatchObject({ status: 401 });
    }
  });
});

function corrupted(gzip: Buffer): Buffer {
  const copy = Buffer.from(gzip);
  copy.writeUInt8(copy.readUInt8(copy.length - 8) ^ 1, copy.length - 8);
  return copy;
}
