/** Records for storage tests: every call makes new ids and later times, so that no two are taken for each other. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/base/clock.ts";
import { foldCase } from "../../src/base/fold.ts";
import type {
  AnyId,
  DomainVerificationId,
  GroupId,
  OperatorId,
  OrganizationId,
  SsoConfigurationId,
  UserId,
} from "../../src/base/ids.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import type { GroupContent, NewUser, UserContent } from "../../src/storage/directory.ts";
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
import type { NewGroup as NewOwnGroup } from "../../src/storage/storage.ts";

const ids = createIdGenerator(systemClock);
const operatorId = ids.next<OperatorId>();
let lastMs = 1_700_000_000_000;

export function newId<T extends AnyId>(): T {
  return ids.next<T>();
}

export function nextMs(): number {
  lastMs += 1;
  return lastMs;
}

export function newHash(): TokenHash {
  return randomBytes(32);
}

export function newAudit(values: Partial<Audit> = {}): Audit {
  return {
    eventId: newId(),
    actorId: operatorId,
    actorPrincipal: "operator",
    requestId: `request-${newId()}`,
    atMs: nextMs(),
    ...values,
  };
}

export function newOrganization(values: Partial<Organization> = {}): Organization {
  const id = newId<OrganizationId>();
  const atMs = nextMs();
  return {
    id,
    name: `Organization ${id}`,
    tier: "enterprise",
    inviteDomains: [`${id}.example`],
    createdAtMs: atMs,
    updatedAtMs: atMs,
    ...values,
  };
}

export function newMember(organizationId: OrganizationId, values: Partial<Member> = {}): Member {
  const userId = newId<UserId>();
  const atMs = nextMs();
  return {
    organizationId,
    userId,
    email: `Person.${userId}@Example.com`,
    fullName: "A Person",
    avatarUrl: "https://avatars.example/1",
    role: "admin",
    status: "active",
    loginProvider: "password",
    memberSinceMs: atMs,
    updatedAtMs: atMs,
    ...values,
  };
}

export function newSso(
  organizationId: OrganizationId,
  values: Partial<SsoConfiguration> = {},
): SsoConfiguration {
  const atMs = nextMs();
  return {
    organizationId,
    id: newId(),
    clientId: "client",
    sealedClientSecret: "sealed",
    issuerUrl: "https://issuer.example",
    state: "active",
    providerType: "custom",
    emailDomains: ["example.com", "example.org"],
    displayName: "Identity provider",
    additionalScopes: ["groups"],
    claims: { department: "engineering" },
    claimsExpression: "claims.department == 'engineering'",
    createdAtMs: atMs,
    updatedAtMs: atMs,
    ...values,
  };
}

export function newScim(
  organizationId: OrganizationId,
  ssoConfigurationId: SsoConfigurationId,
  values: Partial<ScimConfiguration> = {},
): ScimConfiguration {
  const atMs = nextMs();
  return {
    organizationId,
    id: newId(),
    ssoConfigurationId,
    name: "Directory",
    enabled: true,
    allowUnverifiedEmailAccountLinking: false,
    createdAtMs: atMs,
    updatedAtMs: atMs,
    tokenExpiresAtMs: atMs + 86_400_000,
    tokenLifetimeSeconds: 86_400,
    ...values,
  };
}

export function newToken(
  organizationId: OrganizationId,
  userId: UserId,
  values: Partial<PersonalAccessToken> = {},
): PersonalAccessToken {
  const atMs = nextMs();
  return {
    organizationId,
    id: newId(),
    userId,
    description: "A token",
    creatorId: userId,
    creatorPrincipal: "user",
    readOnly: false,
    createdAtMs: atMs,
    expiresAtMs: atMs + 86_400_000,
    lastUsedAtMs: undefined,
    ...values,
  };
}

export function newOwnGroup(values: Partial<NewOwnGroup> = {}): NewOwnGroup {
  const id = newId<GroupId>();
  return { id, name: `Own group ${id}`, description: "What it is for", ...values };
}

export function newDomainVerification(
  organizationId: OrganizationId,
  values: Partial<DomainVerification> = {},
): DomainVerification {
  const id = newId<DomainVerificationId>();
  return {
    organizationId,
    id,
    domain: `${id}.example`,
    state: "pending",
    verificationToken: `token ${id}`,
    verifiedAtMs: undefined,
    createdAtMs: nextMs(),
    ...values,
  };
}

/** As the domain derives it from a resource: `search` has what the other fields say. */
export function newUserContent(values: Partial<Omit<UserContent, "search">> = {}): UserContent {
  const name = `Person.${newId()}@Example.com`;
  const content = {
    userName: name,
    externalId: undefined,
    active: true,
    document: '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"]}',
    displayName: "A Person",
    email: name,
    ...values,
  };
  const search = {
    userName: foldCase(content.userName),
    active: String(content.active),
    emails: [{ value: foldCase(content.email), type: "work" }],
  };
  return { ...content, search };
}

export function newUser(
  values: Partial<Omit<UserContent, "search">> = {},
  options: Partial<Pick<NewUser, "id" | "allowUnverifiedLinking">> = {},
): NewUser {
  return { id: newId(), allowUnverifiedLinking: false, ...options, content: newUserContent(values) };
}

export function newGroupContent(values: Partial<Omit<GroupContent, "search">> = {}): GroupContent {
  const content = {
    displayName: `Group ${newId()}`,
    externalId: undefined,
    document: '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"]}',
    ...values,
  };
  return { ...content, search: { displayName: foldCase(content.displayName) } };
}

export interface NewGroup {
  readonly id: GroupId;
  readonly content: GroupContent;
  readonly members: readonly UserId[];
}

export function newGroup(
  values: Partial<Omit<GroupContent, "search">> = {},
  members: readonly UserId[] = [],
): NewGroup {
  return { id: newId(), content: newGroupContent(values), members };
}
