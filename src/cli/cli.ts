/** The commands and their options. */
import { Command, CommanderError, Help, type HelpConfiguration } from "commander";
import packageJson from "../../package.json" with { type: "json" };
import { describeSettings } from "../config/describe.ts";
import { DomainError } from "../domain/errors.ts";
import { WrongKeyError } from "../domain/installation.ts";
import { MasterKeyError } from "../keys/master-key.ts";
import { StorageError, StorageOpenError } from "../storage/errors.ts";
import { backup } from "./backup.ts";
import { type CopyOptions, copy } from "./copy.ts";
import { CliError, type ExitCode, exitCodes, type Io } from "./io.ts";
import { migrate } from "./migrate.ts";
import { type CreateOrganizationOptions, createOrganizationCommand } from "./organization-create.ts";
import { serve } from "./serve.ts";
import { type CreateTokenOptions, createTokenCommand, daysDefault, daysMax } from "./token-create.ts";

/** Runs one command to its end and says with which code the process should end. */
export async function runCli(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    await createProgram(io).parseAsync(args, { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    return report(error, io);
  }
}

function createProgram(io: Io): Command {
  const program = new Command("organization-service")
    .description(packageJson.description)
    .version(packageJson.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
    })
    .configureHelp(wholeCommands)
    .showHelpAfterError("(run with --help for what there is)")
    .addHelpText("after", () => `\n${settingsHelp()}`);

  program
    .command("serve")
    .description("serve until SIGTERM or SIGINT; a first start prints the operator token")
    .action(() => serve(io));
  program
    .command("migrate")
    .description("bring the database to this version's schema, which serve does by itself")
    .action(() => migrate(io));
  program
    .command("backup")
    .description("copy the database to FILE while the service runs")
    .argument("<file>", "a file that does not exist yet")
    .action((file: string) => backup(io, file));
  program
    .command("copy")
    .description("copy an SQLite database into an empty PostgreSQL database, while no service runs on either")
    .requiredOption("--from <url>", "sqlite:<path>")
    .requiredOption("--to <url>", "postgres://<user>:<password>@<host>:<port>/<database>")
    .action((options: CopyOptions) => copy(io, options));
  addOrganizationCommands(program, io);
  addTokenCommands(program, io);
  return program;
}

/** Lists what can be run, a group's commands by their whole name, so that one page has them all. */
const wholeCommands: HelpConfiguration = {
  visibleCommands: ({ commands }) =>
    commands.flatMap((command) => (command.commands.length === 0 ? [command] : command.commands)),
  subcommandTerm: (command) => {
    const { parent } = command;
    const group = parent?.parent ? `${parent.name()} ` : "";
    return `${group}${new Help().subcommandTerm(command)}`;
  },
};

function addOrganizationCommands(program: Command, io: Io): void {
  program
    .command("organization")
    .description("manage organizations")
    .command("create")
    .description("create an organization with its first admin, and print a personal access token for them")
    .option("--name <name>", "the organization's name, 3 characters or more (needed)")
    .option("--admin-email <email>", "the first admin's email address (needed)")
    .action((options: CreateOrganizationOptions) => createOrganizationCommand(io, options));
}

function addTokenCommands(program: Command, io: Io): void {
  program
    .command("token")
    .description("manage tokens")
    .command("create")
    .description("create a personal access token for a member, or with --operator a new operator token")
    .option("--operator", "replace the operator token: the previous one stops working at once")
    .option("--organization <id>", "the member's organization")
    .option("--email <email>", "the member's email address")
    .option("--description <text>", "what the token is for")
    .option("--valid-for-days <days>", `1 to ${daysMax} (default: ${daysDefault})`)
    .option("--read-only", "the token may not change anything")
    .action((options: CreateTokenOptions) => createTokenCommand(io, options));
}

function settingsHelp(): string {
  const rows = describeSettings();
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(
    (row) => `  ${row.name.padEnd(width)}  ${row.description} (${row.default || "unset"})`,
  );
  return ["Environment:", ...lines].join("\n");
}

/** Faults that the operator can mend get their line; anything else is a defect, and keeps its stack. */
function report(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof CliError) {
    for (const line of error.lines) io.err(line);
    return error.exitCode;
  }
  io.err(
    isForOperator(error) ? error.message : `defect: ${error instanceof Error ? error.stack : String(error)}`,
  );
  return exitCodes.failed;
}

function isForOperator(error: unknown): error is Error {
  return (
    error instanceof StorageOpenError ||
    error instanceof StorageError ||
    error instanceof MasterKeyError ||
    error instanceof WrongKeyError ||
    error instanceof DomainError
  );
}
