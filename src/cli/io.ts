/** A command's surroundings, as parameters, so that tests run commands in their own process. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(line: string): void;
  err(line: string): void;
}

/** What a command ends with. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Ends a command with lines for the operator, who must act; no stack is shown. */
export class CliError extends Error {
  readonly exitCode: ExitCode;
  readonly lines: readonly string[];

  constructor(exitCode: ExitCode, lines: readonly string[]) {
    super(lines.join("\n"));
    this.name = "CliError";
    this.exitCode = exitCode;
    this.lines = lines;
  }
}
