/** Samples by case, and what is made of them: medians over rounds, and medians of ratios of the same round. */
import {
  type Case,
  callTitle,
  type EngineSite,
  emulatedDelaysMs,
  engineCallers,
  engineCalls,
  engineCases,
  type RpcCase,
  readCases,
  slowDiskCases,
  storageCases,
  titleOf,
  writeCallers,
  writeCases,
} from "./cases.ts";
import { protocols } from "./load/call.ts";
import type { Sample } from "./measure-rpc.ts";
import { median } from "./statistics.ts";

/** One sample for each round, in order. */
export type Samples = ReadonlyMap<Case, readonly Sample[]>;

export interface Ratio {
  readonly title: string;
  /** By requests per second. */
  readonly throughput: number;
  /** By the CPU time per request of server and database, turned so that more is better here, too. */
  readonly cpu: number;
  /** What the throughput's ratio should be at least. */
  readonly aim: number | undefined;
}

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

const readAim = 0.85;
const groupCommitAim = 5;

/** All that the samples allow: none of a case that was left out. */
export function ratiosOf(samples: Samples): Ratio[] {
  return [
    ...readRatios(samples),
    ...writeRatios(samples),
    ...storageRatios(samples),
    ...engineRatios(samples),
  ];
}

function readRatios(samples: Samples): Ratio[] {
  return protocols.flatMap((protocol) => {
    const of = (title: string): RpcCase | undefined =>
      readCases.find((item) => item.protocol === protocol && titleOf(item).startsWith(title));
    const get = of("GetSCIMConfiguration");
    return [
      ...ratio(samples, `${protocol}: GetSCIMConfiguration / no-op`, get, of("no-op"), readAim),
      ...ratio(samples, `${protocol}: GetSCIMConfiguration / public no-op`, get, of("public no-op"), readAim),
      ...ratio(samples, `${protocol}: public no-op / bare Node`, of("public no-op"), of("bare")),
      ...ratio(samples, `${protocol}: GetSCIMConfiguration / bare Node`, get, of("bare")),
    ];
  });
}

function writeRatios(samples: Samples): Ratio[] {
  const own = protocols.flatMap((protocol) =>
    writeCallers.flatMap((callers) => {
      const of = (site: string): Case | undefined =>
        writeCases.find(
          (item) => item.protocol === protocol && item.callers === callers && item.site === site,
        );
      const title = `${protocol}: CreateSCIMConfiguration, ${callers} callers: group commit / a commit each`;
      return ratio(samples, title, of("service"), of("single"), groupCommitAim);
    }),
  );
  return [...own, ...emulatedDelaysMs.flatMap((delayMs) => slowDiskRatio(samples, delayMs))];
}

function slowDiskRatio(samples: Samples, delayMs: number): Ratio[] {
  const of = (site: string): Case | undefined =>
    slowDiskCases.find((item) => item.delayMs === delayMs && item.site === site);
  const title = `connect: CreateSCIMConfiguration, 64 callers, disk +${delayMs} ms: the same`;
  return ratio(samples, title, of("grouped"), of("single"), groupCommitAim);
}

function storageRatios(samples: Samples): Ratio[] {
  return [0, ...emulatedDelaysMs].flatMap((delayMs) => {
    const of = (site: string): Case | undefined =>
      storageCases.find((item) => item.delayMs === delayMs && item.site === site);
    const title = `storage alone, 64 callers, disk +${delayMs} ms: the same`;
    return ratio(samples, title, of("grouped"), of("single"), groupCommitAim);
  });
}

function engineRatios(samples: Samples): Ratio[] {
  return engineCalls.flatMap((call) =>
    engineCallers.flatMap((callers) => {
      const of = (site: EngineSite): Case | undefined =>
        engineCases.find((item) => item.call === call && item.callers === callers && item.site === site);
      const title = `${callTitle(call)}, ${callers} callers`;
      return [
        ...ratio(samples, `${title}: PostgreSQL / SQLite`, of("postgres"), of("sqlite")),
        ...ratio(samples, `${title}: two instances / one`, of("two on postgres"), of("postgres")),
      ];
    }),
  );
}

function totalCpuUs({ cpuUs = 0, databaseCpuUs = 0 }: Sample): number {
  return cpuUs + databaseCpuUs;
}

function ratio(
  samples: Samples,
  title: string,
  above: Case | undefined,
  below: Case | undefined,
  aim?: number,
): Ratio[] {
  const tops = above === undefined ? undefined : samples.get(above);
  const bottoms = below === undefined ? undefined : samples.get(below);
  if (tops === undefined || bottoms === undefined) return [];
  const paired = (quotient: (top: Sample, bottom: Sample) => number): number =>
    median(
      tops.flatMap((top, round) => bottoms.slice(round, round + 1).map((bottom) => quotient(top, bottom))),
    );
  return [
    {
      title,
      throughput: paired((top, bottom) => top.perSecond / bottom.perSecond),
      cpu: paired((top, bottom) => totalCpuUs(bottom) / totalCpuUs(top)),
      aim,
    },
  ];
}
