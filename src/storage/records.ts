/** The records that storage keeps: plain data, times in milliseconds since the epoch, lists in order. */
import type {
  AnyId,
  DomainVerificationId,
  EventId,
  GroupId,
  GroupMembershipId,
  OrganizationId,
  OrganizationInviteId,
  PersonalAccessTokenId,
  ScimConfigurationId,
  SsoConfigurationId,
  UserId,
} from "../base/ids.ts";

export type OrganizationTier = "free" | "enterprise" | "core";

export interface Organization {
  readonly id: OrganizationId;
  readonly name: string;
  readonly tier: OrganizationTier;
  readonly inviteDomains: readonly string[];
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type Role = "admin" | "member";
export type MemberStatus = "active" | "suspended" | "left";

/** A person in one organization. A user belongs to exactly one. */
export interface Member {
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
  readonly email: string;
  readonly fullName: string;
  readonly avatarUrl: string;
  readonly role: Role;
  readonly status: MemberStatus;
  readonly loginProvider: string;
  readonly memberSinceMs: number;
  readonly updatedAtMs: number;
}

export type SsoConfigurationState = "active" | "inactive";
export type SsoProviderType = "builtin" | "custom";

export interface SsoConfiguration {
  readonly organizationId: OrganizationId;
  readonly id: SsoConfigurationId;
  readonly clientId: string;
  /** Sealed by `keys/`: storage never sees the secret itself. */
  readonly sealedClientSecret: string;
  readonly issuerUrl: string;
  readonly state: SsoConfigurationState;
  readonly providerType: SsoProviderType;
  readonly emailDomains: readonly string[];
  readonly displayName: string;
  readonly additionalScopes: readonly string[];
  readonly claims: Readonly<Record<string, string>>;
  readonly claimsExpression: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface ScimConfiguration {
  readonly organizationId: OrganizationId;
  readonly id: ScimConfigurationId;
  readonly ssoConfigurationId: SsoConfigurationId;
  readonly name: string;
  readonly enabled: boolean;
  readonly allowUnverifiedEmailAccountLinking: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tokenExpiresAtMs: number;
  /** The lifetime that was last asked for; a regeneration without one uses it again. */
  readonly tokenLifetimeSeconds: number;
}

/** A token as storage knows it: a keyed hash, never the token. */
export type TokenHash = Uint8Array;

export interface ScimToken {
  readonly hash: TokenHash;
  readonly expiresAtMs: number;
  readonly lifetimeSeconds: number;
}

/** A SCIM configuration acts through its token; its id is the actor's. */
export type ActorPrincipal = "operator" | "user" | "scim_configuration";

export interface PersonalAccessToken {
  readonly organizationId: OrganizationId;
  readonly id: PersonalAccessTokenId;
  readonly userId: UserId;
  readonly description: string;
  readonly creatorId: AnyId;
  readonly creatorPrincipal: ActorPrincipal;
  readonly readOnly: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly lastUsedAtMs: number | undefined;
}

/** A named set of members. */
export interface Group {
  readonly organizationId: OrganizationId;
  readonly id: GroupId;
  /** Whose directory manages the group. Undefined for one of the organization's own. */
  readonly scimConfigurationId: ScimConfigurationId | undefined;
  readonly name: string;
  readonly description: string;
  readonly memberCount: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A member's place in a group, with what the member is called and looks like. */
export interface GroupMembership {
  readonly organizationId: OrganizationId;
  readonly groupId: GroupId;
  readonly userId: UserId;
  readonly id: GroupMembershipId;
  readonly name: string;
  readonly avatarUrl: string;
}

/** Whoever knows its id may join the organization. */
export interface OrganizationInvite {
  readonly organizationId: OrganizationId;
  readonly id: OrganizationInviteId;
  readonly createdAtMs: number;
}

export type DomainVerificationState = "pending" | "verified";

/** An organization's claim to a domain. */
export interface DomainVerification {
  readonly organizationId: OrganizationId;
  readonly id: DomainVerificationId;
  /** As `toDomainName` makes it. */
  readonly domain: string;
  readonly state: DomainVerificationState;
  /** The text that a TXT record of the domain has to be. */
  readonly verificationToken: string;
  readonly verifiedAtMs: number | undefined;
  readonly createdAtMs: number;
}

/** What a presented personal access token opens, read in one query so that nothing of it can be stale. */
export interface PersonalAccessTokenCredential {
  readonly token: PersonalAccessToken;
  readonly role: Role;
  readonly status: MemberStatus;
}

export type SubjectType =
  | "organization"
  | "user"
  | "sso_configuration"
  | "scim_configuration"
  | "personal_access_token"
  | "group"
  | "domain_verification";

/** What an event says was done to its subject, or with a credential. */
export type EventAction =
  | "created"
  | "updated"
  | "deleted"
  | "linked"
  | "activated"
  | "deactivated"
  | "role_changed"
  /** By an admin or the operator; SCIM's are deactivated and activated. */
  | "suspended"
  | "reinstated"
  | "joined"
  | "left"
  | "invite_created"
  | "members_changed"
  | "token_regenerated"
  | "verified"
  | RefusalAction;

/** What a credential was refused: to be one, or what its owner may not do. */
export type RefusalAction = "authentication_failed" | "permission_denied";

export interface AuditEvent {
  readonly organizationId: OrganizationId;
  /** Gap-free per organization, from 1, in commit order. */
  readonly position: number;
  readonly id: EventId;
  readonly actorId: AnyId;
  readonly actorPrincipal: ActorPrincipal;
  readonly subjectType: SubjectType;
  readonly subjectId: AnyId;
  /** An `EventAction`, or one of another version's that has written to the same database. */
  readonly action: string;
  readonly requestId: string;
  readonly createdAtMs: number;
  /** How many times it happened: 1 unless refusals were counted together. */
  readonly occurrences: number;
}

/** A credential that an organization knows: whose it is, and which. */
export interface KnownCredential {
  readonly organizationId: OrganizationId;
  readonly actorId: UserId | ScimConfigurationId;
  readonly actorPrincipal: "user" | "scim_configuration";
  readonly subjectType: "personal_access_token" | "scim_configuration";
  readonly subjectId: PersonalAccessTokenId | ScimConfigurationId;
}

/** A key that a caller gives to a creation, so that repeating it creates nothing more. */
export interface IdempotencyKey {
  readonly key: string;
  /** Of the method and its request: a key is one request's. */
  readonly requestHash: Uint8Array;
}

/** Who does it and when. Every mutation takes one, and writes its event in the same transaction. */
export interface Audit {
  readonly eventId: EventId;
  readonly actorId: AnyId;
  readonly actorPrincipal: ActorPrincipal;
  readonly requestId: string;
  readonly atMs: number;
  /** Of the caller who acts. It counts for creations alone. */
  readonly idempotency?: IdempotencyKey | undefined;
}
