/** PgBouncer in transaction mode before a server, for runs with TEST_PGBOUNCER. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { freePort } from "../../../scripts/embedded-postgres.ts";

export interface PgBouncer extends AsyncDisposable {
  url(database: string): string;
}

const user = "postgres";
/** "nobody": it refuses to run as root. */
const unprivileged = 65_534;
const startTimeoutMs = 10_000;

/** Fewer connections to the server than its clients have to it: they do take turns. */
const settings = {
  listen_addr: "127.0.0.1",
  unix_socket_dir: "",
  auth_type: "trust",
  pool_mode: "transaction",
  default_pool_size: "6",
  max_client_conn: "500",
  // Its default is 15 s, for which it answers nobody after a failed attempt to reach the server.
  server_login_retry: "1",
  // Each new database of a test is a new pool.
  server_idle_timeout: "5",
};

export async function startPgBouncer(executable: string, serverPort: number): Promise<PgBouncer> {
  const folder = mkdtempSync(join(tmpdir(), "organization-service-pgbouncer-"));
  chmodSync(folder, 0o755);
  const port = await freePort();
  const users = join(folder, "users.txt");
  writeFileSync(users, `"${user}" ""\n`);
  const lines = Object.entries({ ...settings, listen_port: String(port), auth_file: users });
  const file = join(folder, "pgbouncer.ini");
  writeFileSync(
    file,
    `[databases]\n* = host=127.0.0.1 port=${serverPort}\n[pgbouncer]\n${lines.map(([name, value]) => `${name} = ${value}`).join("\n")}\n`,
  );
  const account = process.getuid?.() === 0 ? { uid: unprivileged, gid: unprivileged } : {};
  const child = spawn(executable, ["-q", file], { ...account, stdio: "ignore" });
  const url = (database: string): string => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await untilItAnswers(url("postgres"));
  return {
    url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function untilItAnswers(url: string): Promise<void> {
  const deadlineMs = performance.now() + startTimeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await delay(50);
  }
}
