import { gzipSync } from "node:zlib";
import type { DescMethod } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { type Codec, codecs, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import {
  callWithBody,
  encode,
  envelope,
  isEnveloped,
  nameOf,
  type Outcome,
  outcomeOf,
  parseJson,
  pathOf,
  type Shape,
  shapes,
} from "./support/calls.ts";
import { measureGrowth } from "./support/memory.ts";
import { httpVersions, openWire } from "./support/wire.ts";

const { getOrganization } = OrganizationService.method;
const { watch } = Health.method;
const { serverReflectionInfo } = ServerReflection.method;
const named = shapes.map((shape) => [nameOf(shape), shape] as const);

async function call(
  server: TestServer,
  shape: Shape,
  method: DescMethod,
  body: Buffer,
  options: { readonly token?: string; readonly headers?: Record<string, string> },
): Promise<Outcome> {
  using wire = openWire(server.url, shape.httpVersion);
  return outcomeOf(shape, method, await wire.ask(callWithBody(shape, method, body, options)));
}

/** The message made longer by what readers skip: white space, or an unknown field. */
function padded(codec: Codec, message: Buffer, size: number): Buffer {
  if (codec === "json") return Buffer.concat([message, Buffer.alloc(size - message.length, " ")]);
  const room = size - message.length;
  // The tag of field 100 takes two bytes, and a length below 16,384 as well.
  const head = Buffer.of(0xa2, 0x06, ((room - 4) & 0x7f) | 0x80, (room - 4) >> 7);
  return Buffer.concat([message, head, Buffer.alloc(room - 4)]);
}

function framed(shape: Shape, method: DescMethod, message: Buffer, flags = 0): Buffer {
  return isEnveloped(shape, method) ? envelope(message, flags) : message;
}

const gzipHeaders = {
  "content-encoding": "gzip",
  "grpc-encoding": "gzip",
  "connect-content-encoding": "gzip",
};

describe("a message in", () => {
  const limit = 4_096;
  let server: TestServer;
  let tenant: TestTenant;

  beforeAll(async () => {
    server = await startTestServer({ RPC_READ_MAX_BYTES: String(limit) });
    tenant = await server.tenant();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const message = (codec: Codec, size: number): Buffer =>
    padded(codec, encode(codec, getOrganization.input, { organizationId: tenant.organizationId }), size);

  test.each(named)("may have the size of the limit, and not one byte more, by %s", async (_name, shape) => {
    const send = (size: number) =>
      call(
        server,
        shape,
        getOrganization,
        framed(shape, getOrganization, message(shape.codec, size)),
        tenant,
      );

    await expect(send(limit)).resolves.toMatchObject({ code: "ok" });
    await expect(send(limit + 1)).resolves.toMatchObject({ code: "resource_exhausted" });
  });

  test.each(named)("is measured after decompression, by %s", async (_name, shape) => {
    const send = (size: number) => {
      const body = framed(shape, getOrganization, gzipSync(message(shape.codec, size)), 1);
      return call(server, shape, getOrganization, body, { token: tenant.token, headers: gzipHeaders });
    };

    await expect(send(limit)).resolves.toMatchObject({ code: "ok" });
    await expect(send(limit + 1)).resolves.toMatchObject({ code: "resource_exhausted" });
  });

  test.each(named)("of unannounced length is measured as it comes, by %s", async (_name, shape) => {
    const headers: Record<string, string> =
      shape.httpVersion === "1.1" ? { "transfer-encoding": "chunked" } : {};
    const send = (size: number) => {
      const body = framed(shape, getOrganization, message(shape.codec, size));
      return call(server, shape, getOrganization, body, { token: tenant.token, headers });
    };

    await expect(send(limit)).resolves.toMatchObject({ code: "ok" });
    await expect(send(limit + 1)).resolves.toMatchObject({ code: "resource_exhausted" });
  });

  test.each([
    { name: "in clear", compression: "", pack: (bytes: Buffer) => bytes },
    { name: "compressed", compression: "&compression=gzip", pack: (bytes: Buffer) => gzipSync(bytes) },
  ])("in a GET, $name, is measured too", async ({ compression, pack }) => {
    for (const httpVersion of httpVersions) {
      using wire = openWire(server.url, httpVersion);
      const send = (size: number) => {
        const text = pack(message("json", size)).toString("base64url");
        const path = `${pathOf(getOrganization)}?encoding=json&base64=1${compression}&message=${text}`;
        return wire.ask({ method: "GET", path, headers: { authorization: `Bearer ${tenant.token}` } });
      };

      await expect(send(limit)).resolves.toMatchObject({ status: 200 });
      const refused = await send(limit + 1);
      expect(refused.status).toBe(429);
      expect(parseJson(refused.body)).toMatchObject({ code: "resource_exhausted" });
    }
  });

  test.each(named.filter(([, { httpVersion }]) => httpVersion === "2"))(
    "of a stream is measured each for itself, by %s",
    async (_name, shape) => {
      const question = encode(shape.codec, serverReflectionInfo.input, {
        messageRequest: { case: "listServices", value: "" },
      });
      const send = (...sizes: readonly number[]) => {
        const frames = sizes.map((size) => envelope(padded(shape.codec, question, size)));
        return call(server, shape, serverReflectionInfo, Buffer.concat(frames), {});
      };

      const fits = await send(limit, limit, limit);
      const tooLong = await send(limit, limit + 1);

      expect(fits).toMatchObject({ code: "ok" });
      expect(fits.messages).toHaveLength(3);
      expect(tooLong).toMatchObject({ code: "resource_exhausted" });
    },
  );
});

describe("a message out", () => {
  /** Read by every shape of the codec. The organization is large by its name, and of one size on all servers. */
  async function readLarge(codec: Codec, env: Record<string, string>): Promise<readonly Outcome[]> {
    await using server = await startTestServer(env);
    const tenant = await server.tenant({ name: "n".repeat(3_000) });
    const message = encode(codec, getOrganization.input, { organizationId: tenant.organizationId });
    return await Promise.all(
      shapes
        .filter((shape) => shape.codec === codec)
        .map((shape) =>
          call(server, shape, getOrganization, framed(shape, getOrganization, message), {
            token: tenant.token,
          }),
        ),
    );
  }

  test.each(codecs)("may have the size of the limit, and not one byte more, in %s", async (codec) => {
    const unlimited = await readLarge(codec, {});
    const size = unlimited[0]?.messages[0]?.length ?? 0;
    expect(size).toBeGreaterThan(3_000);

    const atLimit = await readLarge(codec, { RPC_WRITE_MAX_BYTES: `${size}` });
    const beyond = await readLarge(codec, { RPC_WRITE_MAX_BYTES: `${size - 1}` });

    expect(atLimit.map(({ code }) => code)).toEqual(Array(5).fill("ok"));
    expect(beyond.map(({ code }) => code)).toEqual(Array(5).fill("resource_exhausted"));
  });
});

describe("a compression bomb is refused before it takes memory", () => {
  let server: TestServer;
  let tenant: TestTenant;
  const bomb = bombOf(200);
  const atOnce = 8;

  beforeAll(async () => {
    server = await startTestServer();
    tenant = await server.tenant();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test("which is small itself", () => {
    expect(bomb.length).toBeLessThan(256 * 1_024);
  });

  test.each(named)("in a unary call by %s", async (_name, shape) => {
    const body = framed(shape, getOrganization, bomb, 1);
    const options = { token: tenant.token, headers: gzipHeaders };

    const { result, grownMiB } = await measureGrowth(() =>
      Promise.all(Array.from({ length: atOnce }, () => call(server, shape, getOrganization, body, options))),
    );

    expect(result.map(({ code }) => code)).toEqual(Array(atOnce).fill("resource_exhausted"));
    expect(grownMiB).toBeLessThan(64);
  });

  test.each(named.filter(([, { httpVersion }]) => httpVersion === "2"))(
    "in the streams of %s",
    async (_name, shape) => {
      const good = encode(shape.codec, serverReflectionInfo.input, {});
      const streams = [
        { method: watch, body: envelope(bomb, 1) },
        { method: serverReflectionInfo, body: Buffer.concat([envelope(good), envelope(bomb, 1)]) },
      ];

      const { result, grownMiB } = await measureGrowth(() =>
        Promise.all(
          streams.map(({ method, body }) => call(server, shape, method, body, { headers: gzipHeaders })),
        ),
      );

      expect(result.map(({ code }) => code)).toEqual(["resource_exhausted", "resource_exhausted"]);
      expect(grownMiB).toBeLessThan(64);
    },
  );

  test.each(httpVersions)("in a GET over HTTP/%s", async (httpVersion) => {
    using wire = openWire(server.url, httpVersion);
    const message = bombOf(8).toString("base64url");
    const path = `${pathOf(getOrganization)}?encoding=json&base64=1&compression=gzip&message=${message}`;

    const answer = await wire.ask({
      method: "GET",
      path,
      headers: { authorization: `Bearer ${tenant.token}` },
    });

    expect(parseJson(answer.body)).toMatchObject({ code: "resource_exhausted" });
  });

  test("and not even unpacked without a token", async () => {
    const [shape] = shapes;
    if (shape === undefined) throw new Error("no shape");

    const outcome = await call(server, shape, getOrganization, bomb, { headers: gzipHeaders });

    expect(outcome).toMatchObject({ code: "unauthenticated" });
  });
});

/** Members of one gzip file, each a mebibyte of white space: so that the test never holds what it stands for. */
function bombOf(mebibytes: number): Buffer {
  const member = gzipSync(Buffer.alloc(1_048_576, " "), { level: 9 });
  return Buffer.concat(Array(mebibytes).fill(member));
}
