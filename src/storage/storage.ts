/**
 * The storage contract. Every engine passes `test/storage/suite.ts` unchanged.
 *
 * Obligations of every method:
 * - It is one transaction: all of it happens or nothing, and a resolved write survives kill -9 and power loss.
 * - The tenant comes first. What is another organization's is `not_found`, the same as what never existed.
 * - A mutation appends its event in the same transaction. What changes nothing writes nothing, no event either.
 * - It rejects with a `StorageError` for the cases it names and with `unavailable` for passing faults;
 *   anything else is a defect.
 * - A creation whose audit has an idempotency key happens once for it. Repeated within 24 hours, it answers what it answered
 *   the first time; it rejects with already_made where that went with a secret, and with key_reused when it is another
 *   request that has the key.
 * - Lists are ordered by id (creation order) unless they say otherwise, exclusive of where they go on, at most `limit` long.
 *
 * In one file, so that all that an engine owes can be read at once; SCIM's directories are in `directory.ts`.
 */
import type {
  AnyId,
  DomainVerificationId,
  GroupId,
  GroupMembershipId,
  OperatorId,
  OrganizationId,
  OrganizationInviteId,
  PersonalAccessTokenId,
  ScimConfigurationId,
  SsoConfigurationId,
  UserId,
} from "../base/ids.ts";
import type { DirectoryGroupRepository, DirectoryUserRepository } from "./directory.ts";
import type {
  ActorPrincipal,
  Audit,
  AuditEvent,
  DomainVerification,
  Group,
  GroupMembership,
  KnownCredential,
  Member,
  MemberStatus,
  Organization,
  OrganizationInvite,
  PersonalAccessToken,
  PersonalAccessTokenCredential,
  RefusalAction,
  Role,
  ScimConfiguration,
  ScimToken,
  SsoConfiguration,
  SubjectType,
  TokenHash,
} from "./records.ts";

export interface Page<Id extends AnyId = AnyId> {
  readonly afterId: Id | undefined;
  readonly limit: number;
}

/** Present fields replace; absent ones stay. */
export type Patch<T, Keys extends keyof T> = { readonly [K in Keys]?: T[K] | undefined };

export type OrganizationPatch = Patch<Organization, "name" | "inviteDomains">;
export type GroupPatch = Patch<Group, "name" | "description">;
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
  create(organization: Organization, firstMember: Member | undefined, audit: Audit): Promise<Organization>;
  /** @throws not_found */
  get(id: OrganizationId): Promise<Organization>;
  /** @throws not_found */
  update(id: OrganizationId, patch: OrganizationPatch, audit: Audit): Promise<Organization>;
  /** Deletes the organization and all that it owns, except its events. @throws not_found */
  delete(id: OrganizationId, audit: Audit): Promise<void>;
}

/** Which members. What is absent or empty narrows nothing. */
export interface MemberFilter {
  /** Contained in the name or in the email, without regard to case. */
  readonly search?: string;
  readonly statuses?: readonly MemberStatus[];
  readonly roles?: readonly Role[];
  /** At most 25. */
  readonly userIds?: readonly UserId[];
  /** Leaves out the members of any of these groups, at most 25. */
  readonly excludeGroupIds?: readonly GroupId[];
  /** Only those who are in no group. */
  readonly inNoGroup?: boolean;
}

export type MemberSortKey = "name" | "date_joined";

/** By folded name or time of joining, and then by user id; or all of that backwards. */
export interface MemberSort {
  readonly by: MemberSortKey;
  readonly descending: boolean;
}

/** A member's place in a sorted list. It stays a place when the member is gone or is called differently. */
export interface MemberPosition {
  /** The folded name, or the time. */
  readonly key: string | number;
  readonly id: UserId;
}

export interface MemberQuery {
  readonly filter: MemberFilter;
  readonly sort: MemberSort;
  readonly after: MemberPosition | undefined;
  readonly limit: number;
}

export interface ListedMembers {
  readonly items: readonly Member[];
  /** The last one's position, when more come after it. */
  readonly next: MemberPosition | undefined;
}

export interface MemberRepository {
  /** @throws not_found (user) */
  get(organizationId: OrganizationId, userId: UserId): Promise<Member>;
  /** The member with that email, without regard to case. @throws not_found (user) */
  getByEmail(organizationId: OrganizationId, email: string): Promise<Member>;
  /** Without a filter it costs what it returns; a filter is asked of one member after the other. */
  list(organizationId: OrganizationId, query: MemberQuery): Promise<ListedMembers>;
  /** How many there are. It counts no further than `max`. */
  count(organizationId: OrganizationId, filter: MemberFilter, max: number): Promise<number>;
  /** @throws not_found (user), also for one who has left; last_admin for the only active admin */
  setRole(organizationId: OrganizationId, userId: UserId, role: Role, audit: Audit): Promise<Member>;
  /**
   * Suspends, so that SCIM does not lift it; or lifts a suspension, whosever it is.
   *
   * @throws not_found (user), also for one who has left; last_admin; deactivated while a directory says that they are inactive
   */
  setSuspended(
    organizationId: OrganizationId,
    userId: UserId,
    suspended: boolean,
    audit: Audit,
  ): Promise<void>;
  /**
   * Another user of this organization for a person of another one, or the user again who they were before they left.
   *
   * @throws unproven_email; not_found (organization_invite, or organization) for what does not let the person in;
   *   already_exists (user) for an active member; suspended
   */
  join(joiner: Joiner, way: JoinWay, audit: Audit): Promise<Member>;
  /**
   * The member has left: without role, groups and tokens.
   *
   * @throws not_found (user), also for one who has left; directory_managed; last_admin
   */
  leave(organizationId: OrganizationId, userId: UserId, audit: Audit): Promise<void>;
  /** Erases the member, also one who has left. @throws not_found (user); directory_managed; last_admin */
  delete(organizationId: OrganizationId, userId: UserId, audit: Audit): Promise<void>;
}

/** A person who joins another organization. */
export interface Joiner {
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
  /** Who they are in the organization that they join, unless they have been there before. */
  readonly newUserId: UserId;
}

export type JoinWay =
  | { readonly kind: "invite"; readonly inviteId: OrganizationInviteId }
  /** The organization has verified the domain of the person's email, and invites it. */
  | { readonly kind: "domain"; readonly organizationId: OrganizationId };

/** An organization has one invite at most. */
export interface OrganizationInviteRepository {
  /** The former opens nothing once this resolves. @throws not_found (organization) */
  replace(
    organizationId: OrganizationId,
    invite: OrganizationInvite,
    audit: Audit,
  ): Promise<OrganizationInvite>;
  /** @throws not_found (organization_invite) */
  get(organizationId: OrganizationId): Promise<OrganizationInvite>;
}

/** Which groups. What is absent or empty narrows nothing. */
export interface GroupFilter {
  /** Contained in the name, without regard to case. */
  readonly search?: string;
  /** At most 25. */
  readonly groupIds?: readonly GroupId[];
  /** Whether a SCIM configuration manages the group. */
  readonly systemManaged?: boolean | undefined;
}

export type NewGroup = Pick<Group, "id" | "name" | "description">;
export type NewGroupMembership = Pick<GroupMembership, "id" | "userId">;

/**
 * The groups of an organization, its own and those of all its directories. Its own alone can be changed here: changing
 * another is refused as system_managed.
 */
export interface GroupRepository {
  /** @throws not_found (group) */
  get(organizationId: OrganizationId, id: GroupId): Promise<Group>;
  /** The group with that name, without regard to case: the oldest of several. @throws not_found (group) */
  getByName(organizationId: OrganizationId, name: string): Promise<Group>;
  list(organizationId: OrganizationId, filter: GroupFilter, page: Page<GroupId>): Promise<readonly Group[]>;
  /** Every organization's: for the operator alone. */
  listAll(filter: GroupFilter, page: Page<GroupId>): Promise<readonly Group[]>;
  /** Undefined for who is not in the group, and for a group that is not this organization's. */
  findMembership(
    organizationId: OrganizationId,
    id: GroupId,
    userId: UserId,
  ): Promise<GroupMembership | undefined>;
  /** By user id, at the same cost in a group of any size; with `search`, of those whose name contains it. */
  listMemberships(
    organizationId: OrganizationId,
    id: GroupId,
    search: string,
    page: Page<UserId>,
  ): Promise<readonly GroupMembership[]>;
  /**
   * A group without members.
   *
   * @throws not_found (organization); already_exists (group) for a name that another of the organization's own groups has,
   *   without regard to case
   */
  create(organizationId: OrganizationId, group: NewGroup, audit: Audit): Promise<Group>;
  /** @throws not_found (group); already_exists as `create`; system_managed */
  update(organizationId: OrganizationId, id: GroupId, patch: GroupPatch, audit: Audit): Promise<Group>;
  /** With its memberships. @throws not_found (group); system_managed */
  delete(organizationId: OrganizationId, id: GroupId, audit: Audit): Promise<void>;
  /**
   * Somebody who is in the group already stays in it as they are.
   *
   * @throws not_found (group, or user for who is no member or has left); system_managed; too_many_members
   */
  addMember(
    organizationId: OrganizationId,
    id: GroupId,
    membership: NewGroupMembership,
    audit: Audit,
  ): Promise<GroupMembership>;
  /** @throws not_found (group_membership); system_managed */
  removeMember(organizationId: OrganizationId, id: GroupMembershipId, audit: Audit): Promise<void>;
}

export interface DomainVerificationRepository {
  /** @throws not_found (organization); already_exists (domain_verification) when the organization has one of the domain */
  create(
    organizationId: OrganizationId,
    verification: DomainVerification,
    audit: Audit,
  ): Promise<DomainVerification>;
  /** @throws not_found */
  get(organizationId: OrganizationId, id: DomainVerificationId): Promise<DomainVerification>;
  list(
    organizationId: OrganizationId,
    page: Page<DomainVerificationId>,
  ): Promise<readonly DomainVerification[]>;
  /**
   * Once the token was seen in DNS. A verified one stays as it is.
   *
   * @throws not_found, also when it has another token; already_exists (domain_verification) while another organization has
   *   verified the domain
   */
  verify(
    organizationId: OrganizationId,
    id: DomainVerificationId,
    seenToken: string,
    audit: Audit,
  ): Promise<DomainVerification>;
  /** @throws not_found */
  delete(organizationId: OrganizationId, id: DomainVerificationId, audit: Audit): Promise<void>;
}

export interface SsoConfigurationRepository {
  /** Repeated under a key, it answers without the client secret. @throws not_found (organization) */
  create(
    organizationId: OrganizationId,
    configuration: SsoConfiguration,
    audit: Audit,
  ): Promise<SsoConfiguration>;
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
  | "personal_access_token"
  | "group"
  | "group_membership"
  | "domain_verification"
  | "organization_invite";

/** Tells whose a resource is, before anything of it is read. Ids are never reused and never move. */
export interface Locator {
  organizationOf(kind: LocatableKind, id: AnyId): Promise<OrganizationId | undefined>;
}

/** Which events. What is absent narrows nothing; a list has 1 to 25 values. */
export interface EventFilter {
  readonly actorIds?: readonly AnyId[] | undefined;
  readonly actorPrincipals?: readonly ActorPrincipal[] | undefined;
  readonly subjectIds?: readonly AnyId[] | undefined;
  readonly subjectTypes?: readonly SubjectType[] | undefined;
  /** Made at this time or later. */
  readonly fromMs?: number | undefined;
  /** Made before this time. */
  readonly toMs?: number | undefined;
}

export interface EventQuery {
  readonly filter: EventFilter;
  /** From the last to the first. */
  readonly descending: boolean;
  /** The position where the previous page ended, exclusive. */
  readonly after: number | undefined;
  readonly limit: number;
  /** How many events are looked at before the page ends, whatever it has found until then. */
  readonly scanMax: number;
}

export interface FoundEvents {
  readonly items: readonly AuditEvent[];
  /** Where this page ended, when there may be more. */
  readonly next: number | undefined;
}

/** The use of a credential that was refused. */
export interface Refusal {
  readonly subjectType: KnownCredential["subjectType"];
  readonly subjectId: KnownCredential["subjectId"];
  readonly action: RefusalAction;
  readonly occurrences: number;
}

export interface EventRepository {
  /** Events of one organization in commit order, after `afterPosition`. Outlives the organization. */
  list(organizationId: OrganizationId, afterPosition: number, limit: number): Promise<readonly AuditEvent[]>;
  /** A page of the events that pass the filter, in commit order or from the last to the first. */
  search(organizationId: OrganizationId, query: EventQuery): Promise<FoundEvents>;
  /** The position of the last event of each organization that has any. */
  lastPositions(organizationIds: readonly OrganizationId[]): Promise<ReadonlyMap<OrganizationId, number>>;
  /** Appends an event that no change goes with. @throws not_found when the organization is gone */
  appendRefusal(organizationId: OrganizationId, refusal: Refusal, audit: Audit): Promise<void>;
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
  readonly organizationInvites: OrganizationInviteRepository;
  readonly groups: GroupRepository;
  readonly domainVerifications: DomainVerificationRepository;
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

/** @param organizationId whose log has grown */
export type AppendListener = (organizationId: OrganizationId) => void;

export interface Storage extends Repositories {
  /**
   * Tells of each commit through this storage that appended an event, before its own caller is told. What others commit
   * to the same database shows in `events.lastPositions` alone. Returns how to end it.
   */
  onAppended(listener: AppendListener): () => void;
  /** Resolves when a read goes through and every migration is applied. @throws unavailable */
  ping(): Promise<void>;
  /** A consistent copy of everything, into a file that must not exist. */
  backup(file: string, onProgress: (share: number) => void): Promise<void>;
  /** Finishes what was accepted, then releases the database. */
  close(): Promise<void>;
}
