/** The script with which a person tries the service on PostgreSQL. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseEnv } from "node:util";
import { expect, it } from "vitest";
import { freePort } from "../../scripts/embedded-postgres.ts";
import { temporaryFolder } from "../support/storage-sqlite.ts";

const script = join(import.meta.dirname, "../../scripts/dev-postgres.ts");

interface Running {
  /** What a person reads. */
  readonly said: readonly string[];
  /** A call of OrganizationService that succeeds: its answer's text. */
  call(method: string, token: string, body: object): Promise<string>;
  /** Ctrl-C; resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

async function run(folder: string): Promise<Running> {
  const port = await freePort();
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, [script, folder], { env, stdio: ["ignore", "pipe", "pipe"] });
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => said.push(line));
  const ended = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('"serving"')) break;
  child.stdout.resume();
  return {
    said,
    async call(method, token, body) {
      const response = await fetch(`http://127.0.0.1:${port}/gitpod.v1.OrganizationService/${method}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      });
      expect(response.status).toBe(200);
      return await response.text();
    },
    async interrupt() {
      child.kill("SIGINT");
      await ended;
      return child.exitCode;
    },
  };
}

it("it says how to call the service, ends with Ctrl-C, and finds everything again", async () => {
  await using folder = await temporaryFolder();
  // The account that PostgreSQL runs as must get there.
  chmodSync(folder.path, 0o755);
  const path = folder.file("postgres");
  const first = await run(path);
  expect(first.said[0]).toMatch(/^PostgreSQL: postgres:\/\/postgres@127\.0\.0\.1:\d+\/organization_service$/);
  const secrets = join(path, "dev.env");
  const { ADMIN_TOKEN: token = "" } = parseEnv(readFileSync(secrets, "utf8"));
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(first.said.join("\n")).toContain(`. ${secrets}; curl `);
  expect(first.said.join("\n")).not.toContain(token);
  const created = await first.call("CreateOrganization", token, { name: "Acme" });
  expect(await first.interrupt()).toBe(0);

  const second = await run(path);
  const organizationId = /"id":"([^"]+)"/.exec(created)?.[1];
  expect(await second.call("GetOrganization", token, { organizationId })).toBe(created);
  expect(await second.interrupt()).toBe(0);
});
