/** Medians over rounds, and medians of the quotients within one round. */
import type { Sample } from "./measure-rpc.ts";
import { median } from "./statistics.ts";

export function medianSample(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number | undefined): number | undefined => {
    const values = samples.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  return {
    perSecond: of((sample) => sample.perSecond) ?? 0,
    p50Ms: of((sample) => sample.p50Ms),
    p99Ms: of((sample) => sample.p99Ms),
    cpuUs: of((sample) => sample.cpuUs),
    databaseCpuUs: of((sample) => sample.databaseCpuUs),
  };
}

export interface Quotient {
  /** By requests per second. */
  readonly throughput: number;
  /** By the CPU time per request of server and database, turned so that more is better here, too. */
  readonly cpu: number;
}

/** Undefined when one of them was not measured. */
export function quotientOf<Item>(
  samples: ReadonlyMap<Item, readonly Sample[]>,
  above: Item | undefined,
  below: Item | undefined,
): Quotient | undefined {
  const tops = above === undefined ? undefined : samples.get(above);
  const bottoms = below === undefined ? undefined : samples.get(below);
  if (tops === undefined || bottoms === undefined) return undefined;
  const paired = (quotient: (top: Sample, bottom: Sample) => number): number =>
    median(
      tops.flatMap((top, round) => bottoms.slice(round, round + 1).map((bottom) => quotient(top, bottom))),
    );
  return {
    throughput: paired((top, bottom) => top.perSecond / bottom.perSecond),
    cpu: paired((top, bottom) => totalCpuUs(bottom) / totalCpuUs(top)),
  };
}

function totalCpuUs({ cpuUs = 0, databaseCpuUs = 0 }: Sample): number {
  return cpuUs + databaseCpuUs;
}
