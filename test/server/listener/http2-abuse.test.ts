import { constants } from "node:http2";
import { expect, test } from "vitest";
import { answerOf, ask, connectFrames, connectHttp2 } from "./clients.ts";
import {
  END_HEADERS,
  END_STREAM,
  FrameType,
  fields,
  frame,
  get,
  goawayCode,
  INITIAL_WINDOW_SIZE,
  requestFields,
  rstCode,
  rstStream,
  settings,
  uint32,
} from "./frames.ts";
import { answersBoth, echo, eventually, expectNoSocketsLeft, start } from "./support.ts";

test("a flood of PING and SETTINGS from a peer that never reads is ended", async () => {
  const running = await start();
  const client = await connectFrames(running.port);
  client.socket.pause();
  const flood = Buffer.concat(
    Array(500)
      .fill([frame(FrameType.ping, 0, 0, Buffer.alloc(8)), settings()])
      .flat(),
  );
  const more = () => {
    while (!client.socket.destroyed && client.socket.write(flood));
  };
  client.socket.on("drain", more);
  more();
  await expectNoSocketsLeft(running);
  expect(await answersBoth(running.port)).toBe(true);
});

test("http2StreamsMax streams run at once, and one more is refused", async () => {
  let calls = 0;
  const { port } = await start({ limits: { http2StreamsMax: 3 }, handler: () => void calls++ });
  const client = await connectFrames(port, get(1), get(3), get(5), get(7));
  await eventually(() => rstCode(client.received(), 7) !== undefined, "RST_STREAM");
  expect(rstCode(client.received(), 7)).toBe(constants.NGHTTP2_REFUSED_STREAM);
  expect(calls).toBe(3);
});

test("a session that breaks the protocol is ended with GOAWAY and reported", async () => {
  const running = await start();
  const client = await connectFrames(running.port, frame(FrameType.data, 0, 0, Buffer.from("on no stream")));
  await client.closed;
  expect(goawayCode(client.received())).toBe(constants.NGHTTP2_PROTOCOL_ERROR);
  expect(running.connectionErrors).toHaveLength(1);
  await expectNoSocketsLeft(running);
});

test("a session whose unread answers take http2SessionMemoryMaxMiB gets no more streams", async () => {
  let calls = 0;
  const { port } = await start({
    limits: { http2SessionMemoryMaxMiB: 1 },
    handler: (_req, res) => {
      calls += 1;
      res.end(Buffer.alloc(64 * 1_024));
    },
  });
  const client = await connectFrames(port, settings([INITIAL_WINDOW_SIZE, 0]));
  let id = 1;
  while (rstCode(client.received(), id) === undefined && id < 200) {
    id += 2;
    client.send(get(id));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(calls).toBeGreaterThan(8);
  expect(calls).toBeLessThan(24);
});

test("streams that are opened and reset at once end in GOAWAY, with few calls of the handler", async () => {
  let calls = 0;
  const running = await start({
    limits: { http2ResetBurst: 50, http2ResetRatePerSecond: 1 },
    handler: () => void calls++,
  });
  const client = await connectFrames(running.port);
  await eventually(() => running.listener.stats().http2Sessions === 1, "a session");
  for (let id = 1; id < 20_000 && !client.socket.destroyed; id += 2) {
    client.send(Buffer.concat([get(id), rstStream(id)]));
    if (id % 200 === 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;
  expect(goawayCode(client.received())).not.toBe(constants.NGHTTP2_NO_ERROR);
  // The burst, and the streams that were open when it was spent.
  expect(calls).toBeLessThanOrEqual(50 + 100);
  expect(running.connectionErrors.map(({ message }) => message)).toContain("too many stream resets");
  await expectNoSocketsLeft(running);
});

test("streams that make us reset them count too (MadeYouReset)", async () => {
  let calls = 0;
  const running = await start({
    limits: { http2ResetBurst: 50, http2ResetRatePerSecond: 1 },
    handler: () => void calls++,
  });
  const client = await connectFrames(running.port);
  // A window increment of zero is a stream error (RFC 9113 section 6.9).
  const provoke = (id: number) => frame(FrameType.windowUpdate, 0, id, uint32(0));
  for (let id = 1; id < 20_000 && !client.socket.destroyed; id += 2) {
    client.send(Buffer.concat([get(id), provoke(id)]));
    if (id % 200 === 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await client.closed;
  expect(calls).toBeLessThan(500);
  await expectNoSocketsLeft(running);
});

test("Expect: 100-continue on a stream that is reset in the same packet does not end the process", async () => {
  const { port } = await start();
  const expecting = requestFields("POST", ["expect", "100-continue"]);
  const client = await connectFrames(port, frame(FrameType.headers, END_HEADERS, 1, expecting), rstStream(1));
  client.send(Buffer.concat([frame(FrameType.headers, END_HEADERS, 3, expecting)]));
  client.send(frame(FrameType.data, END_STREAM, 3, Buffer.from("body")));
  await client.until("POST / body");
  expect(await answersBoth(port)).toBe(true);
});

test("a stream that is gone before its request event is not handed to the handler", async () => {
  let calls = 0;
  const { port } = await start({
    handler: (req, res) => {
      calls += 1;
      echo(req, res);
    },
  });
  const client = await connectFrames(port, get(1), rstStream(1), get(3));
  await client.until("GET / ");
  expect(calls).toBe(1);
});

test.each([
  ["CONNECT", fields([":method", "CONNECT"], [":authority", "a:1"])],
  ["expectation", requestFields("POST", ["expect", "magic"])],
])("a refused %s whose body stays open does not keep its stream", async (_name, refused) => {
  const { port } = await start({ limits: { requestTimeoutMs: 200 } });
  const client = await connectFrames(port, frame(FrameType.headers, END_HEADERS, 1, refused));
  await eventually(() => rstCode(client.received(), 1) !== undefined, "RST_STREAM");
});

test("CONNECT and unknown expectations are refused without a call", async () => {
  let calls = 0;
  const { port } = await start({ handler: () => void calls++ });
  const session = connectHttp2(port);
  const connecting = session.request({ ":method": "CONNECT", ":authority": "a:1" });
  connecting.end();
  expect((await answerOf(connecting)).status).toBe(405);
  expect((await ask(session, { expect: "magic" })).status).toBe(417);
  expect(calls).toBe(0);
});
