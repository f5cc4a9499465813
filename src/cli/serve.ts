/** Serves until it is told to stop. */
import { type App, startApp } from "../app.ts";
import { systemClock } from "../base/clock.ts";
import type { Config } from "../config/config.ts";
import { createLogger, type Logger } from "../observability/logger.ts";
import { announceKeyFile, localUrl, open, readConfig } from "./installation.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

export async function serve(io: Io): Promise<void> {
  const config = readConfig(io);
  const logger = createLogger({ level: config.logLevel });
  // Before the start: a signal or a defect in the meantime must not leave half a service behind.
  const ending = listenForEnd(logger);
  try {
    const app = await open(() => start(io, config, logger));
    welcome(io, config, app);
    logger.info({ host: app.host, port: app.port, tls: config.server.tls !== undefined }, "serving");
    const reason = await ending.first;
    logger.info({ reason }, "stopping");
    void ending.second.then(() => app.close({ now: true }));
    const { forced } = await app.close();
    logger.info({ forced }, "stopped");
    if (ending.wasDefect()) throw new CliError(exitCodes.failed, ["stopped by a defect: see the log"]);
  } finally {
    ending.dispose();
  }
}

async function start(io: Io, config: Config, logger: Logger): Promise<App> {
  try {
    return await startApp(config, logger, systemClock, announceKeyFile(io));
  } catch (error) {
    throw isBindError(error) ? new CliError(exitCodes.failed, [bindProblem(config, error)]) : error;
  }
}

interface BindError extends Error {
  readonly code: string;
  readonly syscall: string;
}

function isBindError(error: unknown): error is BindError {
  return (
    error instanceof Error &&
    "syscall" in error &&
    "code" in error &&
    ["listen", "getaddrinfo"].includes(String(error.syscall))
  );
}

function bindProblem({ server }: Config, { code }: BindError): string {
  const where = `${server.host}:${server.port}`;
  switch (code) {
    case "EADDRINUSE":
      return `${where} is in use: stop what listens there, or set PORT to another`;
    case "EACCES":
      return `${where} may not be opened by this user: set PORT to 1024 or more`;
    default:
      return `${where} cannot be listened on (${code}): check HOST and PORT`;
  }
}

interface Ending {
  /** The name of what came first; and when the second came, which stops the waiting. */
  readonly first: Promise<string>;
  readonly second: Promise<string>;
  /** Also of one that came while the service was stopping for a signal. */
  wasDefect(): boolean;
  dispose(): void;
}

/** SIGTERM, SIGINT, or a defect that nobody caught: after one, the process's state is not to be trusted. */
function listenForEnd(logger: Logger): Ending {
  const first = Promise.withResolvers<string>();
  const second = Promise.withResolvers<string>();
  let ended = false;
  let defect = false;
  const end = (reason: string): void => {
    (ended ? second : first).resolve(reason);
    ended = true;
  };
  const onSignal = (name: NodeJS.Signals): void => end(name);
  const onDefect = (err: unknown): void => {
    logger.error({ err }, "uncaught");
    defect = true;
    end("defect");
  };
  process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  process.on("uncaughtException", onDefect).on("unhandledRejection", onDefect);
  return {
    first: first.promise,
    second: second.promise,
    wasDefect: () => defect,
    dispose() {
      process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
      process.off("uncaughtException", onDefect).off("unhandledRejection", onDefect);
    },
  };
}

/** On standard error: a token must not reach what collects the log. */
function welcome(io: Io, config: Config, app: App): void {
  if (app.operatorToken === undefined) return;
  const url = localUrl(config, app.port);
  io.err(`operator token, not shown again: ${app.operatorToken}`);
  io.err("a first call:");
  io.err(`  curl ${url}/gitpod.v1.OrganizationService/CreateOrganization \\`);
  io.err(`    -H 'Authorization: Bearer ${app.operatorToken}' \\`);
  io.err(`    -H 'Content-Type: application/json' -d '{"name": "Acme"}'`);
}
