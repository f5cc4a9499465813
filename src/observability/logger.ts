/** The only place that knows pino: structured JSON lines, every one of them through redaction. */
import { pino } from "pino";
import type { LogLevel } from "./log-level.ts";
import { redactFields, redactText } from "./redaction.ts";

/** Names that pino itself writes; a field under one of them would make a line with two. */
type ReservedFields = { readonly [name in "level" | "time" | "msg"]?: never };

/** Facts of one line. An error goes under `err`: its type, message, stack and causes are kept. */
export type LogFields = ReservedFields & { readonly [name: string]: unknown };

/**
 * What the rest of the code logs with. Logging never throws, and whatever the fields hold, tokens and secrets do
 * not reach the output. Headers and bodies are not to be passed all the same.
 */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger whose every line also has these fields, a `requestId` for one. */
  child(fields: LogFields): Logger;
}

/** Where finished lines go, each with its line feed. */
export interface LogDestination {
  write(line: string): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Default: standard output. */
  readonly destination?: LogDestination;
}

export function createLogger({ level, destination }: LoggerOptions): Logger {
  const options: pino.LoggerOptions = {
    level,
    // No pid and no host name: whoever collects the lines of several instances adds better ones.
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    // Redaction has made errors plain by then; pino's own serializer would take their message for an error's again.
    serializers: { err: (err: unknown) => err },
    formatters: { level: (label) => ({ level: label }) },
  };
  return redacting(destination === undefined ? pino(options) : pino(options, destination));
}

/** For code that needs a logger and nobody who reads it. */
export function createSilentLogger(): Logger {
  return createLogger({ level: "silent", destination: { write: () => {} } });
}

function redacting(target: pino.Logger): Logger {
  const log = (level: "debug" | "info" | "warn" | "error", fields: LogFields, message: string): void => {
    // Asked first, because the copy that redaction makes is the expensive part of a line.
    if (target.isLevelEnabled(level)) target[level](redactFields(fields), redactText(message));
  };
  return {
    debug: (fields, message) => log("debug", fields, message),
    info: (fields, message) => log("info", fields, message),
    warn: (fields, message) => log("warn", fields, message),
    error: (fields, message) => log("error", fields, message),
    child: (fields) => redacting(target.child(redactFields(fields))),
  };
}
