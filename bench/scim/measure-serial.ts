/** Calls that take so long that a window of time would cut them: whole ones, one after the other. */
import type { Sample } from "../measure-rpc.ts";
import type { Child } from "../processes/parent.ts";
import { parseUsage } from "../processes/usage.ts";
import { percentile } from "../statistics.ts";
import type { LoadCall } from "./load/load-call.ts";

const callsMin = 2;

export async function measureSerial(
  load: Child,
  server: Child,
  call: LoadCall,
  seconds: number,
): Promise<Sample> {
  const before = parseUsage(await server.ask("usage"));
  const startMs = performance.now();
  const tookMs: number[] = [];
  do {
    const beganMs = performance.now();
    await load.ask("call", { call });
    tookMs.push(performance.now() - beganMs);
  } while (tookMs.length < callsMin || performance.now() - startMs < seconds * 1000);
  const elapsedMs = performance.now() - startMs;
  const after = parseUsage(await server.ask("usage"));
  return {
    perSecond: (tookMs.length / elapsedMs) * 1000,
    p50Ms: percentile(tookMs, 0.5),
    p99Ms: percentile(tookMs, 0.99),
    cpuUs: (after.cpuUs - before.cpuUs) / tookMs.length,
    databaseCpuUs: undefined,
  };
}
