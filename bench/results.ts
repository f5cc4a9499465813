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
import { type Quotient, quotientOf } from "./quotients.ts";

/** One sample for each round, in order. */
export type Samples = ReadonlyMap<Case, readonly Sample[]>;

export interface Ratio extends Quotient {
  readonly title: string;
  /** What the throughput's ratio should be at least. */
  readonly aim: number | undefined;
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

function ratio(
  samples: Samples,
  title: string,
  above: Case | undefined,
  below: Case | undefined,
  aim?: number,
): Ratio[] {
  const quotient = quotientOf(samples, above, below);
  return quotient === undefined ? [] : [{ title, ...quotient, aim }];
}
