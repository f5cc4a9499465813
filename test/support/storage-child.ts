/** Other processes, for what only they can do to a database: hold its locks, and die. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Child extends AsyncDisposable {
  /** The whole lines that it has written so far. */
  readonly lines: readonly string[];
  /** Resolves with the first line that begins so. @throws when the process ends without one */
  line(start: string): Promise<string>;
  send(line: string): void;
  /** Ends its input. */
  end(): void;
  /** kill -9; resolves when the process is gone and all that it wrote was read. */
  kill(): Promise<void>;
  /** Resolves with the exit code, or null after a signal. */
  readonly ended: Promise<number | null>;
}

const fixtures = join(import.meta.dirname, "../storage/fixtures");

/** Runs `test/storage/fixtures/<script>`. */
export function startChild(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, [join(fixtures, script), ...args], { stdio: "pipe" });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let complaints = "";
  let over = false;
  const changed = () => {
    for (const check of waiting) check();
  };
  const reader = createInterface({ input: child.stdout });
  reader.on("line", (line) => {
    lines.push(line);
    changed();
  });
  child.stderr.on("data", (chunk) => {
    complaints += String(chunk);
  });
  // A process that was killed no longer reads what it is sent.
  child.stdin.on("error", () => {});
  const ended = once(child, "close").then(() => {
    over = true;
    changed();
    return child.exitCode;
  });

  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await ended;
  }

  return {
    lines,
    ended,
    kill,
    line(start) {
      return new Promise((resolve, reject) => {
        const check = () => {
          const found = lines.find((line) => line.startsWith(start));
          if (found === undefined && !over) return;
          waiting.delete(check);
          if (found !== undefined) resolve(found);
          else
            reject(
              new Error(`${script} ended without a line "${start}": ${lines.join(" | ")} ${complaints}`),
            );
        };
        waiting.add(check);
        check();
      });
    },
    send: (line) => void child.stdin.write(`${line}\n`),
    end: () => void child.stdin.end(),
    [Symbol.asyncDispose]: kill,
  };
}
