import type { LogLevel } from "../../src/observability/log-level.ts";
import { createLogger, type Logger } from "../../src/observability/logger.ts";

export interface CollectingLogger {
  readonly logger: Logger;
  /** The raw lines, as they would have been written. */
  readonly lines: readonly string[];
  /** The lines parsed; each is one JSON object. */
  entries(): Record<string, unknown>[];
}

/** The real logger, with its lines kept in memory for a test to look at. */
export function createCollectingLogger(level: LogLevel = "trace"): CollectingLogger {
  const lines: string[] = [];
  const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
  return { logger, lines, entries: () => lines.map(parseLine) };
}

function parseLine(line: string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== "object" || parsed === null) throw new Error(`not a JSON object: ${line}`);
  return Object.fromEntries(Object.entries(parsed));
}
