/** The life of a run's process: a folder of its own that goes with it, and an end however it goes. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

/** Tried again: a PostgreSQL that has just been told to end may still make a file. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 100 } as const;

/** A new folder below the one named, removed with the process. Children leave when the parent is gone, however it went. */
export function openFolder(parent: string): string {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(resolve(parent), "bench-"));
  process.once("exit", () => rmSync(folder, removal));
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
  return folder;
}

/** A process that hangs must not keep the run for ever. */
export function endAfter(limitSeconds: number): void {
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${limitSeconds} s, given up\n`);
    process.exit(1);
  }, limitSeconds * 1000).unref();
}

/** What a server's process is started with to leave a CPU profile. */
export function profileOptions(folder: string | undefined): string[] {
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(folder)}`];
}

/** Runs a command's work; what it throws becomes one line and the exit code. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
