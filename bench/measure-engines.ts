/** The service on SQLite, on PostgreSQL, and two instances on the same PostgreSQL, each in a process of its own. */
import { join } from "node:path";
import { type Case, engineCallers, type SiteName } from "./cases.ts";
import type { Bench } from "./measure.ts";
import { type Measured, measureRpc } from "./measure-rpc.ts";
import { startPostgres } from "./postgres.ts";
import { type Child, startChild } from "./processes/parent.ts";
import { parseSite, type Site } from "./targets.ts";

/** One for each caller, when each is to have its own. */
const organizations = Math.max(...engineCallers);

interface Instance {
  readonly child: Child;
  readonly site: Site;
}

interface Engine {
  readonly instances: readonly [Instance, ...Instance[]];
  readonly databaseCpuUs: () => number | undefined;
}

export async function startEngineBench(folder: string, serverOptions: readonly string[]): Promise<Bench> {
  const postgres = await startPostgres(folder);
  const load = startChild("load/main.ts");
  const children = [load];
  const start = async (databaseUrl: string, count: number): Promise<Instance> => {
    const child = startChild("server/engine.ts", serverOptions);
    children.push(child);
    return { child, site: parseSite(await child.ask("open", { databaseUrl, organizations: count })) };
  };
  const stop = async (): Promise<void> => {
    for (const child of children) await child.stop();
    await postgres.stop();
  };
  try {
    const sqlite = await start(`sqlite:${join(folder, "engine.db")}`, organizations);
    const one = await start(postgres.url, organizations);
    // It has an organization of its own that nobody calls: all is asked about those of the first.
    const other = await start(postgres.url, 1);
    const engines = new Map<SiteName, Engine>([
      ["sqlite", { instances: [sqlite], databaseCpuUs: () => undefined }],
      ["postgres", { instances: [one], databaseCpuUs: postgres.cpuUs }],
      ["two on postgres", { instances: [one, other], databaseCpuUs: postgres.cpuUs }],
    ]);
    return {
      notes: [postgres.description, ...paid],
      async measure(item, seconds) {
        return await measureRpc(load, measuredOf(engines, item), item.callers, seconds);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const paid = [
  "SQLite: one process, WAL, synchronous=FULL, one commit for all that came together (group commit); its CPU is the server's.",
  "PostgreSQL: a transaction for each create, which shares a flush with what commits then; 10 connections an instance.",
  "Two instances: callers in turns over both; CPU is the sum of both. Each line: authentication by the database, log, answer.",
  "Load, servers and PostgreSQL share the cores: what a second instance gains does not show here. See CPU per request.",
];

function measuredOf(engines: ReadonlyMap<SiteName, Engine>, item: Case): Measured {
  const engine = engines.get(item.site);
  if (item.kind === "storage" || engine === undefined) throw new Error("no such engine");
  const { instances, databaseCpuUs } = engine;
  return {
    call: {
      protocol: item.protocol,
      ports: instances.map(({ site }) => site.port),
      targets: instances[0].site.targets[item.call],
    },
    servers: instances.map(({ child }) => child),
    databaseCpuUs,
  };
}
