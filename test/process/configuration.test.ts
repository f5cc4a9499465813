import { existsSync, readFileSync } from "node:fs";
import * as https from "node:https";
import { fileURLToPath } from "node:url";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { expect, it } from "vitest";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import { createFolder } from "./support/folder.ts";
import { linesOf, refusedStart, startService } from "./support/service.ts";

const fixtures = new URL("../server/listener/fixtures/", import.meta.url);
const certPath = fileURLToPath(new URL("localhost.cert.pem", fixtures));
const keyPath = fileURLToPath(new URL("localhost.key.pem", fixtures));

it("a bad configuration is refused with every problem, one line each, before anything is made", async () => {
  using folder = createFolder();
  const env = {
    PORT: "eighty",
    HOST: "[::1]",
    DATABASE_URL: "mysql://root@localhost/db",
    ADMIN_TOKEN: "changeme",
    ENCRYPTION_KEY: "too-short",
    TLS_CERT: certPath,
    LOG_LEVEL: "loud",
    HEADERS_TIMEOUT_MS: "20000",
    REQUEST_TIMEOUT_MS: "10000",
  };
  const { code, stdout, stderr } = await refusedStart({ cwd: folder.path, env });
  expect(code).toBe(2);
  expect(stdout).toBe("");
  const lines = linesOf(stderr);
  const named = lines.map((line) => line.split(":")[0]);
  expect(named.toSorted()).toEqual([
    "ADMIN_TOKEN",
    "DATABASE_URL",
    "ENCRYPTION_KEY",
    "HOST",
    "LOG_LEVEL",
    "PORT",
    "REQUEST_TIMEOUT_MS",
    "TLS_KEY",
  ]);
  expect(stderr).not.toMatch(/^\s+at |changeme|too-short|root@/m);
  expect(existsSync(folder.databasePath)).toBe(false);
});

it("a host that others can reach is served in clear with a warning", async () => {
  using folder = createFolder();
  await using service = await startService({ cwd: folder.path, env: { HOST: "0.0.0.0" } });
  expect((await fetch(`http://${service.authority}/readyz`)).status).toBe(200);
  const { stderr } = await service.stop();
  expect(linesOf(stderr)[0]).toMatch(
    /^warning: HOST: 0\.0\.0\.0 is reachable from other machines and TLS_CERT is unset/,
  );
  expect(stderr).toContain(`curl http://localhost:${service.port}/`);
});

it("TLS_CERT and TLS_KEY serve TLS, of HTTP/1.1 and of HTTP/2, and nothing in clear", async () => {
  using folder = createFolder();
  const env = { TLS_CERT: certPath, TLS_KEY: keyPath, HOST: "0.0.0.0" };
  await using service = await startService({ cwd: folder.path, env });
  const ca = readFileSync(certPath);
  expect(await statusOverTls(`https://localhost:${service.port}/readyz`, ca)).toBe(200);
  const transport = createGrpcTransport({
    baseUrl: `https://localhost:${service.port}`,
    nodeOptions: { ca },
  });
  expect((await createClient(Health, transport).check({})).status).toBe(1);
  await expect(fetch(`http://${service.authority}/readyz`)).rejects.toThrow();
  const { code, stderr } = await service.stop();
  expect(code).toBe(0);
  expect(stderr).not.toContain("warning");
  expect(stderr).toContain(`curl https://localhost:${service.port}/`);
});

it("sqlite::memory: serves without a file of any kind", async () => {
  using folder = createFolder();
  await using service = await startService({ cwd: folder.path, env: { DATABASE_URL: "sqlite::memory:" } });
  await service.operatorToken();
  const { code, stderr } = await service.stop();
  expect(code).toBe(0);
  expect(stderr).not.toContain("made ");
  expect(existsSync(folder.file("data"))).toBe(false);
});

function statusOverTls(url: string, ca: Buffer): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { ca, agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode);
      })
      .once("error", reject);
  });
}
