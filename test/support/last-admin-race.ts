/** S40: 50 admins of an organization who all stop being one at once, in every way there is. */
import { expect } from "vitest";
import { type Instance, textAt, adminToken as token } from "../postgres/support/instances.ts";
import { provision } from "../rpc/support/membership.ts";
import { createScimClient, type ScimClient } from "../scim-http/support/client.ts";
import { newAudit, newMember, newOrganization } from "./storage-records.ts";

/** One of an organization's 50 admins, whom its directory has: at an instance. */
interface Place {
  readonly instance: Instance;
  readonly scim: ScimClient;
  readonly organizationId: string;
  readonly userId: string;
}

const scimOf = ({ app }: Instance, scimToken: string): ScimClient =>
  createScimClient(`http://127.0.0.1:${app.port}/scim/v2`, scimToken);

/** The status of the answer. A directory's users do not leave by RPC: the last way is for those whom none has. */
const ways: readonly ((place: Place) => Promise<number>)[] = [
  async ({ instance, organizationId, userId }) => {
    const role = "ORGANIZATION_ROLE_MEMBER";
    const body = { organizationId, userId, role };
    return (await instance.call("OrganizationService/SetRole", body, { token })).status;
  },
  async ({ instance, userId }) =>
    (await instance.call("UserService/SetSuspended", { userId, suspended: true }, { token })).status,
  async ({ scim, userId }) => {
    const operation = { op: "replace", path: "active", value: false };
    return (await scim.patch(`/Users/${userId}`, [operation])).status;
  },
  async ({ scim, userId }) => (await scim.del(`/Users/${userId}`)).status,
  async ({ instance, userId }) =>
    (await instance.call("OrganizationService/LeaveOrganization", { userId }, { token })).status,
  async ({ instance, userId }) =>
    (await instance.call("UserService/DeleteUser", { userId }, { token })).status,
];

/** Of `ways`, those by SCIM. */
const isByScim = (index: number): boolean => index % ways.length === 2 || index % ways.length === 3;

async function createScimToken({ call }: Instance, organizationId: string): Promise<string> {
  const sso = {
    organizationId,
    clientId: "client",
    clientSecret: "secret",
    issuerUrl: "https://issuer.example",
  };
  const created = await call("OrganizationService/CreateSSOConfiguration", sso, { token });
  const ssoConfigurationId = textAt(created, "ssoConfiguration.id");
  const scim = { organizationId, ssoConfigurationId, allowUnverifiedEmailAccountLinking: true };
  return textAt(await call("OrganizationService/CreateSCIMConfiguration", scim, { token }), "token");
}

type Execute = (sql: string, ...parameters: readonly (string | number)[]) => unknown;

/** On the instances in turn. At least one stays, and only who would have been the last is refused. */
export async function expectAnAdminToStay(instances: readonly Instance[], execute: Execute): Promise<void> {
  const [first] = instances;
  if (first === undefined) throw new Error("no instance");
  const { organizations, members } = first.app.context.storage;
  const organization = newOrganization();
  const { id: organizationId } = organization;
  const admins = Array.from({ length: 50 }, () => newMember(organizationId));
  await organizations.create(organization, admins[0], newAudit());
  for (const { userId, email } of admins.slice(1)) {
    const parameters = [organizationId, userId, email, email.toLowerCase()];
    await execute(insertAdmin, ...parameters);
  }
  const scimToken = await createScimToken(first, organizationId);
  for (const [index, { email, userId }] of admins.entries()) {
    if (isByScim(index)) expect(await provision(scimOf(first, scimToken), email)).toBe(userId);
  }

  const statuses = await Promise.all(
    admins.map(({ userId }, index) => {
      const instance = instances[index % instances.length] ?? first;
      return ways[index % ways.length]?.({
        instance,
        scim: scimOf(instance, scimToken),
        organizationId,
        userId,
      });
    }),
  );

  const filter = { roles: ["admin"], statuses: ["active"] } as const;
  const sort = { by: "name", descending: false } as const;
  const left = await members.list(organizationId, { filter, sort, after: undefined, limit: 50 });
  expect(left.items).toHaveLength(1);
  const last = admins.findIndex(({ userId }) => userId === left.items[0]?.userId);
  const refused = statuses.flatMap((status = 0, index) => (status < 300 ? [] : [{ status, index }]));
  // failed_precondition is 400; SCIM says 409.
  expect(refused).toEqual([{ status: isByScim(last) ? 409 : 400, index: last }]);
}

const insertAdmin = `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url,
    role, status, login_provider, member_since, updated_at)
  VALUES (?, ?, ?, ?, 'A Person', 'a person', '', 'admin', 'active', 'builtin', 1, 1)`;
