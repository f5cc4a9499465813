import { expect, test } from "vitest";
import { createTokenBucket } from "../../../src/server/listener/limits.ts";
import { createListener } from "../../../src/server/listener/listener.ts";
import type { ListenerLimits, NodeRequest, NodeResponse } from "../../../src/server/listener/types.ts";
import { ask, connect, connectHttp2 } from "./clients.ts";
import { frame, get, PREFACE, postHead, settings } from "./frames.ts";
import { eventually, expectNoSocketsLeft, pour, start, write } from "./support.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

const boom = new Error("boom");

function throwAtOnce(_req: NodeRequest, res: NodeResponse): void {
  res.setHeader("set-cookie", "secret=1");
  throw boom;
}

async function throwLater(req: NodeRequest, res: NodeResponse): Promise<void> {
  await Promise.resolve();
  throwAtOnce(req, res);
}

test.each([
  ["throws", throwAtOnce],
  ["rejects", throwLater],
])(
  "a handler that %s is answered with a bare 500 on both protocols, and reported",
  async (_name, handler) => {
    const { port, handlerErrors } = await start({ handler });
    const client = await connect(port);
    client.send(GET);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
    expect(client.text()).not.toContain("secret");
    const answer = await ask(connectHttp2(port));
    expect(answer).toMatchObject({ status: 500, body: "internal error\n" });
    expect(answer.headers["set-cookie"]).toBeUndefined();
    expect(handlerErrors).toEqual([boom, boom]);
  },
);

test("a handler that throws after its head was sent gets its response cut off, not completed", async () => {
  const { port } = await start({
    handler: (_req, res) => {
      write(res, "partial");
      throw boom;
    },
  });
  const client = await connect(port);
  client.send(GET);
  await client.closed;
  expect(client.text()).not.toContain("0\r\n\r\n");
  await expect(ask(connectHttp2(port))).rejects.toThrow(/INTERNAL_ERROR/);
});

test("a handler that throws after its response was complete does not spoil it", async () => {
  const { port, handlerErrors } = await start({
    handler: (_req, res) => {
      res.end("complete");
      throw boom;
    },
  });
  const client = await connect(port);
  client.send(GET);
  await client.until("complete");
  expect((await ask(connectHttp2(port))).body).toBe("complete");
  expect(handlerErrors).toHaveLength(2);
});

test("hooks that throw do not end the process", async () => {
  const running = await start({
    handler: throwAtOnce,
    onHandlerError: () => {
      throw new Error("a hook failed");
    },
    onConnectionError: () => {
      throw new Error("a hook failed");
    },
  });
  const client = await connect(running.port);
  client.send(GET);
  await client.closed;
  expect(client.text()).toMatch(/^HTTP\/1\.1 500 /);
  const garbage = await connect(running.port);
  garbage.send("GARBAGE\r\n\r\n");
  await garbage.closed;
});

test("a handler that writes after the end or after the client left does no harm", async () => {
  let late = 0;
  const running = await start({
    handler: (_req, res) => {
      res.on("close", () => {
        late += 1;
        res.end("late");
        write(res, "too late");
      });
    },
  });
  const plain = await connect(running.port);
  plain.send(GET);
  const framed = await connect(running.port);
  framed.send(Buffer.concat([PREFACE, settings(), get(1)]));
  await eventually(() => running.listener.stats().http2Sessions === 1, "a session");
  plain.socket.resetAndDestroy();
  framed.socket.resetAndDestroy();
  await expectNoSocketsLeft(running);
  await eventually(() => late === 2, "both handlers wrote late");
});

test("a handler that writes after the end to a client that is still there does no harm", async () => {
  const { port, connectionErrors } = await start({
    handler: (_req, res) => {
      res.end("all");
      write(res, "and more");
    },
  });
  const client = await connect(port);
  client.send(GET);
  await client.until("all");
  // What becomes of the response is the handler's fault; that the session goes on is ours.
  const session = connectHttp2(port);
  await ask(session).catch(() => undefined);
  await ask(session).catch(() => undefined);
  expect(session.closed).toBe(false);
  expect(connectionErrors.map(({ message }) => message)).toContain("write after end");
});

test("connections reset in the middle of a body or a response do no harm", async () => {
  const running = await start({ handler: pour({ bytes: 0 }) });
  const beginnings = [
    Buffer.from(GET),
    Buffer.from("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf"),
    Buffer.concat([PREFACE, settings(), get(1)]),
    Buffer.concat([PREFACE, settings(), postHead(1), frame(0, 0, 1, Buffer.from("half"))]),
  ];
  for (let round = 0; round < 100; round += 1) {
    const client = await connect(running.port);
    client.send(beginnings[round % beginnings.length] ?? "");
    await new Promise<void>((resolve) => client.socket.once("data", () => resolve()));
    client.socket.resetAndDestroy();
  }
  await expectNoSocketsLeft(running);
});

test("limits that are not positive integers stop the start, all named at once", () => {
  const limits: ListenerLimits = {
    headersMaxBytes: 0,
    headersMaxCount: 100,
    firstByteTimeoutMs: 1.5,
    headersTimeoutMs: 1,
    requestTimeoutMs: 1,
    keepAliveTimeoutMs: 1,
    http2StreamsMax: 1,
    http2ResetBurst: 1,
    http2ResetRatePerSecond: 1,
    http2IdleTimeoutMs: 1,
    http2SessionMemoryMaxMiB: 1,
    socketsMax: -1,
    socketsPerIpMax: 1,
  };
  const create = () => createListener({ host: "127.0.0.1", port: 0, limits, handler: () => undefined });
  expect(create).toThrow("headersMaxBytes is 0, firstByteTimeoutMs is 1.5, socketsMax is -1");
});

test("a token bucket gives its burst at once and its rate after that", () => {
  let nowMs = 0;
  const take = createTokenBucket(3, 2, () => nowMs);
  expect([take(), take(), take(), take()]).toEqual([true, true, true, false]);
  nowMs = 499;
  expect(take()).toBe(false);
  nowMs = 1_000;
  expect([take(), take(), take()]).toEqual([true, true, false]);
});
