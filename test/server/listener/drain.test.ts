import { expect, test } from "vitest";
import type { NodeRequest, NodeResponse } from "../../../src/server/listener/types.ts";
import { ask, connect, connectFrames, connectHttp2 } from "./clients.ts";
import { get, goawayCode, PREFACE, settings } from "./frames.ts";
import { eventually, expectNoSocketsLeft, type Gate, gate, start, write } from "./support.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A handler that answers when the gate opens, and a count of the requests it holds. */
function holding(go: Gate) {
  const held = { count: 0 };
  const handler = (_req: NodeRequest, res: NodeResponse) => {
    held.count += 1;
    void go.opened.then(() => res.end("finished"));
  };
  return { held, handler };
}

test("drain finishes what is in flight on both protocols, closes what is idle, and refuses what is new", async () => {
  const go = gate();
  const { held, handler } = holding(go);
  const running = await start({
    handler: (req, res) => (req.url === "/quick" ? void res.end("quick") : handler(req, res)),
  });
  const idlePlain = await connect(running.port);
  idlePlain.send("GET /quick HTTP/1.1\r\nHost: a\r\n\r\n");
  await idlePlain.until("quick");
  const idleSession = connectHttp2(running.port);
  await ask(idleSession, { ":path": "/quick" });
  const silent = await connect(running.port);
  const idleRaw = await connect(running.port);
  idleRaw.send(Buffer.concat([PREFACE, settings()]));
  await eventually(() => running.listener.stats().http2Sessions === 2, "both sessions");
  const plain = await connect(running.port);
  plain.send(GET);
  const answer = ask(connectHttp2(running.port));
  await eventually(() => held.count === 2, "two requests in flight");

  const drained = running.listener.drain(10_000);
  await Promise.all([idlePlain.closed, silent.closed, idleRaw.closed]);
  await eventually(() => idleSession.destroyed, "the idle session closed");
  expect(goawayCode(idleRaw.received())).toBe(0);
  await expect(refused(running.port)).resolves.toBe(true);
  go.open();
  expect(await answer).toMatchObject({ status: 200, body: "finished" });
  await plain.closed;
  expect(plain.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*finished/s);
  expect(await drained).toEqual({ forced: false });
  expect(running.listener.stats()).toEqual({ sockets: 0, http2Sessions: 0 });
});

async function refused(port: number): Promise<boolean> {
  const client = connect(port);
  return await Promise.race([
    client.then(() => false),
    new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 200)),
  ]);
}

test("drain lets all pipelined requests finish", async () => {
  const go = gate();
  const { held, handler } = holding(go);
  const running = await start({ handler });
  const client = await connect(running.port);
  client.send(GET.repeat(3));
  await eventually(() => held.count === 3, "three requests in flight");
  const drained = running.listener.drain(10_000);
  go.open();
  await client.closed;
  expect(client.text().match(/finished/g)).toHaveLength(3);
  expect(client.text().match(/Connection: close/g)).toHaveLength(1);
  expect(await drained).toEqual({ forced: false });
});

test("drain waits for a response whose head was out already, and then closes its connection", async () => {
  const go = gate();
  const running = await start({
    handler: (_req, res) => {
      write(res, "begun ");
      void go.opened.then(() => res.end("finished"));
    },
  });
  const client = await connect(running.port);
  client.send(GET);
  await client.until("begun");
  const drained = running.listener.drain(10_000);
  go.open();
  await client.closed;
  expect(client.text()).toContain("finished");
  expect(await drained).toEqual({ forced: false });
});

test("a request whose head was on its way is served, and its connection closed", async () => {
  const running = await start();
  const client = await connect(running.port);
  client.send("GET /late HTTP/1.1\r\n");
  await eventually(() => running.listener.stats().sockets === 1, "a socket");
  // No event tells that the server has read a part of a head.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const drained = running.listener.drain(10_000);
  client.send("Host: a\r\n\r\n");
  await client.closed;
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Connection: close\r\n.*GET \/late/s);
  expect(await drained).toEqual({ forced: false });
});

test("peers that keep their half open do not hold up drain", async () => {
  const running = await start();
  const framed = await connectFrames(running.port, get(1));
  framed.socket.allowHalfOpen = true;
  await framed.until("GET / ");
  const startedMs = performance.now();
  expect(await running.listener.drain(10_000)).toEqual({ forced: false });
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test("a request whose head comes slowly does not get the whole grace", async () => {
  const running = await start({ limits: { headersTimeoutMs: 200 } });
  const client = await connect(running.port);
  client.send("GET / HTTP/1.1\r\n");
  await eventually(() => running.listener.stats().sockets === 1, "a socket");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await running.listener.drain(10_000)).toEqual({ forced: false });
  expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
});

test("what is in flight after graceMs is destroyed, and drain says so", async () => {
  const { held, handler } = holding(gate());
  const running = await start({ handler });
  const plain = await connect(running.port);
  plain.send(GET);
  const answer = ask(connectHttp2(running.port));
  answer.catch(() => undefined);
  await eventually(() => held.count === 2, "two requests in flight");
  const startedMs = performance.now();
  expect(await running.listener.drain(300)).toEqual({ forced: true });
  const tookMs = performance.now() - startedMs;
  expect(tookMs).toBeGreaterThan(290);
  expect(tookMs).toBeLessThan(2_000);
  await expect(answer).rejects.toThrow();
  await expectNoSocketsLeft(running);
});

test("a second drain shortens the grace of the first, and both say that it took force", async () => {
  const { held, handler } = holding(gate());
  const running = await start({ handler });
  const client = await connect(running.port);
  client.send(GET);
  await eventually(() => held.count === 1, "a request in flight");
  const first = running.listener.drain(60_000);
  expect(await running.listener.drain(0)).toEqual({ forced: true });
  expect(await first).toEqual({ forced: true });
});

test("a listener that never listened drains at once, and one that drained does not listen", async () => {
  const { listener } = await start();
  expect(await listener.drain(0)).toEqual({ forced: false });
  await expect(listener.listen()).rejects.toThrow(/drained/);
});

test("listen rejects with the bind error", async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});
