import { runCli } from "../../src/cli/cli.ts";
import type { ExitCode } from "../../src/cli/io.ts";

export interface Answer {
  readonly code: ExitCode;
  /** The lines of standard output. */
  readonly out: readonly string[];
  /** The lines of standard error. */
  readonly err: readonly string[];
}

/** One command in this process, with nothing but `env` for an environment. */
export async function cli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    env,
    out: (text) => void out.push(...text.split("\n")),
    err: (text) => void err.push(...text.split("\n")),
  });
  return { code, out, err };
}

export function sqliteEnv(databasePath: string): { readonly DATABASE_URL: string } {
  return { DATABASE_URL: `sqlite:${databasePath}` };
}

/** What `organization create` printed, taken apart. */
export interface CreatedOrganization {
  readonly organizationId: string;
  readonly userId: string;
  readonly token: string;
}

export async function createOrganization(
  env: Readonly<Record<string, string>>,
  name: string,
  email: string,
): Promise<CreatedOrganization> {
  const { code, out, err } = await cli(
    ["organization", "create", "--name", name, "--admin-email", email],
    env,
  );
  if (code !== 0) throw new Error(err.join("\n"));
  return {
    organizationId: wordAfter(out, "organization"),
    userId: wordAfter(out, "admin"),
    token: wordAfter(out, "token"),
  };
}

function wordAfter(lines: readonly string[], label: string): string {
  const word = lines.find((line) => line.startsWith(`${label} `))?.split(/\s+/)[1];
  if (word === undefined) throw new Error(`no line for ${label} in ${lines.join("\n")}`);
  return word;
}
