/** What the commands that work on the database share. */
import { existsSync } from "node:fs";
import { type Installation, openInstalled } from "../app.ts";
import { systemClock } from "../base/clock.ts";
import { type Config, loadConfig } from "../config/config.ts";
import type { Caller } from "../domain/principal.ts";
import { createSilentLogger } from "../observability/logger.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

/** @throws CliError with every problem of the configuration, one line each */
export function readConfig(io: Io): Config {
  const loaded = loadConfig(io.env);
  if (!loaded.ok) throw new CliError(exitCodes.usage, loaded.problems);
  for (const warning of loaded.warnings) io.err(`warning: ${warning}`);
  return loaded.config;
}

/**
 * Opens the installation beside a server that may be running, and closes it after `work`.
 *
 * @param when `existing`: a database that is not there is a mistake in DATABASE_URL, not one to create
 */
export async function withInstallation(
  io: Io,
  config: Config,
  when: "existing" | "created",
  work: (installation: Installation) => Promise<void>,
): Promise<void> {
  if (config.database.kind === "sqlite") checkPath(config.database.path, when);
  const installation = await open(() =>
    openInstalled(config, "tool", createSilentLogger(), systemClock, announceKeyFile(io)),
  );
  try {
    await work(installation);
  } finally {
    await installation.context.storage.close();
  }
}

/**
 * Runs what opens the database.
 *
 * @throws CliError for a folder that cannot be made or a file that cannot be opened
 */
export async function open<T>(opening: () => Promise<T>): Promise<T> {
  try {
    return await opening();
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new CliError(exitCodes.failed, [`${error.message}: check DATABASE_URL, and whose its folder is`]);
  }
}

export function announceKeyFile(io: Io): (file: string) => void {
  return (file) =>
    io.err(`made ${file}: back it up apart from the database, which cannot be read without it`);
}

/** What node:fs throws, whose message is one line with the reason, the call and the path. */
function isFileError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && "syscall" in error && "path" in error;
}

function checkPath(path: string, when: "existing" | "created"): void {
  if (path === ":memory:") {
    throw new CliError(exitCodes.usage, [
      "DATABASE_URL: a database in memory ends with this command; name a file",
    ]);
  }
  if (when === "existing" && !existsSync(path)) {
    throw new CliError(exitCodes.failed, [
      `${path} does not exist: check DATABASE_URL and the current folder`,
    ]);
  }
}

/** Who has the machine has the operator's rights; the event says that it was the command line. */
export function commandLineCaller({ operator }: Pick<Installation, "operator">): Caller {
  return { principal: operator, requestId: "command-line" };
}

/** Where `serve` with the same configuration can be reached. */
export function localUrl({ server }: Config, port: number = server.port): string {
  const scheme = server.tls === undefined ? "http" : "https";
  const host = server.host.includes(":") ? `[${server.host}]` : server.host;
  return server.publicUrl ?? `${scheme}://${reachable(host)}:${port}`;
}

/** An address to listen on everywhere is none to call. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "[::]" ? "localhost" : host;
}
