/** Starts the processes and measures one case at a time. */
import type { Case, RpcCase, SiteName, StorageCase } from "./cases.ts";
import { type Protocol, protocols } from "./load/call.ts";
import { type Measured, measureRpc, type Sample } from "./measure-rpc.ts";
import { fieldsOf, numberOf } from "./processes/fields.ts";
import { type Child, startChild } from "./processes/parent.ts";
import { parseUsage } from "./processes/usage.ts";
import { parseRecordedResponse } from "./recorded-response.ts";
import { parseSite, type Site } from "./targets.ts";

export interface Bench {
  /** What the lines pay, for the reader of the table. */
  readonly notes: readonly string[];
  /** @throws Error when any call failed */
  measure(item: Case, seconds: number): Promise<Sample>;
  stop(): Promise<void>;
}

/** Also checks that everything that will be called succeeds, and that all reads give the same bytes. */
export async function startBench(folder: string, serverOptions: readonly string[]): Promise<Bench> {
  const server = startChild("server/main.ts", serverOptions);
  const bare = startChild("server/bare.ts");
  const load = startChild("load/main.ts");
  const children = [load, bare, server];
  const stop = async (): Promise<void> => {
    for (const child of children) await child.stop();
  };
  try {
    const opened = await server.ask("open", { folder });
    const siteOf = (name: SiteName): Site => parseSite(fieldsOf(opened, name));
    const service = siteOf("service");
    const barePorts = await openBare(bare, load, service);
    const measured = ({ site: name, protocol, call }: RpcCase): Measured => {
      const site = name === "bare" ? service : siteOf(name);
      const port = name === "bare" ? barePorts[protocol] : site.port;
      return {
        call: { protocol, ports: [port], targets: site.targets[call] },
        servers: [name === "bare" ? bare : server],
      };
    };
    return {
      notes: [],
      async measure(item, seconds) {
        await server.ask("delay", { ms: item.delayMs });
        if (item.kind === "storage") return await measureStorage(server, item, seconds);
        return await measureRpc(load, measured(item), item.callers, seconds);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Records an answer of GetSCIMConfiguration in each protocol, for the bare servers to give. */
async function openBare(bare: Child, load: Child, site: Site): Promise<Record<Protocol, number>> {
  const recorded: Record<string, object> = {};
  for (const protocol of protocols) {
    const answer = async (name: string) => {
      const call = { protocol, ports: [site.port], targets: site.targets[name] };
      return parseRecordedResponse(await load.ask("call", { call }));
    };
    const get = await answer("get");
    for (const other of ["no-op", "public no-op"]) {
      const { body } = await answer(other);
      if (!Buffer.from(get.body).equals(body)) throw new Error(`${other} answers other bytes`);
    }
    await answer("create");
    recorded[protocol] = get;
  }
  const ports = await bare.ask("open", recorded);
  return { connect: numberOf(ports, "connect"), grpc: numberOf(ports, "grpc") };
}

async function measureStorage(
  server: Child,
  { site, callers }: StorageCase,
  seconds: number,
): Promise<Sample> {
  const before = parseUsage(await server.ask("usage"));
  const result = await server.ask("storage", { site, callers, seconds });
  const after = parseUsage(await server.ask("usage"));
  const perSecond = numberOf(result, "perSecond");
  return {
    perSecond,
    p50Ms: undefined,
    p99Ms: undefined,
    databaseCpuUs: undefined,
    cpuUs: (after.cpuUs - before.cpuUs) / (perSecond * seconds),
  };
}
