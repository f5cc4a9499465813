import { parseArgs } from "node:util";
import { type RunOptions, runFlags, toRunOptions } from "../options.ts";
import { directorySizes, million } from "./cases.ts";

export interface ScimRunOptions extends RunOptions {
  /** Users of each directory. */
  readonly sizes: readonly number[];
}

export const usage = `node bench/scim/run.ts [options]
  --seconds <n>       how long each case is measured in each round (0.6)
  --rounds <n>        how often (5)
  --million           a directory of 1,000,000 users as well: 5 to 8 more minutes to fill it, and 13 GB of disk
  --users <n>         only the directory of so many users
  --only <text>       only cases whose name contains the text, such as "GET one"
  --cpu-prof <folder> leave a CPU profile of each service there, for Chrome's DevTools or speedscope
  --folder <folder>   where the database files go, on the disk to measure (data/)
  --json              one JSON object with every sample instead of the tables`;

/** @throws Error that says what is wrong with the arguments */
export function parseScimOptions(args: readonly string[]): ScimRunOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...runFlags,
      seconds: { type: "string", default: "0.6" },
      million: { type: "boolean", default: false },
      users: { type: "string" },
    },
  });
  if (values.help) return "help";
  const sizes = values.million ? [...directorySizes, million] : directorySizes;
  const chosen = sizes.filter((size) => values.users === undefined || size === Number(values.users));
  if (chosen.length === 0) throw new Error(`--users: expected one of ${sizes.join(", ")}`);
  return { ...toRunOptions(values), sizes: chosen };
}
