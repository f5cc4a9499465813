/** What the commands that work on the database share. */
import { existsSync } from "node:fs";
import { type Installation, openInstalled } from "../app.ts";
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
  config: Config,
  when: "existing" | "created",
  work: (installation: Installation) => Promise<void>,
): Promise<void> {
  if (config.database.kind === "sqlite") checkPath(config.database.path, when);
  const installation = await openInstalled(config, "tool", createSilentLogger());
  try {
    await work(installation);
  } finally {
    await installation.context.storage.close();
  }
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
export function commandLineCaller({ operator }: Installation): Caller {
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
