import type { Installation } from "../app.ts";
import { type OrganizationId, parseId } from "../base/ids.ts";
import type { Config } from "../config/config.ts";
import { issueOperatorToken } from "../domain/installation.ts";
import { createPersonalAccessToken } from "../domain/personal-access-tokens.ts";
import { StorageError } from "../storage/errors.ts";
import { commandLineCaller, readConfig, withInstallation } from "./installation.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

export interface CreateTokenOptions {
  readonly operator?: true;
  readonly organization?: string;
  readonly email?: string;
  readonly description?: string;
  readonly validForDays?: string;
  readonly readOnly?: true;
}

export const daysDefault = 30;
export const daysMax = 90;
const dayMs = 24 * 60 * 60 * 1000;

export async function createTokenCommand(io: Io, options: CreateTokenOptions): Promise<void> {
  const wanted = options.operator ? operatorAlone(options) : memberToken(options);
  const config = readConfig(io);
  await withInstallation(io, config, "existing", (installation) =>
    wanted === "operator"
      ? printOperatorToken(io, config, installation)
      : printToken(io, installation, wanted),
  );
}

/** A token that is asked to be read-only or to end must not turn out to be one that does everything for ever. */
function operatorAlone({ operator, ...others }: CreateTokenOptions): "operator" {
  if (Object.keys(others).length === 0) return "operator";
  throw new CliError(exitCodes.usage, [
    "--operator goes alone: its token belongs to no member, may do everything and does not end",
  ]);
}

interface MemberToken {
  readonly organizationId: OrganizationId;
  readonly email: string;
  readonly description: string;
  readonly lifetimeMs: number;
  readonly readOnly: boolean;
}

/** @throws CliError with all that is wrong */
function memberToken(options: CreateTokenOptions): MemberToken {
  const { organization, email = "", description = "", validForDays, readOnly = false } = options;
  const problems: string[] = [];
  const organizationId = toOrganizationId(organization);
  if (organizationId === undefined) {
    problems.push("--organization: give the organization's id, a UUID (or --operator for an operator token)");
  }
  if (email === "") problems.push("--email: give the member's email address");
  const days = toDays(validForDays);
  if (days === undefined) problems.push(`--valid-for-days: give a whole number from 1 to ${daysMax}`);
  if (organizationId === undefined || days === undefined || problems.length > 0) {
    throw new CliError(exitCodes.usage, problems);
  }
  return { organizationId, email, description, lifetimeMs: days * dayMs, readOnly };
}

function toOrganizationId(text = ""): OrganizationId | undefined {
  try {
    return parseId<OrganizationId>(text);
  } catch {
    return undefined;
  }
}

function toDays(text = String(daysDefault)): number | undefined {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return days >= 1 && days <= daysMax ? days : undefined;
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

async function printToken(io: Io, { context, operator }: Installation, wanted: MemberToken): Promise<void> {
  const { organizationId, email, ...token } = wanted;
  const caller = commandLineCaller({ operator });
  try {
    const { userId } = await context.storage.members.getByEmail(organizationId, email);
    const issued = await createPersonalAccessToken(context, caller, organizationId, { userId, ...token });
    io.out(issued.token);
    io.err(`valid until ${new Date(issued.record.expiresAtMs).toISOString()}; it is not shown again`);
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault.kind !== "not_found") throw error;
    throw new CliError(exitCodes.failed, [
      "that organization has no active member with that email: check --organization and --email",
    ]);
  }
}
