/** The SCIM server's benchmark: see ../README.md. */
import { readEnvironment } from "../environment.ts";
import { measureRounds, progress } from "../rounds.ts";
import { endAfter, openFolder, profileOptions, runCommand } from "../session.ts";
import { casesOf, nameOf } from "./cases.ts";
import { checkAnswers } from "./check.ts";
import { parseScimOptions, type ScimRunOptions, usage } from "./options.ts";
import { toJson, toText } from "./print.ts";
import { startScimBench } from "./sites.ts";

/** Beyond the measurements: starting, ramps, stopping. */
const spareSeconds = 120;
/** To fill a directory, on a machine with other work. */
const seedSecondsPerThousand = 1;

async function run(options: ScimRunOptions): Promise<void> {
  const { rounds, seconds, sizes } = options;
  const items = casesOf(sizes).filter((item) => nameOf(item).includes(options.only ?? ""));
  if (items.length === 0) throw new Error("--only: no case has this in its name");
  const folder = openFolder(options.folder);
  const seedSeconds = sizes.reduce((sum, users) => sum + (users / 1_000) * seedSecondsPerThousand, 0);
  endAfter(items.length * (rounds * (seconds + 1) + 3) + seedSeconds + spareSeconds);
  const environment = readEnvironment(folder);
  const bench = await startScimBench(folder, sizes, profileOptions(options.cpuProfile));
  try {
    await checkAnswers(bench, items);
    const { measure } = bench;
    const samples = await measureRounds({ items, rounds, measure, secondsOf: () => seconds });
    progress("memory");
    const report = {
      environment,
      options,
      seedSeconds: new Map([...bench.sites].map(([users, site]) => [users, site.seedSeconds])),
      samples,
      groupMemory: options.only === undefined ? await bench.groupMemory() : undefined,
    };
    process.stdout.write(options.json ? toJson(report) : toText(report));
  } finally {
    await bench.stop();
  }
}

await runCommand(async () => {
  const options = parseScimOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(`${usage}\n`);
  else await run(options);
});
