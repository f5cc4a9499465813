import { constants } from "node:http2";
import { expect, test } from "vitest";
import type { NodeRequest, NodeResponse } from "../../../src/server/listener/types.ts";
import { answerOf, ask, connect, connectFrames, connectHttp2, type RawClient } from "./clients.ts";
import {
  ACK,
  FrameType,
  frame,
  get,
  goawayCode,
  INITIAL_WINDOW_SIZE,
  PREFACE,
  parseFrames,
  postHead,
  rstCode,
  rstStream,
  settings,
  uint32,
} from "./frames.ts";
import { echo, eventually, expectNoSocketsLeft, gate, pour, settled, start, write } from "./support.ts";

/** Answers each PING, as a live peer must. */
function answerPings(client: RawClient): void {
  let answered = 0;
  client.socket.on("data", () => {
    const pings = parseFrames(client.received()).filter(
      ({ type, flags }) => type === FrameType.ping && (flags & ACK) === 0,
    );
    for (const { payload } of pings.slice(answered)) client.send(frame(FrameType.ping, ACK, 0, payload));
    answered = pings.length;
  });
}

test("a session without streams is closed with GOAWAY after http2IdleTimeoutMs, PINGs or not", async () => {
  const running = await start({ limits: { http2IdleTimeoutMs: 300 } });
  const client = await connectFrames(running.port, get(1));
  await client.until("GET / ");
  const pings = setInterval(() => client.send(frame(FrameType.ping, 0, 0, Buffer.alloc(8))), 50);
  await client.closed;
  clearInterval(pings);
  expect(goawayCode(client.received())).toBe(constants.NGHTTP2_NO_ERROR);
  await expectNoSocketsLeft(running);
});

test("a session that sends nothing after the preface is closed like an idle one", async () => {
  const running = await start({ limits: { http2IdleTimeoutMs: 200 } });
  const client = await connect(running.port);
  client.send(PREFACE);
  await client.closed;
  await expectNoSocketsLeft(running);
});

test("an idle peer that ignores GOAWAY and keeps its half open is cut", async () => {
  const running = await start({ limits: { http2IdleTimeoutMs: 200 } });
  const client = await connectFrames(running.port);
  client.socket.allowHalfOpen = true;
  await expectNoSocketsLeft(running);
});

test("a session with a stream in flight stays for longer than http2IdleTimeoutMs while it answers PING", async () => {
  const go = gate();
  const { port } = await start({
    limits: { http2IdleTimeoutMs: 100 },
    handler: (_req, res) => void go.opened.then(() => res.end("late")),
  });
  const session = connectHttp2(port);
  const answer = ask(session);
  let pings = 0;
  session.on("ping", () => {
    pings += 1;
    if (pings === 5) go.open();
  });
  expect((await answer).body).toBe("late");
});

test("a peer that is silent on an open stream is cut when it leaves PING unanswered", async () => {
  const running = await start({
    limits: { http2IdleTimeoutMs: 200 },
    handler: () => undefined,
    isLongLived: () => true,
  });
  const client = await connectFrames(running.port, postHead(1));
  await client.closed;
  await expectNoSocketsLeft(running);
});

test("a peer that says GOAWAY and leaves its stream open is cut all the same", async () => {
  const running = await start({
    limits: { http2IdleTimeoutMs: 200 },
    handler: () => undefined,
    isLongLived: () => true,
  });
  const goaway = frame(FrameType.goaway, 0, 0, Buffer.alloc(8));
  const client = await connectFrames(running.port, postHead(1), goaway);
  answerPings(client);
  await client.closed;
  await expectNoSocketsLeft(running);
});

test("a peer that opens no window gets its stream reset, though it answers PING, and may go on", async () => {
  const counted = { bytes: 0 };
  const running = await start({ limits: { http2IdleTimeoutMs: 150 }, handler: pour(counted) });
  const client = await connect(running.port);
  answerPings(client);
  client.send(Buffer.concat([PREFACE, settings([INITIAL_WINDOW_SIZE, 0]), get(1)]));
  await eventually(() => rstCode(client.received(), 1) !== undefined, "RST_STREAM");
  expect(rstCode(client.received(), 1)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  expect(counted.bytes).toBeLessThan(2 ** 20);
});

test("a peer that never reads its socket takes bounded memory and is ended", async () => {
  const counted = { bytes: 0 };
  const running = await start({ limits: { http2IdleTimeoutMs: 300 }, handler: pour(counted) });
  const client = await connect(running.port);
  client.socket.pause();
  const wide = settings([INITIAL_WINDOW_SIZE, 2 ** 31 - 1]);
  const connectionWindow = frame(FrameType.windowUpdate, 0, 0, uint32(2 ** 30));
  const streams = Array.from({ length: 50 }, (_, at) => get(2 * at + 1));
  client.send(Buffer.concat([PREFACE, wide, connectionWindow, ...streams]));
  await eventually(() => counted.bytes > 0, "the response began");
  expect(await settled(counted)).toBeLessThan(32 * 2 ** 20);
  expect(running.listener.stats().sockets).toBe(1);
  await expectNoSocketsLeft(running);
});

test.each([
  ["not begun to answer", () => undefined],
  ["begun to answer", (_req: NodeRequest, res: NodeResponse) => void write(res, "so far")],
  ["answered already", (_req: NodeRequest, res: NodeResponse) => void res.end("done")],
])(
  "a body that does not end ends its stream after requestTimeoutMs if the handler has %s",
  async (_name, handler) => {
    const running = await start({ limits: { requestTimeoutMs: 250 }, handler });
    const client = await connectFrames(running.port, postHead(1));
    const drip = setInterval(() => client.send(frame(FrameType.data, 0, 1, Buffer.from("x"))), 40);
    await eventually(() => rstCode(client.received(), 1) !== undefined, "RST_STREAM");
    clearInterval(drip);
    client.send(get(3));
    await eventually(() => running.listener.stats().http2Sessions === 1, "the session goes on");
  },
);

test("a handler that waits for a slow body, and then sets headers, does no harm", async () => {
  const errors: unknown[] = [];
  const { port } = await start({
    limits: { requestTimeoutMs: 150 },
    handler: (req, res) => {
      req.resume();
      req.on("error", (error) => errors.push(error));
      req.on("close", () => {
        res.setHeader("x-late", "1");
        res.end("late");
      });
    },
  });
  const client = await connectFrames(port, postHead(1));
  await eventually(() => rstCode(client.received(), 1) !== undefined, "RST_STREAM");
  expect(rstCode(client.received(), 1)).toBe(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  expect(errors).toHaveLength(1);
});

test.each([
  ["reset", (client: RawClient) => client.send(rstStream(1))],
  ["cut with its connection", (client: RawClient) => void client.socket.destroy()],
])("a body that is %s in the middle fails and does not look complete", async (_name, stop) => {
  const outcomes: string[] = [];
  const begun = gate();
  const { port } = await start({
    handler: async (req) => {
      try {
        for await (const chunk of req) {
          outcomes.push(String(chunk));
          begun.open();
        }
        outcomes.push("complete");
      } catch {
        outcomes.push("failed");
      }
    },
  });
  const client = await connectFrames(port, postHead(1), frame(FrameType.data, 0, 1, Buffer.from("half")));
  await begun.opened;
  stop(client);
  await eventually(() => outcomes.length === 2, "an outcome");
  expect(outcomes).toEqual(["half", "failed"]);
});

test("a handler that is slow to read a body that has come is not the client's fault", async () => {
  const { port } = await start({
    limits: { requestTimeoutMs: 100 },
    handler: (req, res) => void setTimeout(() => echo(req, res), 400),
  });
  expect(await ask(connectHttp2(port), {}, "all here")).toMatchObject({
    status: 200,
    body: "POST / all here",
  });
});

test("a long-lived request has no body timer", async () => {
  const { port } = await start({
    limits: { requestTimeoutMs: 100 },
    isLongLived: (req) => req.url === "/bidi",
  });
  const stream = connectHttp2(port).request({ ":method": "POST", ":path": "/bidi" });
  stream.write("one ");
  setTimeout(() => stream.end("two"), 400);
  expect((await answerOf(stream)).body).toBe("POST /bidi one two");
});
