/** The service in a process of its own, on a free port, once it serves. */
import { type Ended, type Environment, type RunningProcess, runToEnd, startProcess } from "./process.ts";

export interface ServiceOptions {
  readonly cwd: string;
  readonly env?: Environment;
  readonly preload?: string;
  readonly leaveStderr?: boolean;
}

export type LogLine = Readonly<Record<string, unknown>>;

export interface Service extends RunningProcess {
  readonly port: number;
  /** Without a scheme: `127.0.0.1:8080`. */
  readonly authority: string;
  /** From the start of the process until it said that it serves. */
  readonly readyMs: number;
  /** The token that this start printed; waits for it. */
  operatorToken(): Promise<string>;
  /** Every complete line of standard output, each of which must be a JSON object. */
  logs(): LogLine[];
  /** The first line with that message. */
  logged(message: string): Promise<LogLine>;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<Ended>;
}

export const operatorTokenPattern = /\borgsvc_op_[0-9A-Za-z]{49}\b/;

export async function startService(options: ServiceOptions): Promise<Service> {
  const startMs = performance.now();
  const child = startProcess(["serve"], { ...options, env: { PORT: "0", ...options.env } });
  const logs = (): LogLine[] => parseLines(child.stdout());
  const logged = (message: string): Promise<LogLine> =>
    child.until(() => logs().find(({ msg }) => msg === message), `it logged "${message}"`);
  const { port } = await logged("serving");
  const readyMs = performance.now() - startMs;
  if (typeof port !== "number") throw new Error("the line `serving` names no port");
  return {
    ...child,
    port,
    authority: `127.0.0.1:${port}`,
    readyMs,
    logs,
    logged,
    operatorToken: () =>
      child.until(() => operatorTokenPattern.exec(child.stderr())?.[0], "it printed an operator token"),
    async stop() {
      child.signal("SIGTERM");
      return await child.ended;
    },
  };
}

/** A start that is to be refused. */
export function refusedStart(options: ServiceOptions): Promise<Ended> {
  return runToEnd(["serve"], { ...options, env: { PORT: "0", ...options.env } });
}

function parseLines(text: string): LogLine[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => {
      const parsed: unknown = JSON.parse(line);
      if (typeof parsed !== "object" || parsed === null) throw new Error(`not a JSON object: ${line}`);
      return Object.fromEntries(Object.entries(parsed));
    });
}

/** The lines of a text that ends with a line end. */
export function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1);
}
