import { expect, test } from "vitest";
import { connect } from "./clients.ts";
import { answersBoth, echo, eventually, expectNoSocketsLeft, gate, pour, settled, start } from "./support.ts";

const GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

test("a request head that does not get finished is answered with 408 and the connection is closed", async () => {
  const running = await start({ limits: { headersTimeoutMs: 250, requestTimeoutMs: 10_000 } });
  const client = await connect(running.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  const drip = setInterval(() => client.send("X: y\r\n"), 40);
  expect(await client.closed).toBeGreaterThan(240);
  clearInterval(drip);
  expect(client.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/);
  await expectNoSocketsLeft(running);
});

test("a body that does not get finished is answered with 408 and the connection is closed", async () => {
  const running = await start({ limits: { headersTimeoutMs: 200, requestTimeoutMs: 300 } });
  const client = await connect(running.port);
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  const drip = setInterval(() => client.send("x"), 40);
  expect(await client.closed).toBeGreaterThan(290);
  clearInterval(drip);
  expect(client.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
  await expectNoSocketsLeft(running);
});

test("headersTimeoutMs above requestTimeoutMs starts, and the shorter one holds", async () => {
  const { port } = await start({ limits: { headersTimeoutMs: 60_000, requestTimeoutMs: 250 } });
  const client = await connect(port);
  client.send("GET / HTTP/1.1\r\n");
  expect(await client.closed).toBeLessThan(5_000);
  expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
});

test("a handler may take longer than every timeout of the client's side", async () => {
  const limits = { headersTimeoutMs: 100, requestTimeoutMs: 100, keepAliveTimeoutMs: 100 };
  const { port } = await start({
    limits,
    handler: (_req, res) => void setTimeout(() => res.end("late"), 700),
  });
  const client = await connect(port);
  client.send(GET);
  await client.until("late");
});

test("a keep-alive connection serves several requests and is closed when it stays idle", async () => {
  const running = await start({ limits: { keepAliveTimeoutMs: 50 } });
  const client = await connect(running.port);
  client.send("GET /one HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("GET /one");
  client.send("GET /two HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.until("GET /two");
  expect(await client.closed).toBeLessThan(4_000);
  await expectNoSocketsLeft(running);
});

test("pipelined requests are answered in order", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send(["/1", "/2", "/3"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join(""));
  await client.until("GET /3");
  expect(client.text().match(/GET \/\d/g)).toEqual(["GET /1", "GET /2", "GET /3"]);
});

test("pipelined requests run up to http2StreamsMax at once, and one more ends the connection", async () => {
  for (const [count, survives] of [
    [5, true],
    [6, false],
  ] as const) {
    const go = gate();
    let calls = 0;
    const { port } = await start({
      limits: { http2StreamsMax: 5 },
      handler: (_req, res) => {
        calls += 1;
        void go.opened.then(() => res.end(`answer ${calls}`));
      },
    });
    const client = await connect(port);
    client.send(GET.repeat(count));
    await eventually(() => calls === 5, "five calls");
    if (survives) {
      go.open();
      await client.until("answer 5");
      expect(client.text().match(/HTTP\/1\.1 200/g)).toHaveLength(5);
    } else {
      await client.closed;
      expect(calls).toBe(5);
    }
  }
});

test("Upgrade: h2c is ignored and answered in HTTP/1.1", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send(
    "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
  );
  await client.until("GET /up");
  expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test("Expect: 100-continue is told to go on, and then answered", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  await client.until("HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  await client.until("POST /e ok");
});

test.each([
  ["both lengths", "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"],
  ["two different lengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  ["chunked that is not last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"],
  ["a space before the colon", "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"],
  ["a bare line feed", "Content-Length: 0\nX: y\r\n\r\n"],
])(
  "a message framed ambiguously (%s) is answered with 400 and never reaches the handler",
  async (_name, rest) => {
    let calls = 0;
    const { port } = await start({
      handler: (req, res) => {
        calls += 1;
        echo(req, res);
      },
    });
    const client = await connect(port);
    client.send(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    await client.closed;
    expect(client.text()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(client.text().match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(calls).toBe(0);
  },
);

test("garbage behind a request in flight is not answered in its place", async () => {
  const go = gate();
  const running = await start({ handler: (_req, res) => void go.opened.then(() => res.end("late")) });
  const client = await connect(running.port);
  client.send(`${GET}GARBAGE\r\n\r\n`);
  await client.closed;
  go.open();
  expect(client.text()).toBe("");
  expect(await answersBoth(running.port)).toBe(true);
});

test.each([
  ["HTTP/1.0 without Host", "GET /h HTTP/1.0\r\n\r\n", undefined],
  ["an empty Host", "GET /h HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", ""],
  ["a Host with spaces and brackets", "GET /h HTTP/1.1\r\nHost: a b[\r\nConnection: close\r\n\r\n", "a b["],
  ["a Host that is a port", "GET /h HTTP/1.1\r\nHost: :99999999\r\nConnection: close\r\n\r\n", ":99999999"],
])("%s is the handler's to judge", async (_name, request, host) => {
  const hosts: (string | undefined)[] = [];
  const { port } = await start({
    handler: (req, res) => {
      hosts.push(req.headers.host);
      res.end("judged");
    },
  });
  const client = await connect(port);
  client.send(request);
  await client.closed;
  expect(client.text()).toContain("judged");
  expect(hosts).toEqual([host]);
});

test("HTTP/1.1 without Host is answered with 400, as RFC 9112 demands", async () => {
  const { port } = await start();
  const client = await connect(port);
  client.send("GET / HTTP/1.1\r\n\r\n");
  await client.closed;
  expect(client.text()).toMatch(/^HTTP\/1\.1 400 /);
});

test("CONNECT and a late HTTP/2 preface close the connection and nothing else", async () => {
  const running = await start();
  for (const bytes of ["CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", `${GET}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`]) {
    const client = await connect(running.port);
    client.send(bytes);
    await client.closed;
  }
  await expectNoSocketsLeft(running);
  expect(await answersBoth(running.port)).toBe(true);
});

test("a response that is never read takes bounded memory and is ended", async () => {
  const counted = { bytes: 0 };
  const running = await start({ limits: { requestTimeoutMs: 400 }, handler: pour(counted) });
  const client = await connect(running.port);
  client.socket.pause();
  client.send(GET);
  await eventually(() => counted.bytes > 0, "the response began");
  expect(await settled(counted)).toBeLessThan(16 * 2 ** 20);
  expect(running.listener.stats().sockets).toBe(1);
  await expectNoSocketsLeft(running);
});

test("a response that is read slowly is not ended", async () => {
  const size = 24 * 2 ** 20;
  const { port } = await start({
    limits: { requestTimeoutMs: 300 },
    handler: (_req, res) => void res.end(Buffer.alloc(size)),
  });
  const client = await connect(port);
  let got = 0;
  client.socket.removeAllListeners("data");
  client.socket.on("data", (chunk) => {
    got += chunk.length;
    client.socket.pause();
    setTimeout(() => client.socket.resume(), 2);
  });
  client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await client.closed;
  expect(got).toBeGreaterThan(size);
});
