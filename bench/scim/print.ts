/** The results as text, and as JSON. */
import type { Environment } from "../environment.ts";
import { describe } from "../print.ts";
import { medianSample } from "../quotients.ts";
import { align, digits } from "../table.ts";
import { type CallName, callNames } from "./calls.ts";
import { callTitles, grouped, rowTitle } from "./cases.ts";
import type { GroupMemory } from "./group-memory.ts";
import type { ScimRunOptions } from "./options.ts";
import { type Aim, isMet, type ScimRatio, type ScimSamples, scimRatiosOf } from "./results.ts";

export interface ScimReport {
  readonly environment: Environment;
  readonly options: ScimRunOptions;
  /** Seconds that it took to fill each directory. */
  readonly seedSeconds: ReadonlyMap<number, number>;
  readonly samples: ScimSamples;
  readonly groupMemory: GroupMemory | undefined;
}

export function toJson({ environment, options, seedSeconds, samples, groupMemory }: ScimReport): string {
  const { seconds, rounds } = options;
  const cases = [...samples].map(([item, ofItem]) => ({
    ...item,
    title: `${callTitles[item.call]}: ${rowTitle(item)}`,
    median: medianSample(ofItem),
    rounds: ofItem,
  }));
  const report = {
    environment,
    seconds,
    rounds,
    seedSeconds: Object.fromEntries(seedSeconds),
    cases,
    ratios: scimRatiosOf(samples),
    groupMemory,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

export function toText({ environment, options, seedSeconds, samples, groupMemory }: ScimReport): string {
  const filled = [...seedSeconds].map(
    ([users, seconds]) => `${grouped(users)} users in ${seconds.toFixed(1)} s`,
  );
  return [
    [...describe(environment, options), `filled: ${filled.join(", ")}`].join("\n"),
    ...callNames.map((call) => table(call, samples)),
    groupMemory === undefined ? "" : memoryText(groupMemory),
    ratioTable(scimRatiosOf(samples)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

function table(call: CallName, samples: ScimSamples): string {
  const rows = [...samples].flatMap(([item, ofItem]) => {
    if (item.call !== call) return [];
    const { perSecond, p50Ms, p99Ms, cpuUs } = medianSample(ofItem);
    return [
      [
        rowTitle(item),
        digits(perSecond, perSecond < 100 ? 2 : 0),
        digits(p50Ms, 2),
        digits(p99Ms, 2),
        digits(cpuUs, 0),
      ],
    ];
  });
  const heads = ["req/s", "p50 ms", "p99 ms", "CPU us/req"];
  return rows.length === 0 ? "" : align([[callTitles[call], ...heads], ...rows]);
}

function memoryText({ members, bytes, tookMs, beforeBytes, peakBytes }: GroupMemory): string {
  return (
    `GET a group of ${grouped(members)} members: ${mebibytes(bytes)} in ${tookMs.toFixed(0)} ms; ` +
    `memory of the service's process ${mebibytes(beforeBytes)} before, ${mebibytes(peakBytes)} at most`
  );
}

function mebibytes(bytes: number | undefined): string {
  return bytes === undefined ? "-" : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function ratioTable(ratios: readonly ScimRatio[]): string {
  if (ratios.length === 0) return "";
  const rows = ratios.map(({ title, throughput, cpu, aim }) => [
    title,
    throughput.toFixed(2),
    cpu.toFixed(2),
    aim === undefined ? "" : `${aimText(aim)}: ${isMet(aim, throughput) ? "met" : "NOT met"}`,
  ]);
  return align([["Ratios, of the same round", "req/s", "CPU", "aim, by req/s"], ...rows]);
}

function aimText(aim: Aim): string {
  return "atLeast" in aim ? `>= ${aim.atLeast}` : `<= ${aim.atMost}`;
}
