/** A PostgreSQL of the benchmark's own, with its defaults: durable. It begins and ends with the run. */
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { canBeKept, createEmbeddedPostgres } from "../scripts/embedded-postgres.ts";

export interface BenchPostgres {
  readonly url: string;
  /** Its version and what its durability depends on, as it says itself. */
  readonly description: string;
  /** CPU time of all its processes so far; undefined where there is no /proc. */
  cpuUs(): number | undefined;
  stop(): Promise<void>;
}

export async function startPostgres(folder: string): Promise<BenchPostgres> {
  // As root it runs as another account, which must get through.
  chmodSync(folder, 0o711);
  const own = join(folder, "postgres");
  if (!canBeKept(own)) {
    throw new Error(`${folder}: out of reach of the account that PostgreSQL runs as; name a --folder`);
  }
  const postgres = await createEmbeddedPostgres({ folder: own });
  const url = await postgres.createDatabase("benchmark");
  const postmaster = Number(readFileSync(join(own, "data", "postmaster.pid"), "utf8").split("\n", 1)[0]);
  return {
    url,
    description: await describe(url),
    cpuUs: () => (process.platform === "linux" ? cpuUsOf(postmaster) : undefined),
    stop: () => postgres.stop("fast"),
  };
}

const told = [
  "fsync",
  "synchronous_commit",
  "full_page_writes",
  "wal_sync_method",
  "shared_buffers",
] as const;

async function describe(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const show = async (name: string): Promise<string> => {
      const { rows } = await client.query<[string]>({ text: `SHOW ${name}`, rowMode: "array" });
      return String(rows[0]?.[0]);
    };
    const settings: string[] = [];
    for (const name of told) settings.push(`${name} ${await show(name)}`);
    return `PostgreSQL ${await show("server_version")}: ${settings.join(", ")}`;
  } finally {
    await client.end();
  }
}

const tickUs = 10_000;

/** Of the processes that are there, by the nanosecond; of those that ended, by the tick. */
function cpuUsOf(postmaster: number): number {
  let sumUs = 0;
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const stat = statOf(pid);
    if (stat === undefined || (pid !== postmaster && stat.parent !== postmaster)) continue;
    sumUs += stat.runUs;
    if (pid === postmaster) sumUs += stat.endedChildrenTicks * tickUs;
  }
  return sumUs;
}

interface Stat {
  readonly parent: number;
  readonly endedChildrenTicks: number;
  readonly runUs: number;
}

/** Undefined for a process that has just ended. */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before may hold blanks and parentheses.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [runNs] = readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ", 1);
    return {
      parent: Number(fields[1]),
      endedChildrenTicks: Number(fields[13]) + Number(fields[14]),
      runUs: Number(runNs) / 1000,
    };
  } catch {
    return undefined;
  }
}
