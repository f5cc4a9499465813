/** A newcomer's machine: a fresh copy of the project, a terminal for the service and one for commands. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startDnsServer } from "../support/dns-server.ts";
import { root } from "./markdown.ts";

/** What `git clone` and `npm ci` would leave, as far as the README's commands need it. */
const copied = ["package.json", "src", "gen", "proto", "third_party", "buf.yaml"];

export interface Checkout extends Disposable {
  readonly folder: string;
}

export function checkOut(): Checkout {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), "readme-")));
  const folder = join(parent, "organization-service");
  for (const path of copied) cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return { folder, [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }) };
}

/** Without the test runner's own variables, settings of the service among them, and without its PATH to tools. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  const path = PATH.split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin")));
  return {
    PATH: path.join(delimiter),
    HOME,
    // A developer's own npm settings, and npm's news, are none of the README's output.
    NPM_CONFIG_USERCONFIG: "/dev/null",
    NPM_CONFIG_UPDATE_NOTIFIER: "false",
    ...more,
  };
}

export interface Terminal extends AsyncDisposable {
  /** Runs a script in the same shell as those before it, standard error in with standard output. */
  run(script: string): Promise<{ readonly output: string; readonly status: number }>;
}

export function openTerminal(folder: string): Terminal {
  const shell = spawn("bash", ["--noprofile", "--norc"], { cwd: folder, env: cleanEnvironment() });
  const read = createReader(shell);
  shell.stdin.write("exec 2>&1\n");
  let count = 0;
  return {
    async run(script) {
      count += 1;
      const mark = `end of script ${count}`;
      // Braces and no subshell: exports stay. Without the redirection, a command could eat what follows.
      shell.stdin.write(`{\n${script}\n} </dev/null\nprintf '\\n%s: %s\\n' '${mark}' $?\n`);
      const [output, status] = await read(new RegExp(`\\n${mark}: (\\d+)\\n`));
      return { output, status: Number(status) };
    },
    async [Symbol.asyncDispose]() {
      if (!hasEnded(shell)) await Promise.all([once(shell, "close"), shell.stdin.end()]);
    },
  };
}

export interface Service extends AsyncDisposable {
  readonly port: number;
  /** All that it has printed, on both streams. */
  output(): string;
  /** As Ctrl-C in its terminal does: the signal goes to npm and to all that npm started. */
  interrupt(): Promise<void>;
}

/** Runs the README's start command and waits until the service serves. No domain of the README exists in its DNS, nor outside. */
export async function startService(folder: string, command: string): Promise<Service> {
  const dns = await startDnsServer();
  const env = cleanEnvironment({ PORT: "0", DNS_SERVERS: dns.address });
  const child = spawn("bash", ["-c", `${command} 2>&1`], { cwd: folder, env, detached: true });
  let all = "";
  child.stdout.on("data", (chunk: Buffer) => {
    all += chunk.toString();
  });
  const closed = once(child, "close");
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && !hasEnded(child)) process.kill(-child.pid, name);
  };
  // A test run that is cut short must not leave a service behind.
  const killWithUs = (): void => signal("SIGKILL");
  process.once("exit", killWithUs);
  const interrupt = async (): Promise<void> => {
    signal("SIGINT");
    await closed;
    await dns[Symbol.asyncDispose]();
    process.off("exit", killWithUs);
  };
  try {
    const [, port] = await createReader(child)(/"port":(\d+).*"msg":"serving"\}\n/);
    return { port: Number(port), output: () => all, interrupt, [Symbol.asyncDispose]: interrupt };
  } catch (error) {
    await interrupt();
    throw error;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Resolves with what came before the pattern and with its group; rejects when the output ends without it. */
function createReader(child: ChildProcess): (pattern: RegExp) => Promise<readonly [string, string]> {
  let unread = "";
  let ended = false;
  let look = (): void => {};
  child.stdout?.on("data", (chunk: Buffer) => {
    unread += chunk.toString();
    look();
  });
  child.on("close", () => {
    ended = true;
    look();
  });
  return (pattern) =>
    new Promise((resolve, reject) => {
      look = () => {
        const match = pattern.exec(unread);
        if (match !== null) {
          const before = unread.slice(0, match.index);
          unread = unread.slice(match.index + match[0].length);
          resolve([before, match[1] ?? ""]);
        } else if (ended) reject(new Error(`it ended early, having printed: ${unread}`));
      };
      look();
    });
}
