import * as net from "node:net";
import * as tls from "node:tls";
import { expect, test } from "vitest";
import { ask, certificate, connect, connectHttp2, connectTls } from "./clients.ts";
import { get, PREFACE, settings } from "./frames.ts";
import { echo, eventually, expectNoSocketsLeft, gate, start } from "./support.ts";

const GET = "GET /t HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

test("TLS with ALPN h2 is served in HTTP/2, and the handler sees an encrypted socket", async () => {
  const encrypted: unknown[] = [];
  const running = await start({
    tls: certificate,
    handler: (req, res) => {
      encrypted.push(Reflect.get(req.socket, "encrypted"));
      echo(req, res);
    },
  });
  const session = connectHttp2(running.port, { ca: certificate.cert });
  expect(await ask(session, {}, "body")).toMatchObject({ status: 200, body: "POST / body" });
  expect(session.alpnProtocol).toBe("h2");
  expect(encrypted).toEqual([true]);
  session.close();
  await expectNoSocketsLeft(running);
});

test.each([
  ["http/1.1", ["http/1.1"]],
  ["no ALPN", []],
])("TLS with %s is served in HTTP/1.1", async (_name, alpn) => {
  const running = await start({ tls: certificate });
  const client = await connectTls(running.port, alpn);
  client.send(GET);
  await client.closed;
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n.*GET \/t /s);
  await expectNoSocketsLeft(running);
});

test.each([
  ["h2", ["h2"], GET],
  ["http/1.1", ["http/1.1"], Buffer.concat([PREFACE, settings(), get(1)])],
  ["nothing", [], Buffer.concat([PREFACE, settings(), get(1)])],
])("a client that agreed on %s in ALPN and speaks the other protocol is cut", async (_name, alpn, bytes) => {
  const running = await start({ tls: certificate });
  const client = await connectTls(running.port, alpn);
  client.send(bytes);
  await client.closed;
  expect(client.text()).toBe("");
  await expectNoSocketsLeft(running);
});

test("a TLS handshake that does not end is cut after firstByteTimeoutMs", async () => {
  const running = await start({ tls: certificate, limits: { firstByteTimeoutMs: 200 } });
  const silent = await connect(running.port);
  const partial = await connect(running.port);
  partial.send(Buffer.from("16030100f8010000f40303", "hex"));
  expect(await silent.closed).toBeGreaterThan(190);
  expect(await partial.closed).toBeGreaterThan(190);
  await expectNoSocketsLeft(running);
});

test.each([["h2"], ["http/1.1"]])("a client that is silent after a handshake for %s is cut", async (alpn) => {
  const running = await start({ tls: certificate, limits: { firstByteTimeoutMs: 250 } });
  const client = await connectTls(running.port, [alpn]);
  expect(await client.closed).toBeLessThan(5_000);
  await expectNoSocketsLeft(running);
});

test("plain HTTP and garbage on the TLS port are cut without an answer", async () => {
  const running = await start({ tls: certificate });
  for (const bytes of [GET, "\x16\x03garbage garbage garbage"]) {
    const client = await connect(running.port);
    client.send(bytes);
    await client.closed;
    expect(client.text()).not.toContain("HTTP/1.1");
  }
  await expectNoSocketsLeft(running);
  const tlsFaults = running.connectionErrors.filter((error) =>
    String(Reflect.get(error, "code")).startsWith("ERR_SSL"),
  );
  expect(tlsFaults).toHaveLength(2);
});

test("slow heads and slow bodies are answered with 408 over TLS too", async () => {
  const running = await start({ tls: certificate, limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } });
  for (const begun of ["GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"]) {
    const client = await connectTls(running.port, ["http/1.1"]);
    client.send(begun);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
  }
  await expectNoSocketsLeft(running);
});

test("connections reset in the middle of the handshake do no harm", async () => {
  const running = await start({ tls: certificate });
  const hello = await clientHello();
  for (let length = 1; length <= hello.length; length += 7) {
    const client = await connect(running.port);
    client.send(hello.subarray(0, length));
    await new Promise<void>((resolve) => setImmediate(resolve));
    client.socket.resetAndDestroy();
  }
  await expectNoSocketsLeft(running);
  expect((await ask(connectHttp2(running.port, { ca: certificate.cert }))).status).toBe(200);
});

test("connections reset or broken after the handshake, before a byte, do no harm", async () => {
  const running = await start({ tls: certificate });
  for (const breakIt of [
    (tcp: net.Socket) => void tcp.resetAndDestroy(),
    (tcp: net.Socket) => void tcp.write("not a TLS record"),
  ]) {
    const tcp = net.connect(running.port, "127.0.0.1");
    const client = tls.connect({ socket: tcp, ca: certificate.cert, servername: "localhost" });
    client.on("error", () => undefined);
    await new Promise<void>((resolve) => client.once("secureConnect", resolve));
    await eventually(() => running.listener.stats().sockets === 1, "the socket");
    breakIt(tcp);
    await expectNoSocketsLeft(running);
  }
  expect(running.connectionErrors.length).toBeGreaterThanOrEqual(1);
});

/** The first flight of a real client, taken by a server that only listens. */
async function clientHello(): Promise<Buffer> {
  const taken = Promise.withResolvers<Buffer>();
  const server = net.createServer((socket) => socket.once("data", taken.resolve));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const client = connectHttp2(address.port, { ca: certificate.cert });
  const hello = await taken.promise;
  client.destroy();
  server.close();
  return hello;
}

test("drain over TLS finishes both protocols and cuts clients in the handshake", async () => {
  const go = gate();
  const arrived = gate();
  let calls = 0;
  const running = await start({
    tls: certificate,
    handler: (_req, res) => {
      calls += 1;
      if (calls === 2) arrived.open();
      void go.opened.then(() => res.end("done"));
    },
  });
  const handshaking = await connect(running.port);
  const silent = await connectTls(running.port, ["http/1.1"]);
  const plain = await connectTls(running.port, ["http/1.1"]);
  plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const answer = ask(connectHttp2(running.port, { ca: certificate.cert }));
  await arrived.opened;
  const drained = running.listener.drain(10_000);
  await Promise.all([handshaking.closed, silent.closed]);
  go.open();
  expect((await answer).body).toBe("done");
  await plain.closed;
  expect(plain.text()).toMatch(/\r\nConnection: close\r\n.*done/s);
  expect(await drained).toEqual({ forced: false });
});
