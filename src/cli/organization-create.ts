import { createOrganization } from "../domain/organizations.ts";
import { createPersonalAccessToken } from "../domain/personal-access-tokens.ts";
import { commandLineCaller, localUrl, readConfig, withInstallation } from "./installation.ts";
import { CliError, exitCodes, type Io } from "./io.ts";

/** The contract's rule for CreateOrganizationRequest.name. */
const nameMinLength = 3;
const emailPattern = /^[^\s@]+@[^\s@]+$/;
const emailMaxLength = 254;

export interface CreateOrganizationOptions {
  readonly name?: string;
  readonly adminEmail?: string;
}

export async function createOrganizationCommand(io: Io, options: CreateOrganizationOptions): Promise<void> {
  const { name, adminEmail } = check(options);
  const config = readConfig(io);
  await withInstallation(io, config, "created", async (installation) => {
    const { context } = installation;
    const caller = commandLineCaller(installation);
    const { organization, admin } = await createOrganization(context, caller, {
      name,
      join: false,
      inviteMatchingDomain: false,
      adminEmail,
    });
    if (admin === undefined) throw new Error("the organization was made without its admin");
    const { token, record } = await createPersonalAccessToken(context, caller, organization.id, {
      userId: admin.userId,
      description: "first token, made by the command line",
      lifetimeMs: undefined,
      readOnly: false,
    });
    io.out(`organization  ${organization.id}  ${organization.name}`);
    io.out(`admin         ${admin.userId}  ${admin.email}`);
    io.out(`token         ${token}`);
    io.out(`              valid until ${new Date(record.expiresAtMs).toISOString()}; it is not shown again`);
    io.out("");
    io.out(`curl ${localUrl(config)}/gitpod.v1.IdentityService/GetAuthenticatedIdentity \\`);
    io.out(`  -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{}'`);
  });
}

/** Both options, the absent one as empty. @throws CliError with all that is wrong */
function check({
  name = "",
  adminEmail = "",
}: CreateOrganizationOptions): Required<CreateOrganizationOptions> {
  const problems: string[] = [];
  if ([...name].length < nameMinLength) problems.push(`--name: give ${nameMinLength} characters or more`);
  if (!emailPattern.test(adminEmail) || adminEmail.length > emailMaxLength) {
    problems.push("--admin-email: give an email address, such as ada@example.com");
  }
  if (problems.length > 0) throw new CliError(exitCodes.usage, problems);
  return { name, adminEmail };
}
