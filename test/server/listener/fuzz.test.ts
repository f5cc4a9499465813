import { expect, test } from "vitest";
import { connect } from "./clients.ts";
import {
  END_HEADERS,
  FrameType,
  fields,
  frame,
  get,
  PREFACE,
  postHead,
  requestFields,
  rstStream,
  settings,
} from "./frames.ts";
import { answersBoth, expectNoSocketsLeft, start } from "./support.ts";

type Pick = (below: number) => number;

/** Deterministic: a run that fails can be repeated (mulberry32). */
function random(seed: number): Pick {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function noise(pick: Pick, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => pick(256)));
}

/** Frames of all types, known and unknown, mostly on streams that exist, with contents at random. */
function randomFrames(pick: Pick): Buffer {
  const expecting = requestFields("POST", ["expect", "100-continue"]);
  const connecting = fields([":method", "CONNECT"], [":authority", "a:1"]);
  const likely = [
    settings(),
    get(1),
    postHead(3),
    frame(FrameType.headers, END_HEADERS, 5, expecting),
    frame(FrameType.headers, END_HEADERS, 7, connecting),
    rstStream(1 + 2 * pick(4)),
    frame(FrameType.goaway, 0, 0, Buffer.alloc(8)),
  ];
  const frames = Array.from({ length: 1 + pick(12) }, () =>
    pick(2) === 0
      ? (likely[pick(likely.length)] ?? settings())
      : frame(pick(12), pick(256), pick(4) === 0 ? pick(2 ** 31) : pick(8), noise(pick, pick(40))),
  );
  return Buffer.concat([PREFACE, ...frames]);
}

function randomHttp1(pick: Pick): Buffer {
  const words = [
    "GET / HTTP/1.1\r\n",
    "Host: a\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "\r\n",
    "\0",
    "POST / ",
    ": ",
    "PRI * ",
  ];
  const chosen = Array.from({ length: pick(12) }, () => Buffer.from(words[pick(words.length)] ?? ""));
  return Buffer.concat([...chosen, noise(pick, pick(30))]);
}

/** One connection that misbehaves in two writes and leaves in one of the ways there are. */
async function misbehave(port: number, pick: Pick): Promise<void> {
  const bytes = pick(2) === 0 ? randomFrames(pick) : randomHttp1(pick);
  const split = pick(2) === 0 ? bytes.length : pick(bytes.length);
  const leave = (["resetAndDestroy", "destroy", "end"] as const)[pick(3)] ?? "end";
  const client = await connect(port);
  client.send(bytes.subarray(0, split));
  await new Promise<void>((resolve) => setImmediate(resolve));
  client.send(bytes.subarray(split));
  await new Promise<void>((resolve) => setImmediate(resolve));
  client.socket[leave]();
}

test.each([1, 20_261_123])(
  "2000 connections of random bytes leave the port serving (seed %i)",
  async (seed) => {
    const pick = random(seed);
    const timeoutMs = 500;
    const running = await start({
      limits: {
        firstByteTimeoutMs: timeoutMs,
        headersTimeoutMs: timeoutMs,
        requestTimeoutMs: timeoutMs,
        http2IdleTimeoutMs: timeoutMs,
      },
    });
    for (let round = 0; round < 40; round += 1) {
      await Promise.all(Array.from({ length: 50 }, () => misbehave(running.port, pick)));
    }
    expect(await answersBoth(running.port)).toBe(true);
    await expectNoSocketsLeft(running);
  },
);
