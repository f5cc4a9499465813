/**
 * The storage contract. Every engine passes `test/storage/suite.ts` unchanged.
 *
 * Obligations of every method:
 * - It is one transaction: all of it happens or nothing, and a resolved write survives kill -9 and power loss.
 * - The tenant comes first. What is another organization's is `not_found`, the same as what never existed.
 * - A mutation appends its event in the same transaction. What changes nothing writes nothing, no event either.
 * - It rejects with a `StorageError` for the cases it names and with `unavailable` for passing faults;
 *   anything else is a defect.
 * - Lists are ordered by id (creation order), exclusive of `afterId`, at most `limit` long.
 */
import type {
  AnyId,
  OperatorId,
  OrganizationId,
  PersonalAccessTokenId,
  ScimConfigurationId,
  SsoConfigurationId,
  UserId,
} from "../base/ids.ts";
import type { DirectoryGroupRepository, DirectoryUserRepository } from "./directory.ts";
import type {
  Audit,
  AuditEvent,
  Member,
  Organization,
  PersonalAccessToken,
  PersonalAccessTokenCredential,
  ScimConfiguration,
  ScimToken,
  SsoConfiguration,
  TokenHash,
} from "./records.ts";

export interface Page<Id extends AnyId = AnyId> {
  readonly afterId: Id | undefined;
  readonly limit: number;
}

/** Present fields replace; absent ones stay. */
export type Patch<T, Keys extends keyof T> = { readonly [K in Keys]?: T[K] | undefined };

export type OrganizationPatch = Patch<Organization, "name" | "inviteDomains">;
export type SsoConfigurationPatch = Patch<
  SsoConfiguration,
  | "clientId"
  | "sealedClientSecret"
  | "issuerUrl"
  | "state"
  | "emailDomains"
  | "displayName"
  | "additionalScopes"
  | "claims"
  | "claimsExpression"
>;
export type ScimConfigurationPatch = Patch<
  ScimConfiguration,
  "name" | "enabled" | "ssoConfigurationId" | "allowUnverifiedEmailAccountLinking"
>;

export interface OrganizationRepository {
  /** Creates the organization, with its first member when one is given. */
  create(organization: Organization, firstMember: Member | undefined, audit: Audit): Promise<void>;
  /** @throws not_found */
  get(id: OrganizationId): Promise<Organization>;
  /** @throws not_found */
  update(id: OrganizationId, patch: OrganizationPatch, audit: Audit): Promise<Organization>;
  /** Deletes the organization and all that it owns, except its events. @throws not_found */
  delete(id: OrganizationId, audit: Audit): Promise<void>;
}

export interface MemberRepository {
  /** @throws not_found (user) */
  get(organizationId: OrganizationId, userId: UserId): Promise<Member>;
  /** The member with that email, without regard to case. @throws not_found (user) */
  getByEmail(organizationId: OrganizationId, email: string): Promise<Member>;
}

export interface SsoConfigurationRepository {
  /** @throws not_found (organization) */
  create(organizationId: OrganizationId, configuration: SsoConfiguration, audit: Audit): Promise<void>;
  /** @throws not_found */
  get(organizationId: OrganizationId, id: SsoConfigurationId): Promise<SsoConfiguration>;
  list(organizationId: OrganizationId, page: Page<SsoConfigurationId>): Promise<readonly SsoConfiguration[]>;
  /** @throws not_found */
  update(
    organizationId: OrganizationId,
    id: SsoConfigurationId,
    patch: SsoConfigurationPatch,
    audit: Audit,
  ): Promise<SsoConfiguration>;
  /** @throws not_found; referenced while a SCIM configuration links to it */
  delete(organizationId: OrganizationId, id: SsoConfigurationId, audit: Audit): Promise<void>;
}

export interface ScimConfigurationRepository {
  /** @throws not_found (sso_configuration) when the linked configuration is not this organization's */
  create(
    organizationId: OrganizationId,
    configuration: ScimConfiguration,
    tokenHash: TokenHash,
    audit: Audit,
  ): Promise<void>;
  /** @throws not_found */
  get(organizationId: OrganizationId, id: ScimConfigurationId): Promise<ScimConfiguration>;
  list(
    organizationId: OrganizationId,
    page: Page<ScimConfigurationId>,
  ): Promise<readonly ScimConfiguration[]>;
  /** Every organization's: for the operator alone. */
  listAll(page: Page<ScimConfigurationId>): Promise<readonly ScimConfiguration[]>;
  /** @throws not_found (scim_configuration, or sso_configuration for the new link) */
  update(
    organizationId: OrganizationId,
    id: ScimConfigurationId,
    patch: ScimConfigurationPatch,
    audit: Audit,
  ): Promise<ScimConfiguration>;
  /** @throws not_found */
  delete(organizationId: OrganizationId, id: ScimConfigurationId, audit: Audit): Promise<void>;
  /** Replaces the token: the previous one opens nothing once this resolves. @throws not_found */
  replaceToken(
    organizationId: OrganizationId,
    id: ScimConfigurationId,
    issue: (current: ScimConfiguration) => ScimToken,
    audit: Audit,
  ): Promise<ScimConfiguration>;
}

export interface PersonalAccessTokenRepository {
  /** @throws not_found (user) when the user is not an active member */
  create(
    organizationId: OrganizationId,
    token: PersonalAccessToken,
    hash: TokenHash,
    audit: Audit,
  ): Promise<void>;
  /** @throws not_found */
  get(organizationId: OrganizationId, id: PersonalAccessTokenId): Promise<PersonalAccessToken>;
  /** The organization's tokens; with `userIds`, only theirs. */
  list(
    organizationId: OrganizationId,
    userIds: readonly UserId[] | undefined,
    page: Page<PersonalAccessTokenId>,
  ): Promise<readonly PersonalAccessToken[]>;
  /** Every organization's: for the operator alone. */
  listAll(
    userIds: readonly UserId[] | undefined,
    page: Page<PersonalAccessTokenId>,
  ): Promise<readonly PersonalAccessToken[]>;
  /** @throws not_found */
  delete(organizationId: OrganizationId, id: PersonalAccessTokenId, audit: Audit): Promise<void>;
  /** Notes a use; does nothing when the token is gone or a later use is noted. Not a mutation: no event. */
  touch(organizationId: OrganizationId, id: PersonalAccessTokenId, atMs: number): Promise<void>;
}

/** Looks credentials up by their hash. The only door that needs no tenant: the hash decides it. */
export interface CredentialRepository {
  findPersonalAccessToken(hash: TokenHash): Promise<PersonalAccessTokenCredential | undefined>;
  findScimConfiguration(hash: TokenHash): Promise<ScimConfiguration | undefined>;
}

export type LocatableKind =
  | "organization"
  | "user"
  | "sso_configuration"
  | "scim_configuration"
  | "personal_access_token";

/** Tells whose a resource is, before anything of it is read. Ids are never reused and never move. */
export interface Locator {
  organizationOf(kind: LocatableKind, id: AnyId): Promise<OrganizationId | undefined>;
}

export interface EventRepository {
  /** Events of one organization in commit order, after `afterPosition`. Outlives the organization. */
  list(organizationId: OrganizationId, afterPosition: number, limit: number): Promise<readonly AuditEvent[]>;
}

/** Facts about this installation. Writing one that exists already keeps and returns the first. */
export interface InstanceRepository {
  operatorId(candidate: OperatorId): Promise<OperatorId>;
  keyCheck(candidate: string): Promise<string>;
  operatorTokenHash(): Promise<TokenHash | undefined>;
  /** True when `hash` is now the operator token: `replace` overrules an earlier one. */
  setOperatorTokenHash(hash: TokenHash, options: { replace: boolean }): Promise<boolean>;
}

export interface Repositories {
  readonly organizations: OrganizationRepository;
  readonly members: MemberRepository;
  readonly ssoConfigurations: SsoConfigurationRepository;
  readonly scimConfigurations: ScimConfigurationRepository;
  readonly personalAccessTokens: PersonalAccessTokenRepository;
  readonly directoryUsers: DirectoryUserRepository;
  readonly directoryGroups: DirectoryGroupRepository;
  readonly credentials: CredentialRepository;
  readonly locator: Locator;
  readonly events: EventRepository;
  readonly instance: InstanceRepository;
}

export interface Storage extends Repositories {
  /** Resolves when a read goes through and every migration is applied. @throws unavailable */
  ping(): Promise<void>;
  /** A consistent copy of everything, into a file that must not exist. */
  backup(file: string, onProgress: (share: number) => void): Promise<void>;
  /** Finishes what was accepted, then releases the database. */
  close(): Promise<void>;
}
