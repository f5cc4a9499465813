import { parseArgs } from "node:util";

/** What every benchmark is asked. */
export interface RunOptions {
  /** How long each case is measured in each round. */
  readonly seconds: number;
  readonly rounds: number;
  readonly json: boolean;
  /** Cases whose name, such as `grpc: no-op`, contains this; undefined: all. */
  readonly only: string | undefined;
  /** Where V8 leaves a CPU profile of the server; undefined: none is taken. */
  readonly cpuProfile: string | undefined;
  /** Where the database files go: on the disk that is to be measured. */
  readonly folder: string;
}

export interface Options extends RunOptions {
  /** The engines instead: SQLite, PostgreSQL, two instances on it. */
  readonly postgres: boolean;
}

export const usage = `node bench/run.ts [options]
  --seconds <n>       how long each case is measured in each round (0.8)
  --rounds <n>        how often (5)
  --postgres          SQLite beside PostgreSQL and two instances on it, instead of the usual cases
  --only <text>       only cases whose name contains the text, such as "grpc: no-op"
  --cpu-prof <folder> leave a CPU profile of the server there, for Chrome's DevTools or speedscope
  --folder <folder>   where the database files go, on the disk to measure (data/)
  --json              one JSON object with every sample instead of the tables`;

/** As `parseArgs` takes them. */
export const runFlags = {
  seconds: { type: "string", default: "0.8" },
  rounds: { type: "string", default: "5" },
  only: { type: "string" },
  "cpu-prof": { type: "string" },
  folder: { type: "string", default: "data" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** @throws Error that says what is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: { ...runFlags, postgres: { type: "boolean", default: false } },
  });
  if (values.help) return "help";
  return { ...toRunOptions(values), postgres: values.postgres };
}

interface RunValues {
  readonly seconds: string;
  readonly rounds: string;
  readonly json: boolean;
  readonly only?: string | undefined;
  readonly "cpu-prof"?: string | undefined;
  readonly folder: string;
}

/** @throws Error that says what is wrong with a value */
export function toRunOptions(values: RunValues): RunOptions {
  return {
    seconds: positive("seconds", values.seconds),
    rounds: wholeNumber("rounds", values.rounds),
    json: values.json,
    only: values.only,
    cpuProfile: values["cpu-prof"],
    folder: values.folder,
  };
}

function wholeNumber(name: string, text: string): number {
  const value = positive(name, text);
  if (!Number.isInteger(value)) throw new Error(`--${name}: expected a whole number`);
  return value;
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 600)) throw new Error(`--${name}: expected a number above 0, up to 600`);
  return value;
}
