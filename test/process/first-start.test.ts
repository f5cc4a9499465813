import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import * as net from "node:net";
import { expect, it } from "vitest";
import { cli, sqliteEnv } from "../cli/support.ts";
import { identityOf } from "./support/clients.ts";
import { organizationNames } from "./support/database.ts";
import { createFolder } from "./support/folder.ts";
import { linesOf, operatorTokenPattern, refusedStart, startService } from "./support/service.ts";

const adminToken = "vFq8Zp3kXw7Rb2Nc9Tj4Hm6Ld1Gs5Yt0";
const encryptionKey = "8f1c0de4b75a29936e80f2d7c41ab65e93d20f7c6b18e4a5d07f3296c85b1ea4";
const hasCurl = spawnSync("curl", ["--version"]).status === 0;

/** The lines that a start shows an operator to paste. */
function shownCall(stderr: string): string {
  const lines = linesOf(stderr);
  return lines.slice(lines.findIndex((line) => line.trimStart().startsWith("curl "))).join("\n");
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777;
}

it("the first start prints the operator token on standard error, and the second prints none", async () => {
  using folder = createFolder();
  await using first = await startService({ cwd: folder.path });
  const token = await first.operatorToken();
  const { stderr, stdout } = await first.stop();
  expect(linesOf(stderr).filter((line) => line.startsWith("operator token"))).toEqual([
    `operator token, not shown again: ${token}`,
  ]);
  expect(stdout).not.toMatch(/orgsvc_/);

  await using second = await startService({ cwd: folder.path });
  expect((await identityOf(second.port, token)).organizationId).toBe("");
  const ended = await second.stop();
  expect(ended.stderr).toBe("");
  expect(ended.stdout).not.toMatch(/orgsvc_/);
});

it.skipIf(!hasCurl)("the call that the first start shows works when it is pasted into bash", async () => {
  using folder = createFolder();
  await using service = await startService({ cwd: folder.path });
  await service.operatorToken();
  await service.until(() => (service.stderr().includes(" -d ") ? true : undefined), "it showed the call");
  const answer = execFileSync("bash", {
    input: `${shownCall(service.stderr())}\n`,
    encoding: "utf8",
    stdio: "pipe",
  });
  expect(JSON.parse(answer)).toMatchObject({ organization: { name: "Acme" } });
  await service.stop();
  expect(organizationNames(folder.databasePath)).toEqual(["Acme"]);
});

it("the key file is for its owner alone, and mentioned by the start that made it", async () => {
  using folder = createFolder();
  await using first = await startService({ cwd: folder.path });
  const { stderr } = await first.stop();
  expect(linesOf(stderr)[0]).toBe(
    `made ${folder.keyPath}: back it up apart from the database, which cannot be read without it`,
  );
  expect(stderr.split(folder.keyPath)).toHaveLength(2);
  expect(modeOf(folder.keyPath)).toBe(0o600);
  expect(stderr).not.toContain(readFileSync(folder.keyPath, "utf8").trim());
});

it("with ADMIN_TOKEN and ENCRYPTION_KEY set, a first start prints nothing and makes no key file", async () => {
  using folder = createFolder();
  const env = { ADMIN_TOKEN: adminToken, ENCRYPTION_KEY: encryptionKey };
  await using service = await startService({ cwd: folder.path, env });
  expect((await identityOf(service.port, adminToken)).organizationId).toBe("");
  const { stderr, stdout } = await service.stop();
  expect(stderr).toBe("");
  expect(stdout).not.toContain(adminToken);
  expect(existsSync(folder.keyPath)).toBe(false);
});

it("while ADMIN_TOKEN is set, the token that was made earlier opens nothing", async () => {
  using folder = createFolder();
  const database = sqliteEnv(folder.databasePath);
  await cli(["migrate"], database);
  const {
    out: [made = ""],
  } = await cli(["token", "create", "--operator"], database);
  await using service = await startService({ cwd: folder.path, env: { ADMIN_TOKEN: adminToken } });
  await identityOf(service.port, adminToken);
  await expect(identityOf(service.port, made)).rejects.toThrow(/opens nothing/);
});

it("a warm start serves within five seconds", { retry: 2 }, async ({ annotate }) => {
  using folder = createFolder();
  await cli(["migrate"], sqliteEnv(folder.databasePath));
  await using service = await startService({ cwd: folder.path });
  await annotate(`ready after ${Math.round(service.readyMs)} ms`);
  expect(service.readyMs).toBeLessThan(5_000);
});

it("a start that cannot listen says so in one line, ends with 1 and leaves the token to the next start", async () => {
  using folder = createFolder();
  await using occupied = await occupyPort();
  const env = { PORT: String(occupied.port) };
  const inUse = `127.0.0.1:${occupied.port} is in use: stop what listens there, or set PORT to another`;

  const first = await refusedStart({ cwd: folder.path, env });
  expect(first.code).toBe(1);
  // The key file was made all the same, and no later start would tell of it.
  expect(linesOf(first.stderr)).toEqual([expect.stringContaining(`made ${folder.keyPath}`), inUse]);
  const again = await refusedStart({ cwd: folder.path, env });
  expect(again).toMatchObject({ code: 1, stderr: `${inUse}\n`, stdout: "" });

  await using service = await startService({ cwd: folder.path });
  const token = await service.operatorToken();
  expect(token).toMatch(operatorTokenPattern);
  await identityOf(service.port, token);
});

it("a host that is not this machine's is refused in one line that names HOST", async () => {
  using folder = createFolder();
  const env = { HOST: "192.0.2.1", ENCRYPTION_KEY: encryptionKey };
  const { code, stderr } = await refusedStart({ cwd: folder.path, env });
  expect(code).toBe(1);
  expect(linesOf(stderr).at(-1)).toMatch(
    /^192\.0\.2\.1:0 cannot be listened on \(EADDRNOTAVAIL\): check HOST/,
  );
  expect(stderr).not.toMatch(/^\s+at /m);
});

async function occupyPort(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1" }, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP port");
  return {
    port: address.port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
