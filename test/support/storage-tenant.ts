/** One organization with one of everything in it. */
import type { DirectoryTenant, NewUser } from "../../src/storage/directory.ts";
import type {
  Audit,
  DomainVerification,
  Member,
  Organization,
  PersonalAccessToken,
  ScimConfiguration,
  SsoConfiguration,
  TokenHash,
} from "../../src/storage/records.ts";
import type { NewGroupMembership, NewGroup as NewOwnGroup, Repositories } from "../../src/storage/storage.ts";
import {
  type NewGroup,
  newAudit,
  newDomainVerification,
  newGroup,
  newHash,
  newId,
  newMember,
  newOrganization,
  newOwnGroup,
  newScim,
  newSso,
  newToken,
  newUser,
} from "./storage-records.ts";

export interface Tenant {
  readonly organization: Organization;
  readonly member: Member;
  /** Nothing links to it: it can be deleted. */
  readonly sso: SsoConfiguration;
  /** The one that `scim` links to. */
  readonly linkedSso: SsoConfiguration;
  readonly scim: ScimConfiguration;
  readonly scimHash: TokenHash;
  readonly token: PersonalAccessToken;
  readonly tokenHash: TokenHash;
  readonly directory: DirectoryTenant;
  /** In `directoryGroup`. */
  readonly directoryUser: NewUser;
  readonly directoryGroup: NewGroup;
  /** One of the organization's own, with `member` in it. */
  readonly ownGroup: NewOwnGroup;
  readonly ownMembership: NewGroupMembership;
  /** Not verified yet. */
  readonly domainVerification: DomainVerification;
}

type OtherRepositories = Pick<
  Repositories,
  "directoryUsers" | "directoryGroups" | "groups" | "domainVerifications"
>;

export async function createTenant(storage: TenantRepositories & OtherRepositories): Promise<Tenant> {
  const tenant = newTenant();
  await insertTenant(tenant, storage);
  const { organization, directory, directoryUser, directoryGroup, ownGroup } = tenant;
  await storage.directoryUsers.create(directory, directoryUser, newAudit());
  await storage.directoryGroups.create(directory, directoryGroup, newAudit());
  await storage.groups.create(organization.id, ownGroup, newAudit());
  await storage.groups.addMember(organization.id, ownGroup.id, tenant.ownMembership, newAudit());
  await storage.domainVerifications.create(organization.id, tenant.domainVerification, newAudit());
  return tenant;
}

/** Of another configuration of the same organization; nothing is in it. */
export async function anotherDirectory(
  { scimConfigurations }: Pick<Repositories, "scimConfigurations">,
  { organization: { id }, linkedSso }: Tenant,
): Promise<DirectoryTenant> {
  const scim = newScim(id, linkedSso.id);
  await scimConfigurations.create(id, scim, newHash(), newAudit());
  return { organizationId: id, configurationId: scim.id };
}

export function newTenant(): Tenant {
  const organization = newOrganization();
  const { id } = organization;
  const member = newMember(id);
  const sso = newSso(id);
  const linkedSso = newSso(id);
  const scim = newScim(id, linkedSso.id);
  const token = newToken(id, member.userId);
  const directoryUser = newUser();
  return {
    ...{ organization, member, sso, linkedSso, scim, scimHash: newHash(), token, tokenHash: newHash() },
    directory: { organizationId: id, configurationId: scim.id },
    directoryUser,
    directoryGroup: newGroup({}, [directoryUser.id]),
    ownGroup: newOwnGroup(),
    ownMembership: { id: newId(), userId: member.userId },
    domainVerification: newDomainVerification(id),
  };
}

export type TenantRepositories = Pick<
  Repositories,
  "organizations" | "ssoConfigurations" | "scimConfigurations" | "personalAccessTokens"
>;

/** Without its directory. Into every one of `sides` with the same events, so that they can be compared. */
export async function insertTenant(tenant: Tenant, ...sides: readonly TenantRepositories[]): Promise<void> {
  const { organization, member, sso, linkedSso, scim, scimHash, token, tokenHash } = tenant;
  const { id } = organization;
  const steps: readonly ((side: TenantRepositories, audit: Audit) => Promise<unknown>)[] = [
    ({ organizations }, audit) => organizations.create(organization, member, audit),
    ({ ssoConfigurations }, audit) => ssoConfigurations.create(id, sso, audit),
    ({ ssoConfigurations }, audit) => ssoConfigurations.create(id, linkedSso, audit),
    ({ scimConfigurations }, audit) => scimConfigurations.create(id, scim, scimHash, audit),
    ({ personalAccessTokens }, audit) => personalAccessTokens.create(id, token, tokenHash, audit),
  ];
  for (const step of steps) {
    const audit = newAudit();
    for (const side of sides) await step(side, audit);
  }
}
