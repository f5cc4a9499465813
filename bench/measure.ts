/** Starts the processes and measures one case at a time. */
import type { Case, RpcCase, SiteName, StorageCase } from "./cases.ts";
import { type Protocol, protocols } from "./load/call.ts";
import { fieldsOf, numberOf } from "./processes/fields.ts";
import { type Child, startChild } from "./processes/parent.ts";
import { cpuUsPerRequest, parseUsage } from "./processes/usage.ts";
import { parseRecordedResponse } from "./recorded-response.ts";
import { parseSite, type Site } from "./targets.ts";

export interface Sample {
  readonly perSecond: number;
  /** Undefined for what does not cross the network. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** CPU of the server's process alone, kernel time included. */
  readonly cpuUs: number | undefined;
}

export interface Bench {
  /** @throws Error when any call failed */
  measure(item: Case, seconds: number): Promise<Sample>;
  stop(): Promise<void>;
}

const rampMs = 200;

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
    const call = (item: RpcCase): object => {
      const site = item.site === "bare" ? service : siteOf(item.site);
      const port = item.site === "bare" ? barePorts[item.protocol] : site.port;
      return { protocol: item.protocol, port, token: site.token, target: site.targets[item.call] };
    };
    return {
      async measure(item, seconds) {
        await server.ask("delay", { ms: item.delayMs });
        if (item.kind === "storage") return await measureStorage(server, item, seconds);
        const target = item.site === "bare" ? bare : server;
        return await measureRpc(load, target, call(item), item.callers, seconds);
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
      const call = { protocol, port: site.port, token: site.token, target: site.targets[name] };
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

async function measureRpc(
  load: Child,
  target: Child,
  call: object,
  callers: number,
  seconds: number,
): Promise<Sample> {
  await load.ask("start", { call, callers, rampMs });
  const before = parseUsage(await target.ask("usage"));
  const result = await load.ask("finish", { seconds });
  const after = parseUsage(await target.ask("usage"));
  const failures = numberOf(result, "failures");
  if (failures > 0) throw new Error(`${failures} calls failed`);
  return {
    perSecond: numberOf(result, "requests") / numberOf(result, "seconds"),
    p50Ms: numberOf(result, "p50Ms"),
    p99Ms: numberOf(result, "p99Ms"),
    cpuUs: cpuUsPerRequest(before, after),
  };
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
    cpuUs: (after.cpuUs - before.cpuUs) / (perSecond * seconds),
  };
}
