import * as net from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { ipKey } from "../../../src/server/listener/sockets.ts";
import { certificate, connect, type RawClient } from "./clients.ts";
import { eventually, type Running, start } from "./support.ts";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

async function isServed(client: RawClient): Promise<boolean> {
  client.send(GET);
  return await client.until("HTTP/1.1 200 OK").then(
    () => true,
    () => false,
  );
}

function countsDownTo(running: Running, sockets: number): Promise<void> {
  return eventually(() => running.listener.stats().sockets === sockets, `${sockets} sockets`);
}

test("socketsMax connections are served, one more is closed at once, and a place that gets free is taken", async () => {
  const running = await start({ limits: { socketsMax: 3 } });
  const clients = [await connect(running.port), await connect(running.port), await connect(running.port)];
  for (const client of clients) expect(await isServed(client)).toBe(true);
  const extra = await connect(running.port);
  await extra.closed;
  expect(extra.text()).toBe("");
  expect(running.listener.stats().sockets).toBe(3);

  clients[0]?.socket.destroy();
  await countsDownTo(running, 2);
  expect(await isServed(await connect(running.port))).toBe(true);
});

test("socketsPerIpMax bounds one address and not another, and counts down", async () => {
  const running = await start({ limits: { socketsPerIpMax: 2 } });
  const clients = [await connect(running.port), await connect(running.port)];
  for (const client of clients) expect(await isServed(client)).toBe(true);
  await (await connect(running.port)).closed;
  const other = net.connect({ port: running.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
  onTestFinished(() => void other.destroy());
  other.write(GET);
  await new Promise((resolve) => other.once("data", resolve));
  expect(running.listener.stats().sockets).toBe(3);

  clients[0]?.socket.destroy();
  await countsDownTo(running, 2);
  expect(await isServed(await connect(running.port))).toBe(true);
});

test("TLS handshakes are under the caps", async () => {
  const running = await start({ tls: certificate, limits: { socketsPerIpMax: 2 } });
  await connect(running.port);
  await connect(running.port);
  await (await connect(running.port)).closed;
  expect(running.listener.stats().sockets).toBe(2);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["::1", "0:0:0:0"],
  ["::", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
])("%s is counted as %s", (address, key) => {
  expect(ipKey(address)).toBe(key);
});
