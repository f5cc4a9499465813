/** One measurement over the network: what callers see, and what it costs those who answer. */
import { numberOf } from "./processes/fields.ts";
import type { Child } from "./processes/parent.ts";
import { cpuUsPerRequest, parseUsage, type Usage } from "./processes/usage.ts";

export interface Sample {
  readonly perSecond: number;
  /** Undefined for what does not cross the network. */
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  /** CPU of the server's processes alone, kernel time included. */
  readonly cpuUs: number | undefined;
  /** CPU of the database's processes, where it has its own. */
  readonly databaseCpuUs: number | undefined;
}

export interface Measured {
  /** As the load's process reads it (load/call.ts). */
  readonly call: object;
  readonly servers: readonly Child[];
  readonly databaseCpuUs?: () => number | undefined;
}

const rampMs = 200;

export async function measureRpc(
  load: Child,
  { call, servers, databaseCpuUs = () => undefined }: Measured,
  callers: number,
  seconds: number,
): Promise<Sample> {
  await load.ask("start", { call, callers, rampMs });
  const before = await usageOf(servers);
  const databaseBefore = databaseCpuUs();
  const result = await load.ask("finish", { seconds });
  const databaseAfter = databaseCpuUs();
  const after = await usageOf(servers);
  const failures = numberOf(result, "failures");
  if (failures > 0) throw new Error(`${failures} calls failed`);
  return {
    perSecond: numberOf(result, "requests") / numberOf(result, "seconds"),
    p50Ms: numberOf(result, "p50Ms"),
    p99Ms: numberOf(result, "p99Ms"),
    cpuUs: cpuUsPerRequest(before, after),
    databaseCpuUs:
      databaseBefore === undefined || databaseAfter === undefined
        ? undefined
        : (databaseAfter - databaseBefore) / (after.requests - before.requests),
  };
}

async function usageOf(servers: readonly Child[]): Promise<Usage> {
  const usages = await Promise.all(servers.map(async (server) => parseUsage(await server.ask("usage"))));
  return {
    cpuUs: usages.reduce((sum, { cpuUs }) => sum + cpuUs, 0),
    requests: usages.reduce((sum, { requests }) => sum + requests, 0),
  };
}
