/** `node src/main.ts` as a process of its own, with nothing of the tests' environment but the search path. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));

/** Some fifty processes are started: each is up in half of the time with the code that the first has compiled. */
const compileCache = join(tmpdir(), "organization-service-compile-cache");

export type Environment = Readonly<Record<string, string>>;

export interface ProcessOptions {
  readonly cwd: string;
  readonly env?: Environment | undefined;
  /** A module that is loaded before the program. */
  readonly preload?: string | undefined;
  /** Closes our end of its standard error at once, as a reader does that leaves. */
  readonly leaveStderr?: boolean | undefined;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  stdout(): string;
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** Asks again at each output; rejects when the process ends first, with what it had to say. */
  until<T>(look: () => T | undefined, what: string): Promise<T>;
}

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export function startProcess(args: readonly string[], options: ProcessOptions): RunningProcess {
  const { cwd, env = {}, preload, leaveStderr = false } = options;
  const imports = preload === undefined ? [] : ["--import", preload];
  const child = spawn(process.execPath, [...imports, main, ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? "", NODE_COMPILE_CACHE: compileCache, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("the process could not be started");
  running.add(child);
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      wake();
    });
  }
  if (leaveStderr) child.stderr.destroy();
  let hasEnded = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code, signal) => {
      hasEnded = true;
      running.delete(child);
      resolve({ code, signal, ...output });
      wake();
    });
  });

  return {
    pid,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    signal: (name) => void child.kill(name),
    until: (look, what) =>
      new Promise((resolve, reject) => {
        const watcher = (): void => {
          const found = look();
          if (found === undefined && !hasEnded) return;
          watchers.delete(watcher);
          if (found === undefined)
            reject(new Error(`ended before ${what}:\n${output.stderr}${output.stdout}`));
          else resolve(found);
        };
        watchers.add(watcher);
        watcher();
      }),
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** One that is to end by itself. */
export async function runToEnd(args: readonly string[], options: ProcessOptions): Promise<Ended> {
  await using child = startProcess(args, options);
  return await child.ended;
}
