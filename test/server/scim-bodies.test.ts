/** What a SCIM response is made from is let go of, whatever becomes of the client, and of the response. */
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { BodyPieces } from "../../src/base/http.ts";
import { createCallState } from "../../src/rpc/call.ts";
import type { NodeRequest, NodeResponse } from "../../src/server/listener/types.ts";
import { createScimTransport } from "../../src/server/scim-transport.ts";

const path = "/scim/v2/Groups/1";
const versions = ["1.1", "2"] as const;
type Version = (typeof versions)[number];

/** A body that notes what happens to it. */
class Body implements BodyPieces {
  readonly pieces: AsyncGenerator<string>;
  taken = 0;
  disposals = 0;

  constructor(pieces: AsyncGenerator<string>) {
    this.pieces = pieces;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for await (const piece of this.pieces) {
      this.taken += 1;
      yield piece;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.disposals += 1;
  }
}

async function* endless(): AsyncGenerator<string> {
  for (;;) yield "x".repeat(100_000);
}

async function* two(): AsyncGenerator<string> {
  yield "one ";
  yield "two";
}

/** @param first what comes before the failure */
async function* failing(first: readonly string[]): AsyncGenerator<string> {
  yield* first;
  throw new Error("no more");
}

interface Served extends AsyncDisposable {
  readonly url: string;
  readonly errors: readonly unknown[];
  /** Resolves when the server has been asked, and with the end of its response. */
  readonly asked: Promise<{ readonly closed: Promise<unknown> }>;
}

/** @param ready awaited before the response is there */
async function serve(
  version: Version,
  body: Body,
  ready: Promise<void> = Promise.resolve(),
): Promise<Served> {
  const errors: unknown[] = [];
  const asked = Promise.withResolvers<{ readonly closed: Promise<unknown> }>();
  const handler = {
    find: () => ({
      name: undefined,
      async handle() {
        await ready;
        return { status: 200, headers: { "content-type": "text/plain" }, body };
      },
    }),
  };
  const origin = { tls: false, trustedProxyHops: 0 };
  const transport = createScimTransport(handler, origin, (error) => errors.push(error));
  const listen = (req: NodeRequest, res: NodeResponse): void => {
    res.on("error", () => {});
    asked.resolve({ closed: once(res, "close") });
    transport.find(path)?.answer(req, res, createCallState("1", "::1"));
  };
  const server = version === "2" ? http2.createServer(listen) : http.createServer(listen);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    errors,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

interface Client {
  /** Rejects when the body is cut off. */
  readonly body: Promise<string>;
  /** Nobody waits for the body any more. */
  readonly leave: () => void;
}

function ask(version: Version, url: string, method = "GET"): Client {
  if (version === "1.1") {
    const req = http.request(url + path, { method, agent: false }).end();
    const body = once(req, "response").then(([res]) => text(res));
    body.catch(() => {});
    return { body, leave: () => void req.destroy() };
  }
  const session = http2.connect(url);
  session.on("error", () => {});
  const stream = session.request({ ":path": path, ":method": method });
  stream.on("close", () => session.close());
  return { body: text(stream), leave: () => stream.close(http2.constants.NGHTTP2_CANCEL) };
}

describe.each(versions)("a body in pieces over HTTP/%s", (version) => {
  it("is sent, and disposed of after it", async () => {
    const body = new Body(two());
    await using served = await serve(version, body);
    expect(await ask(version, served.url).body).toBe("one two");
    await (await served.asked).closed;
    expect(body).toMatchObject({ taken: 2, disposals: 1 });
  });

  it("is disposed of, and none of it is made, for HEAD", async () => {
    const body = new Body(endless());
    await using served = await serve(version, body);
    expect(await ask(version, served.url, "HEAD").body).toBe("");
    await (await served.asked).closed;
    expect(body).toMatchObject({ taken: 0, disposals: 1 });
  });

  it("is disposed of, and none of it is made, for a client who has left before", async () => {
    const body = new Body(endless());
    const { promise: ready, resolve } = Promise.withResolvers<void>();
    await using served = await serve(version, body, ready);
    const client = ask(version, served.url);
    const { closed } = await served.asked;
    client.leave();
    await closed;
    resolve();
    await expect.poll(() => body.disposals).toBe(1);
    expect(body.taken).toBe(0);
  });

  it("is disposed of, and no more of it is made, for a client who leaves in the middle", async () => {
    const body = new Body(endless());
    await using served = await serve(version, body);
    const client = ask(version, served.url);
    await expect.poll(() => body.taken).toBeGreaterThan(0);
    client.leave();
    await expect.poll(() => body.disposals).toBe(1);
    const { taken } = body;
    expect(await body.pieces.next()).toEqual({ value: undefined, done: true });
    expect(body.taken).toBe(taken);
  });

  it.each([0, 1])("is cut off and disposed of when it fails after %i pieces", async (count) => {
    const body = new Body(failing(Array<string>(count).fill("one")));
    await using served = await serve(version, body);
    await expect(ask(version, served.url).body).rejects.toThrow();
    expect(body.disposals).toBe(1);
    expect(served.errors).toEqual([new Error("no more")]);
  });
});
