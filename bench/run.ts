/** The benchmark's command: see README.md. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Case, cases, engineCases, nameOf } from "./cases.ts";
import { readEnvironment } from "./environment.ts";
import { type Bench, startBench } from "./measure.ts";
import { startEngineBench } from "./measure-engines.ts";
import type { Sample } from "./measure-rpc.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { toJson, toText } from "./print.ts";
import type { Samples } from "./results.ts";

/** Long enough for V8 to have compiled what the case runs. */
const warmUpSeconds = 0.6;
/** Beyond what was asked for: starting, seeding, ramps, stopping. */
const spareSeconds = 120;

async function measureAll(bench: Bench, options: Options, selected: readonly Case[]): Promise<Samples> {
  const samples = new Map<Case, Sample[]>(selected.map((item) => [item, []]));
  progress("warm-up");
  for (const item of selected) await bench.measure(item, warmUpSeconds);
  for (let round = 1; round <= options.rounds; round += 1) {
    progress(`round ${round} of ${options.rounds}`);
    for (const [item, collected] of samples) {
      collected.push(await bench.measure(item, options.seconds * weightOf(item)));
    }
  }
  return samples;
}

/**
 * Of the time that a case gets. On a slow disk with a commit each, answers leave in bursts of one for each caller, a
 * quarter of a second apart: a short window counts one burst more or less. The storage alone runs without such noise.
 */
function weightOf(item: Case): number {
  if (item.kind === "storage") return 0.5;
  return item.delayMs === 0 ? 1 : 2;
}

/** Tried again: a PostgreSQL that has just been told to end may still make a file. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;

async function run(options: Options): Promise<void> {
  const all = options.postgres ? engineCases : cases;
  const selected = all.filter((item) => nameOf(item).includes(options.only ?? ""));
  if (selected.length === 0) throw new Error("--only: no case has this in its name");
  mkdirSync(options.folder, { recursive: true });
  const folder = mkdtempSync(join(resolve(options.folder), "bench-"));
  // Children leave when the parent is gone, however it went.
  process.once("exit", () => rmSync(folder, removal));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  endLate(options, selected.length);
  const environment = readEnvironment(folder);
  const start = options.postgres ? startEngineBench : startBench;
  const bench = await start(folder, profileOptions(options));
  try {
    const samples = await measureAll(bench, options, selected);
    const print = options.json ? toJson : toText;
    process.stdout.write(print({ environment, options, notes: bench.notes, samples }));
  } finally {
    await bench.stop();
  }
}

/** A process that hangs must not keep the run for ever. */
function endLate({ rounds, seconds }: Options, count: number): void {
  const limitSeconds = count * (rounds * (seconds + 1) + 3) + spareSeconds;
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${limitSeconds} s, given up\n`);
    process.exit(1);
  }, limitSeconds * 1000).unref();
}

function profileOptions({ cpuProfile }: Options): string[] {
  return cpuProfile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(cpuProfile)}`];
}

function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(`${usage}\n`);
  else await run(options);
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
