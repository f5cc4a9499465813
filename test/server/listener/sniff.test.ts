import { expect, test } from "vitest";
import { HTTP2_PREFACE, protocolOf } from "../../../src/server/listener/sniff.ts";
import { ask, connect, connectHttp2, sendByByte } from "./clients.ts";
import { FrameType, get, PREFACE, parseFrames, settings } from "./frames.ts";
import { answersBoth, expectNoSocketsLeft, start } from "./support.ts";

test("the protocol is undecided exactly as long as the bytes are a beginning of the preface", () => {
  for (let length = 0; length < HTTP2_PREFACE.length; length += 1) {
    const beginning = HTTP2_PREFACE.subarray(0, length);
    expect(protocolOf(beginning)).toBeUndefined();
    expect(protocolOf(Buffer.concat([beginning, Buffer.from("x")]))).toBe("http/1.1");
  }
  expect(protocolOf(HTTP2_PREFACE)).toBe("h2");
  expect(protocolOf(Buffer.concat([HTTP2_PREFACE, Buffer.from("x")]))).toBe("h2");
});

test("one port answers HTTP/1.1 and HTTP/2 with prior knowledge", async () => {
  const { port } = await start();
  expect(await answersBoth(port)).toBe(true);
});

test("an HTTP/1.1 request is understood when it comes in one byte per write", async () => {
  const { port } = await start();
  const client = await connect(port);
  await sendByByte(client, "POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  await client.until("POST /slow hi");
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("an HTTP/2 request is understood when preface and frames come in one byte per write", async () => {
  const { port } = await start();
  const client = await connect(port);
  await sendByByte(client, Buffer.concat([PREFACE, settings(), get(1)]));
  await client.until("GET / ");
  const types = parseFrames(client.received()).map(({ type }) => type);
  expect(types).toContain(FrameType.headers);
  expect(types).toContain(FrameType.data);
});

test("preface and request in one segment are answered", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send(Buffer.concat([PREFACE, settings(), get(1)]));
  await client.until("GET / ");
});

test("a silent connection is cut after firstByteTimeoutMs", async () => {
  const { port } = await start({ limits: { firstByteTimeoutMs: 200 } });
  const client = await connect(port);
  expect(await client.closed).toBeGreaterThan(190);
  expect(client.text()).toBe("");
});

test.each([1, 3, 23])("a client that stops after %i bytes of the preface is cut", async (length) => {
  const { port } = await start({ limits: { firstByteTimeoutMs: 200 } });
  const client = await connect(port);
  client.send(PREFACE.subarray(0, length));
  expect(await client.closed).toBeGreaterThan(190);
});

test("bytes inside the preface do not postpone the first-byte timeout", async () => {
  const { port } = await start({ limits: { firstByteTimeoutMs: 200 } });
  const client = await connect(port);
  let next = 0;
  const drip = setInterval(() => client.send(PREFACE.subarray(next, ++next)), 50);
  expect(await client.closed).toBeLessThan(1_000);
  clearInterval(drip);
});

test("a client that ends its half before it spoke leaves nothing behind", async () => {
  const running = await start();
  const client = await connect(running.port);
  client.socket.end("PRI");
  await client.closed;
  await expectNoSocketsLeft(running);
});

test("a session whose client left is gone: no socket stays in CLOSE-WAIT", async () => {
  const running = await start();
  for (let round = 0; round < 20; round += 1) {
    const session = connectHttp2(running.port);
    await ask(session);
    session.close();
  }
  const halfClosed = await connect(running.port);
  halfClosed.send(Buffer.concat([PREFACE, settings(), get(1)]));
  await halfClosed.until("GET / ");
  halfClosed.socket.end();
  await expectNoSocketsLeft(running);
});

test.each([
  ["garbage", Buffer.from("\x00\x01\x02 not http\r\n\r\n", "latin1")],
  ["a TLS hello", Buffer.from("16030100f8010000f40303", "hex")],
  ["a preface that goes wrong at its end", Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\rX", "latin1")],
])("%s on the clear port gets no service and the connection is closed", async (_name, bytes) => {
  const running = await start();
  const client = await connect(running.port);
  client.send(bytes);
  await client.closed;
  expect(client.text()).toMatch(/^(HTTP\/1\.1 400 Bad Request\r\n.*)?$/s);
  await expectNoSocketsLeft(running);
  expect(await answersBoth(running.port)).toBe(true);
});

test("a client that keeps its half open after a 400 is cut", async () => {
  const running = await start();
  const client = await connect(running.port);
  client.socket.allowHalfOpen = true;
  client.send("GARBAGE\r\n\r\n");
  await client.until("HTTP/1.1 400 ");
  await expectNoSocketsLeft(running);
});

test("garbage is answered with 400 before the connection is closed", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send("NOT HTTP AT ALL\r\n\r\n");
  await client.closed;
  expect(client.text()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\nConnection: close\r\n/);
});
