import type { IncomingHttpHeaders } from "node:http2";
import { expect, test } from "vitest";
import type { NodeRequest, NodeResponse } from "../../../src/server/listener/types.ts";
import { ask, connect, connectHttp2 } from "./clients.ts";
import {
  END_HEADERS,
  FrameType,
  fields,
  frame,
  goawayCode,
  PREFACE,
  requestFields,
  settings,
} from "./frames.ts";
import { answersBoth, eventually, expectNoSocketsLeft, start } from "./support.ts";

/** A handler that counts what reaches it. */
function counting() {
  const seen: number[] = [];
  return {
    seen,
    handler: (req: NodeRequest, res: NodeResponse) => {
      seen.push(req.rawHeaders.length / 2);
      res.end("ok");
    },
  };
}

function http1Head(fieldsTotal: number): string {
  const extra = Array.from({ length: fieldsTotal - 2 }, (_, at) => `x${at}: y\r\n`).join("");
  return `GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n${extra}\r\n`;
}

test.each([
  [20, 200],
  [21, 431],
  [22, 431],
  [400, 431],
])("HTTP/1: %i header fields where 20 are allowed are answered with %i", async (count, status) => {
  const { seen, handler } = counting();
  const { port } = await start({ limits: { headersMaxCount: 20 }, handler });
  const client = await connect(port);
  client.send(http1Head(count));
  await client.until("\r\n\r\n");
  expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  if (status === 431) await client.closed;
  expect(seen).toEqual(status === 200 ? [20] : []);
});

test("HTTP/1: a head at the size cap is served, and one above it is answered with 431", async () => {
  const { port } = await start({ limits: { headersMaxBytes: 2_048 } });
  for (const [length, status] of [
    [1_900, 200],
    [2_100, 431],
  ] as const) {
    const client = await connect(port);
    client.send(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: ${"y".repeat(length)}\r\n\r\n`);
    await client.closed;
    expect(client.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  }
});

test("HTTP/1: trailers and chunk extensions without end are refused", async () => {
  const running = await start();
  for (const flood of ["0\r\n", `1;${"e".repeat(20_000)}`]) {
    const client = await connect(running.port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${flood}`);
    for (let round = 0; round < 200; round += 1) client.send(`t${round}: ${"x".repeat(500)}\r\n`);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 (431|413) /);
  }
  await expectNoSocketsLeft(running);
});

function manyHeaders(count: number): IncomingHttpHeaders {
  return Object.fromEntries(Array.from({ length: count }, (_, at) => [`x${at}`, "y"]));
}

test.each([
  [20, 200],
  [21, 431],
])("HTTP/2: %i header fields where 20 are allowed are answered with %i", async (count, status) => {
  const { seen, handler } = counting();
  const { port } = await start({ limits: { headersMaxCount: 20 }, handler });
  const answer = await ask(connectHttp2(port), manyHeaders(count));
  expect(answer.status).toBe(status);
  expect(seen).toHaveLength(status === 200 ? 1 : 0);
});

test("HTTP/2: a head of far too many fields, or of too many bytes, ends the stream and not the session", async () => {
  const { seen, handler } = counting();
  const { port } = await start({ limits: { headersMaxCount: 20, headersMaxBytes: 4_096 }, handler });
  const session = connectHttp2(port);
  await expect(ask(session, manyHeaders(100))).rejects.toThrow(/ENHANCE_YOUR_CALM|code 11/);
  await expect(ask(session, { x: "y".repeat(5_000) })).rejects.toThrow(/ENHANCE_YOUR_CALM|code 11/);
  expect(seen).toEqual([]);
  expect((await ask(session, { x: "y".repeat(3_000) })).status).toBe(200);
});

test("HTTP/2: fields that HPACK makes small on the wire and large in memory end the stream", async () => {
  const { seen, handler } = counting();
  const running = await start({ handler });
  const client = await connect(running.port);
  // One entry of 4000 bytes in the dynamic table, then 1000 references of one byte each to it.
  const entry = Buffer.concat([
    Buffer.of(0x40, 1),
    Buffer.from("b"),
    Buffer.of(0x7f, 0xa1, 0x1e),
    Buffer.alloc(4_000, 0x62),
  ]);
  const block = Buffer.concat([requestFields("GET"), entry, Buffer.alloc(1_000, 0xbe)]);
  client.send(Buffer.concat([PREFACE, settings(), frame(FrameType.headers, END_HEADERS | 1, 1, block)]));
  await eventually(() => client.received().includes(Buffer.of(0, 0, 4, FrameType.rstStream)), "RST_STREAM");
  expect(seen).toEqual([]);
  expect(await answersBoth(running.port)).toBe(true);
});

test("HTTP/2: a flood of CONTINUATION frames ends the connection within a second, with no call", async () => {
  const { seen, handler } = counting();
  const running = await start({ handler });
  const client = await connect(running.port);
  client.send(Buffer.concat([PREFACE, settings(), frame(FrameType.headers, 0, 1, requestFields("GET"))]));
  const more = frame(FrameType.continuation, 0, 1, fields(["x", "y".repeat(100)]));
  const flood = setInterval(() => client.send(Buffer.concat(Array(100).fill(more))), 1);
  expect(await client.closed).toBeLessThan(1_000);
  clearInterval(flood);
  expect(seen).toEqual([]);
  expect(goawayCode(client.received())).not.toBe(0);
  await expectNoSocketsLeft(running);
});

test("HTTP/2: a header block that is never finished is ended like an idle session", async () => {
  const running = await start({ limits: { http2IdleTimeoutMs: 300 } });
  const client = await connect(running.port);
  client.send(Buffer.concat([PREFACE, settings(), frame(FrameType.headers, 0, 1, requestFields("GET"))]));
  await client.closed;
  await expectNoSocketsLeft(running);
});
