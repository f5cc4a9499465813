/** The results as text, and as JSON. */
import {
  type Case,
  callTitle,
  engineCalls,
  engineCases,
  readCallers,
  readCases,
  slowDiskCases,
  storageCallers,
  storageCases,
  titleOf,
  writeCases,
} from "./cases.ts";
import type { Environment } from "./environment.ts";
import { type Protocol, protocols } from "./load/call.ts";
import type { Options } from "./options.ts";
import { medianSample } from "./quotients.ts";
import { type Ratio, ratiosOf, type Samples } from "./results.ts";
import { align, digits } from "./table.ts";

export interface Report {
  readonly environment: Environment;
  readonly options: Options;
  readonly notes: readonly string[];
  readonly samples: Samples;
}

export function toJson({ environment, options, notes, samples }: Report): string {
  const { seconds, rounds } = options;
  const measured = [...samples].map(([item, samplesOfCase]) => ({
    ...item,
    title: titleOf(item),
    median: medianSample(samplesOfCase),
    rounds: samplesOfCase,
  }));
  const report = { environment, notes, seconds, rounds, cases: measured, ratios: ratiosOf(samples) };
  return `${JSON.stringify(report, null, 2)}\n`;
}

const protocolTitles: Readonly<Record<Protocol, string>> = {
  connect: "Connect JSON over HTTP/1.1",
  grpc: "gRPC over HTTP/2",
};

export function toText({ environment, options, notes, samples }: Report): string {
  return [
    [...describe(environment, options), ...notes].join("\n"),
    ...protocols.flatMap((protocol) => {
      const own = (item: { readonly protocol: Protocol }): boolean => item.protocol === protocol;
      const title = protocolTitles[protocol];
      return [
        table(`${title}: reads, ${readCallers} callers`, readCases.filter(own), samples),
        table(`${title}: CreateSCIMConfiguration`, writeCases.filter(own), samples),
      ];
    }),
    table("Connect JSON: CreateSCIMConfiguration on a slower disk, emulated", slowDiskCases, samples),
    table(`Storage alone: create, ${storageCallers} callers`, storageCases, samples),
    ...engineCalls.map((call) => {
      const own = engineCases.filter((item) => item.call === call);
      return table(`Connect JSON: ${callTitle(call)}`, own, samples);
    }),
    ratioTable(ratiosOf(samples)),
  ]
    .filter((part) => part !== "")
    .join("\n\n")
    .concat("\n");
}

/** What the numbers depend on, and what they are. */
export function describe(
  environment: Environment,
  { seconds, rounds }: Pick<Options, "seconds" | "rounds">,
): string[] {
  const { disk } = environment;
  return [
    `Node ${environment.node}, connect ${environment.connect}, protobuf ${environment.protobuf}, ` +
      `better-sqlite3 ${environment.betterSqlite3} (SQLite ${environment.sqlite})`,
    `${environment.cpu}, ${environment.cores} cores, ${environment.platform}, ` +
      `load average before the run ${environment.loadAverage.toFixed(2)}`,
    `disk: write and fdatasync of 4 KiB p50 ${disk.fdatasyncP50Ms.toFixed(2)} ms, ` +
      `p99 ${disk.fdatasyncP99Ms.toFixed(2)} ms${disk.inMemory ? " (IN MEMORY: nothing is flushed)" : ""}`,
    `${rounds} rounds of ${seconds} s for each line, in turn; medians. CPU is the server process's alone.`,
  ];
}

function table(title: string, items: readonly Case[], samples: Samples): string {
  const withDatabase = items.some((item) =>
    samples.get(item)?.some(({ databaseCpuUs }) => databaseCpuUs !== undefined),
  );
  const rows = items.flatMap((item) => {
    const measured = samples.get(item);
    if (measured === undefined) return [];
    const { perSecond, p50Ms, p99Ms, cpuUs, databaseCpuUs } = medianSample(measured);
    const cells = [digits(perSecond, 0), digits(p50Ms, 2), digits(p99Ms, 2), digits(cpuUs, 0)];
    return [[titleOf(item), ...cells, ...(withDatabase ? [digits(databaseCpuUs, 0)] : [])]];
  });
  const heads = ["req/s", "p50 ms", "p99 ms", "CPU us/req", ...(withDatabase ? ["PostgreSQL's"] : [])];
  return rows.length === 0 ? "" : align([[title, ...heads], ...rows]);
}

function ratioTable(ratios: readonly Ratio[]): string {
  if (ratios.length === 0) return "";
  const rows = ratios.map(({ title, throughput, cpu, aim }) => [
    title,
    throughput.toFixed(2),
    cpu.toFixed(2),
    aim === undefined ? "" : `>= ${aim}: ${throughput >= aim ? "met" : "NOT met"}`,
  ]);
  return align([["Ratios, of the same round", "req/s", "CPU", "aim, by req/s"], ...rows]);
}
