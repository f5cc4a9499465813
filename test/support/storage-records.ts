/** Records for storage tests: every call makes new ids and later times, so that no two are taken for each other. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/base/clock.ts";
import type { AnyId, OperatorId, OrganizationId, SsoConfigurationId, UserId } from "../../src/base/ids.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import type {
  Audit,
  Member,
  Organization,
  PersonalAccessToken,
  ScimConfiguration,
  SsoConfiguration,
  TokenHash,
} from "../../src/storage/records.ts";

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
