import type { Installation } from "../app.ts";
import { type OrganizationId, parseId } from "../base/ids.ts";
import type { Config } from "../config/config.ts";
import { issueOperatorToken } from "../domain/installation.ts";
import { createPersonalAccessToken } from "../domain/personal-access-tokens.ts";
import { commandLineCaller, readConfig, withInstallation } from "./installation.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

export interface CreateTokenOptions {
  readonly operator?: true;
  readonly organization?: string;
  readonly email?: string;
  readonly description: string;
  readonly validForDays: number;
  readonly readOnly: boolean;
}

const dayMs = 24 * 60 * 60 * 1000;

export async function createTokenCommand(io: Io, options: CreateTokenOptions): Promise<void> {
  const owner = ownerOf(options);
  const config = readConfig(io);
  await withInstallation(io, config, "existing", (installation) =>
    owner === "operator"
      ? printOperatorToken(io, config, installation)
      : printToken(io, installation, options, owner),
  );
}

interface Owner {
  readonly organizationId: OrganizationId;
  readonly email: string;
}

/** @throws CliError with all that is wrong */
function ownerOf({ operator, organization, email }: CreateTokenOptions): "operator" | Owner {
  if (operator) {
    if (organization === undefined && email === undefined) return "operator";
    throw new CliError(exitCodes.usage, ["--operator goes without --organization and --email"]);
  }
  if (organization === undefined || email === undefined) {
    throw new CliError(exitCodes.usage, ["give --organization and --email of the member, or --operator"]);
  }
  try {
    return { organizationId: parseId<OrganizationId>(organization), email };
  } catch {
    throw new CliError(exitCodes.usage, ["--organization: give the organization's id, a UUID"]);
  }
}

async function printOperatorToken(io: Io, config: Config, { context }: Installation): Promise<void> {
  if (config.secrets.adminToken !== undefined) {
    throw new CliError(exitCodes.usage, [
      "ADMIN_TOKEN is the operator token while it is set: change it there",
    ]);
  }
  io.out(`${await issueOperatorToken(context, { replace: true })}`);
  io.err("the operator token: it is not shown again, and the previous one opens nothing any more");
}

async function printToken(
  io: Io,
  installation: Installation,
  options: CreateTokenOptions,
  { organizationId, email }: Owner,
): Promise<void> {
  const { context } = installation;
  const member = await context.storage.members.getByEmail(organizationId, email);
  const { token, record } = await createPersonalAccessToken(
    context,
    commandLineCaller(installation),
    organizationId,
    {
      userId: member.userId,
      description: options.description,
      lifetimeMs: options.validForDays * dayMs,
      readOnly: options.readOnly,
    },
  );
  io.out(token);
  io.err(`valid until ${new Date(record.expiresAtMs).toISOString()}; it is not shown again`);
}
