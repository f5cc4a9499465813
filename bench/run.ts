/** The benchmark's command: see README.md. */
import { type Case, cases, engineCases, nameOf } from "./cases.ts";
import { readEnvironment } from "./environment.ts";
import { startBench } from "./measure.ts";
import { startEngineBench } from "./measure-engines.ts";
import { type Options, parseOptions, usage } from "./options.ts";
import { toJson, toText } from "./print.ts";
import { measureRounds } from "./rounds.ts";
import { endAfter, openFolder, profileOptions, runCommand } from "./session.ts";

/** Beyond what was asked for: starting, seeding, ramps, stopping. */
const spareSeconds = 120;

/**
 * Of the time that a case gets. On a slow disk with a commit each, answers leave in bursts of one for each caller, a
 * quarter of a second apart: a short window counts one burst more or less. The storage alone runs without such noise.
 */
function weightOf(item: Case): number {
  if (item.kind === "storage") return 0.5;
  return item.delayMs === 0 ? 1 : 2;
}

async function run(options: Options): Promise<void> {
  const { rounds, seconds } = options;
  const all = options.postgres ? engineCases : cases;
  const items = all.filter((item) => nameOf(item).includes(options.only ?? ""));
  if (items.length === 0) throw new Error("--only: no case has this in its name");
  const folder = openFolder(options.folder);
  endAfter(items.length * (rounds * (seconds + 1) + 3) + spareSeconds);
  const environment = readEnvironment(folder);
  const start = options.postgres ? startEngineBench : startBench;
  const bench = await start(folder, profileOptions(options.cpuProfile));
  try {
    const samples = await measureRounds<Case>({
      items,
      rounds,
      measure: bench.measure,
      secondsOf: (item) => seconds * weightOf(item),
    });
    const print = options.json ? toJson : toText;
    process.stdout.write(print({ environment, options, notes: bench.notes, samples }));
  } finally {
    await bench.stop();
  }
}

await runCommand(async () => {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(`${usage}\n`);
  else await run(options);
});
