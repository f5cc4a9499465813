/**
 * One call of every repository method, and what it must answer to another tenant. The type makes the table
 * complete: a method without an entry does not compile.
 */
import {
  type AnyId,
  type DomainVerificationId,
  type GroupId,
  type GroupMembershipId,
  type OrganizationId,
  type OrganizationInviteId,
  type PersonalAccessTokenId,
  parseId,
  type ScimConfigurationId,
  type SsoConfigurationId,
  type UserId,
} from "../../src/base/ids.ts";
import type { DirectoryQuery, DirectoryTenant } from "../../src/storage/directory.ts";
import type { Entity } from "../../src/storage/errors.ts";
import type { Audit, SubjectType, TokenHash } from "../../src/storage/records.ts";
import type { Joiner, JoinWay, MemberQuery, Page, Repositories } from "../../src/storage/storage.ts";
import { readAll } from "./storage-groups.ts";
import {
  newAudit,
  newDomainVerification,
  newGroup,
  newGroupContent,
  newHash,
  newId,
  newMember,
  newOrganization,
  newOwnGroup,
  newScim,
  newSso,
  newToken,
  newUser,
  newUserContent,
  nextMs,
} from "./storage-records.ts";
import { createTenant, type Tenant } from "./storage-tenant.ts";

/** Whom a call is made for, and what it names. */
export interface Target {
  readonly organizationId: OrganizationId;
  readonly userId: UserId;
  readonly email: string;
  readonly ssoId: SsoConfigurationId;
  readonly linkedSsoId: SsoConfigurationId;
  readonly scimId: ScimConfigurationId;
  readonly scimHash: TokenHash;
  readonly tokenId: PersonalAccessTokenId;
  readonly tokenHash: TokenHash;
  readonly directoryUserId: UserId;
  readonly directoryGroupId: GroupId;
  readonly directoryGroupName: string;
  readonly ownGroupId: GroupId;
  readonly ownMembershipId: GroupMembershipId;
  readonly domainVerificationId: DomainVerificationId;
  readonly domainVerificationToken: string;
  /** A person of another organization, and who they are in the tenant's when they have joined it. Made by who needs them. */
  readonly guest: Joiner;
  /** For what the call creates. */
  readonly createdId: AnyId;
}

export type Foreign =
  /** The same answer as for what never existed. */
  | { readonly sees: "not_found"; readonly entity: Entity }
  /** A page without items, of none in all. */
  | { readonly sees: "an empty page" }
  /** A list without items. */
  | { readonly sees: "no items" }
  /** A count of none. */
  | { readonly sees: "none" }
  /** A list without anything of the other organization. */
  | { readonly sees: "only its own" }
  /** It succeeds and does nothing. */
  | { readonly sees: "nothing" }
  /** The method names nothing that could be another tenant's. */
  | { readonly exempt: string };

export type Effect =
  | "reads"
  /** It writes, and no event. */
  | "keeps"
  | {
      readonly subject: SubjectType;
      readonly action: string;
      readonly of: (target: Target) => AnyId;
      /** Who has done it, where that is not the audit's actor. */
      readonly by?: (target: Target) => AnyId;
    };

export interface Call {
  readonly effect: Effect;
  readonly foreign: Foreign;
  /** Makes what the call needs and no tenant has. */
  readonly prepare?: (repositories: Repositories, target: Target) => Promise<unknown>;
  readonly run: (repositories: Repositories, target: Target, audit: Audit) => Promise<unknown>;
}

type CallTable = { readonly [R in keyof Repositories]: { readonly [M in keyof Repositories[R]]: Call } };

const isTheTenant = "what it names is the tenant itself";
const isTheOperators = "for the operator alone, who sees all";
const isDecidedByTheHash = "the hash decides the tenant";
const isTheInstances = "a fact about the installation";

const firstPage: Page<never> = { afterId: undefined, limit: 100 };
const creates = (subject: SubjectType): Effect => ({ subject, action: "created", of: (t) => t.createdId });
const unfiltered: DirectoryQuery = {
  condition: undefined,
  sort: undefined,
  page: { kind: "offset", offset: 0, limit: 100 },
};
const directoryOf = ({ organizationId, scimId }: Target): DirectoryTenant => ({
  organizationId,
  configurationId: scimId,
});
const everybody: MemberQuery = {
  filter: {},
  sort: { by: "date_joined", descending: false },
  after: undefined,
  limit: 100,
};
/** The invite's id is that of what the call creates. */
const inviteOf = ({ createdId }: Target): JoinWay & { kind: "invite" } => ({
  kind: "invite",
  inviteId: parseId<OrganizationInviteId>(createdId),
});

async function inviteGuest(
  { organizations, organizationInvites }: Repositories,
  target: Target,
): Promise<void> {
  const { organizationId, userId } = target.guest;
  const member = newMember(organizationId, { userId });
  await organizations.create(newOrganization({ id: organizationId }), member, newAudit());
  await createInvite({ organizationInvites }, target);
}

function createInvite(
  { organizationInvites }: Pick<Repositories, "organizationInvites">,
  target: Target,
  audit = newAudit(),
): Promise<unknown> {
  const { organizationId } = target;
  const invite = { organizationId, id: inviteOf(target).inviteId, createdAtMs: audit.atMs };
  return organizationInvites.replace(organizationId, invite, audit);
}

async function takeGuestIn(repositories: Repositories, target: Target): Promise<void> {
  await inviteGuest(repositories, target);
  await repositories.members.join(target.guest, inviteOf(target), newAudit());
}

const hidden = (entity: Entity): Foreign => ({ sees: "not_found", entity });

const calls: CallTable = {
  organizations: {
    create: {
      effect: creates("organization"),
      foreign: { exempt: isTheTenant },
      run: ({ organizations }, target, audit) => {
        const id = parseId<OrganizationId>(target.createdId);
        return organizations.create(newOrganization({ id }), newMember(id), audit);
      },
    },
    get: {
      effect: "reads",
      foreign: { exempt: isTheTenant },
      run: ({ organizations }, target) => organizations.get(target.organizationId),
    },
    update: {
      effect: { subject: "organization", action: "updated", of: (target) => target.organizationId },
      foreign: { exempt: isTheTenant },
      run: ({ organizations }, target, audit) =>
        organizations.update(target.organizationId, { name: "Renamed" }, audit),
    },
    delete: {
      effect: { subject: "organization", action: "deleted", of: (target) => target.organizationId },
      foreign: { exempt: isTheTenant },
      run: ({ organizations }, target, audit) => organizations.delete(target.organizationId, audit),
    },
  },
  members: {
    get: {
      effect: "reads",
      foreign: hidden("user"),
      run: ({ members }, target) => members.get(target.organizationId, target.userId),
    },
    getByEmail: {
      effect: "reads",
      foreign: hidden("user"),
      run: ({ members }, target) => members.getByEmail(target.organizationId, target.email),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: async ({ members }, target) => {
        const { items } = await members.list(target.organizationId, everybody);
        return items;
      },
    },
    count: {
      effect: "reads",
      foreign: { sees: "none" },
      run: ({ members }, target) => members.count(target.organizationId, { userIds: [target.userId] }, 100),
    },
    setRole: {
      effect: { subject: "user", action: "role_changed", of: (target) => target.directoryUserId },
      foreign: hidden("user"),
      run: ({ members }, target, audit) =>
        members.setRole(target.organizationId, target.directoryUserId, "admin", audit),
    },
    setSuspended: {
      effect: { subject: "user", action: "suspended", of: (target) => target.directoryUserId },
      foreign: hidden("user"),
      run: ({ members }, target, audit) =>
        members.setSuspended(target.organizationId, target.directoryUserId, true, audit),
    },
    join: {
      effect: {
        subject: "user",
        action: "joined",
        of: ({ guest }) => guest.newUserId,
        by: ({ guest }) => guest.newUserId,
      },
      foreign: { exempt: "the invite decides the tenant" },
      prepare: inviteGuest,
      run: ({ members }, target, audit) => members.join(target.guest, inviteOf(target), audit),
    },
    leave: {
      effect: { subject: "user", action: "left", of: ({ guest }) => guest.newUserId },
      foreign: hidden("user"),
      prepare: takeGuestIn,
      run: ({ members }, { organizationId, guest }, audit) =>
        members.leave(organizationId, guest.newUserId, audit),
    },
    delete: {
      effect: { subject: "user", action: "deleted", of: ({ guest }) => guest.newUserId },
      foreign: hidden("user"),
      prepare: takeGuestIn,
      run: ({ members }, { organizationId, guest }, audit) =>
        members.delete(organizationId, guest.newUserId, audit),
    },
  },
  organizationInvites: {
    replace: {
      effect: { subject: "organization", action: "invite_created", of: (target) => target.organizationId },
      foreign: { exempt: isTheTenant },
      run: ({ organizationInvites }, target, audit) => createInvite({ organizationInvites }, target, audit),
    },
    get: {
      effect: "reads",
      foreign: { exempt: isTheTenant },
      prepare: createInvite,
      run: ({ organizationInvites }, { organizationId }) => organizationInvites.get(organizationId),
    },
  },
  groups: {
    get: {
      effect: "reads",
      foreign: hidden("group"),
      run: ({ groups }, target) => groups.get(target.organizationId, target.directoryGroupId),
    },
    getByName: {
      effect: "reads",
      foreign: hidden("group"),
      run: ({ groups }, target) => groups.getByName(target.organizationId, target.directoryGroupName),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ groups }, target) => groups.list(target.organizationId, {}, firstPage),
    },
    listAll: {
      effect: "reads",
      foreign: { exempt: isTheOperators },
      run: ({ groups }) => groups.listAll({}, firstPage),
    },
    findMembership: {
      effect: "reads",
      foreign: { sees: "nothing" },
      run: ({ groups }, { organizationId, directoryGroupId, directoryUserId }) =>
        groups.findMembership(organizationId, directoryGroupId, directoryUserId),
    },
    listMemberships: {
      effect: "reads",
      foreign: { sees: "no items" },
      run: ({ groups }, target) =>
        groups.listMemberships(target.organizationId, target.directoryGroupId, "", firstPage),
    },
    create: {
      effect: creates("group"),
      foreign: { exempt: isTheTenant },
      run: ({ groups }, { organizationId, createdId }, audit) =>
        groups.create(organizationId, newOwnGroup({ id: parseId(createdId) }), audit),
    },
    update: {
      effect: { subject: "group", action: "updated", of: (target) => target.ownGroupId },
      foreign: hidden("group"),
      run: ({ groups }, target, audit) =>
        groups.update(target.organizationId, target.ownGroupId, { name: "Renamed" }, audit),
    },
    delete: {
      effect: { subject: "group", action: "deleted", of: (target) => target.ownGroupId },
      foreign: hidden("group"),
      run: ({ groups }, target, audit) => groups.delete(target.organizationId, target.ownGroupId, audit),
    },
    addMember: {
      effect: { subject: "group", action: "members_changed", of: (target) => target.ownGroupId },
      foreign: hidden("group"),
      run: ({ groups }, { organizationId, ownGroupId, directoryUserId }, audit) =>
        groups.addMember(organizationId, ownGroupId, { id: newId(), userId: directoryUserId }, audit),
    },
    removeMember: {
      effect: { subject: "group", action: "members_changed", of: (target) => target.ownGroupId },
      foreign: hidden("group_membership"),
      run: ({ groups }, target, audit) =>
        groups.removeMember(target.organizationId, target.ownMembershipId, audit),
    },
  },
  domainVerifications: {
    create: {
      effect: creates("domain_verification"),
      foreign: { exempt: isTheTenant },
      run: ({ domainVerifications }, { organizationId, createdId }, audit) => {
        const verification = newDomainVerification(organizationId, { id: parseId(createdId) });
        return domainVerifications.create(organizationId, verification, audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("domain_verification"),
      run: ({ domainVerifications }, target) =>
        domainVerifications.get(target.organizationId, target.domainVerificationId),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ domainVerifications }, target) => domainVerifications.list(target.organizationId, firstPage),
    },
    verify: {
      effect: { subject: "domain_verification", action: "verified", of: (t) => t.domainVerificationId },
      foreign: hidden("domain_verification"),
      run: ({ domainVerifications }, target, audit) => {
        const { organizationId, domainVerificationId, domainVerificationToken } = target;
        return domainVerifications.verify(
          organizationId,
          domainVerificationId,
          domainVerificationToken,
          audit,
        );
      },
    },
    delete: {
      effect: { subject: "domain_verification", action: "deleted", of: (t) => t.domainVerificationId },
      foreign: hidden("domain_verification"),
      run: ({ domainVerifications }, target, audit) =>
        domainVerifications.delete(target.organizationId, target.domainVerificationId, audit),
    },
  },
  ssoConfigurations: {
    create: {
      effect: creates("sso_configuration"),
      foreign: { exempt: isTheTenant },
      run: ({ ssoConfigurations }, { organizationId, createdId }, audit) => {
        const sso = newSso(organizationId, { id: parseId(createdId) });
        return ssoConfigurations.create(organizationId, sso, audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("sso_configuration"),
      run: ({ ssoConfigurations }, target) => ssoConfigurations.get(target.organizationId, target.ssoId),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ ssoConfigurations }, target) => ssoConfigurations.list(target.organizationId, firstPage),
    },
    update: {
      effect: { subject: "sso_configuration", action: "updated", of: (target) => target.ssoId },
      foreign: hidden("sso_configuration"),
      run: ({ ssoConfigurations }, target, audit) =>
        ssoConfigurations.update(target.organizationId, target.ssoId, { displayName: "Renamed" }, audit),
    },
    delete: {
      effect: { subject: "sso_configuration", action: "deleted", of: (target) => target.ssoId },
      foreign: hidden("sso_configuration"),
      run: ({ ssoConfigurations }, target, audit) =>
        ssoConfigurations.delete(target.organizationId, target.ssoId, audit),
    },
  },
  scimConfigurations: {
    create: {
      effect: creates("scim_configuration"),
      foreign: hidden("sso_configuration"),
      run: ({ scimConfigurations }, { organizationId, linkedSsoId, createdId }, audit) => {
        const scim = newScim(organizationId, linkedSsoId, { id: parseId(createdId) });
        return scimConfigurations.create(organizationId, scim, newHash(), audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("scim_configuration"),
      run: ({ scimConfigurations }, target) => scimConfigurations.get(target.organizationId, target.scimId),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ scimConfigurations }, target) => scimConfigurations.list(target.organizationId, firstPage),
    },
    listAll: {
      effect: "reads",
      foreign: { exempt: isTheOperators },
      run: ({ scimConfigurations }) => scimConfigurations.listAll(firstPage),
    },
    update: {
      effect: { subject: "scim_configuration", action: "updated", of: (target) => target.scimId },
      foreign: hidden("scim_configuration"),
      run: ({ scimConfigurations }, target, audit) =>
        scimConfigurations.update(target.organizationId, target.scimId, { name: "Renamed" }, audit),
    },
    delete: {
      effect: { subject: "scim_configuration", action: "deleted", of: (target) => target.scimId },
      foreign: hidden("scim_configuration"),
      run: ({ scimConfigurations }, target, audit) =>
        scimConfigurations.delete(target.organizationId, target.scimId, audit),
    },
    replaceToken: {
      effect: { subject: "scim_configuration", action: "token_regenerated", of: (target) => target.scimId },
      foreign: hidden("scim_configuration"),
      run: ({ scimConfigurations }, { organizationId, scimId }, audit) => {
        const token = { hash: newHash(), expiresAtMs: nextMs(), lifetimeSeconds: 3_600 };
        return scimConfigurations.replaceToken(organizationId, scimId, () => token, audit);
      },
    },
  },
  personalAccessTokens: {
    create: {
      effect: creates("personal_access_token"),
      foreign: hidden("user"),
      run: ({ personalAccessTokens }, { organizationId, userId, createdId }, audit) => {
        const token = newToken(organizationId, userId, { id: parseId(createdId) });
        return personalAccessTokens.create(organizationId, token, newHash(), audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("personal_access_token"),
      run: ({ personalAccessTokens }, target) =>
        personalAccessTokens.get(target.organizationId, target.tokenId),
    },
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ personalAccessTokens }, target) =>
        personalAccessTokens.list(target.organizationId, undefined, firstPage),
    },
    listAll: {
      effect: "reads",
      foreign: { exempt: isTheOperators },
      run: ({ personalAccessTokens }) => personalAccessTokens.listAll(undefined, firstPage),
    },
    delete: {
      effect: { subject: "personal_access_token", action: "deleted", of: (target) => target.tokenId },
      foreign: hidden("personal_access_token"),
      run: ({ personalAccessTokens }, target, audit) =>
        personalAccessTokens.delete(target.organizationId, target.tokenId, audit),
    },
    touch: {
      effect: "keeps",
      foreign: { sees: "nothing" },
      run: ({ personalAccessTokens }, target) =>
        personalAccessTokens.touch(target.organizationId, target.tokenId, nextMs()),
    },
  },
  directoryUsers: {
    create: {
      effect: creates("user"),
      foreign: hidden("scim_configuration"),
      run: ({ directoryUsers }, target, audit) => {
        const user = newUser({}, { id: parseId(target.createdId) });
        return directoryUsers.create(directoryOf(target), user, audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("directory_user"),
      run: ({ directoryUsers }, target) => directoryUsers.get(directoryOf(target), target.directoryUserId),
    },
    update: {
      effect: { subject: "user", action: "updated", of: (target) => target.directoryUserId },
      foreign: hidden("directory_user"),
      run: ({ directoryUsers }, target, audit) => {
        const content = newUserContent({ displayName: "Renamed" });
        return directoryUsers.update(directoryOf(target), target.directoryUserId, () => content, audit);
      },
    },
    delete: {
      effect: { subject: "user", action: "deleted", of: (target) => target.directoryUserId },
      foreign: hidden("directory_user"),
      run: ({ directoryUsers }, target, audit) =>
        directoryUsers.delete(directoryOf(target), target.directoryUserId, () => {}, audit),
    },
    list: {
      effect: "reads",
      foreign: { sees: "an empty page" },
      run: ({ directoryUsers }, target) => directoryUsers.list(directoryOf(target), unfiltered),
    },
  },
  directoryGroups: {
    create: {
      effect: creates("group"),
      foreign: hidden("scim_configuration"),
      run: ({ directoryGroups }, target, audit) => {
        const group = { ...newGroup({}, [target.directoryUserId]), id: parseId<GroupId>(target.createdId) };
        return directoryGroups.create(directoryOf(target), group, audit);
      },
    },
    get: {
      effect: "reads",
      foreign: hidden("directory_group"),
      run: ({ directoryGroups }, target) => directoryGroups.get(directoryOf(target), target.directoryGroupId),
    },
    getWithMembers: {
      effect: "reads",
      foreign: hidden("directory_group"),
      run: ({ directoryGroups }, target) =>
        directoryGroups.getWithMembers(directoryOf(target), target.directoryGroupId, 10),
    },
    readMembers: {
      effect: "reads",
      foreign: hidden("directory_group"),
      run: (repositories, target) => readAll(repositories, directoryOf(target), target.directoryGroupId, 10),
    },
    update: {
      effect: { subject: "group", action: "updated", of: (target) => target.directoryGroupId },
      foreign: hidden("directory_group"),
      run: ({ directoryGroups }, target, audit) => {
        const change = {
          content: newGroupContent(),
          members: { kind: "delta", add: [], remove: [target.directoryUserId] },
        } as const;
        return directoryGroups.update(directoryOf(target), target.directoryGroupId, () => change, audit);
      },
    },
    delete: {
      effect: { subject: "group", action: "deleted", of: (target) => target.directoryGroupId },
      foreign: hidden("directory_group"),
      run: ({ directoryGroups }, target, audit) =>
        directoryGroups.delete(directoryOf(target), target.directoryGroupId, () => {}, audit),
    },
    list: {
      effect: "reads",
      foreign: { sees: "an empty page" },
      run: ({ directoryGroups }, target) => directoryGroups.list(directoryOf(target), unfiltered),
    },
  },
  credentials: {
    findPersonalAccessToken: {
      effect: "reads",
      foreign: { exempt: isDecidedByTheHash },
      run: ({ credentials }, target) => credentials.findPersonalAccessToken(target.tokenHash),
    },
    findScimConfiguration: {
      effect: "reads",
      foreign: { exempt: isDecidedByTheHash },
      run: ({ credentials }, target) => credentials.findScimConfiguration(target.scimHash),
    },
  },
  locator: {
    organizationOf: {
      effect: "reads",
      foreign: { exempt: "it tells whose a resource is, and nothing else of it" },
      run: ({ locator }, target) => locator.organizationOf("scim_configuration", target.scimId),
    },
  },
  events: {
    list: {
      effect: "reads",
      foreign: { sees: "only its own" },
      run: ({ events }, target) => events.list(target.organizationId, 0, 100),
    },
    search: {
      effect: "reads",
      foreign: { sees: "only its own" },
      async run({ events }, { organizationId }) {
        const page = { after: undefined, limit: 100, scanMax: 1_000 };
        const searches = [{}, { subjectIds: [organizationId] }].flatMap((filter) =>
          [true, false].map((descending) => events.search(organizationId, { ...page, filter, descending })),
        );
        return (await Promise.all(searches)).flatMap(({ items }) => items);
      },
    },
    lastPositions: {
      effect: "reads",
      foreign: { exempt: "it tells where logs end, and nothing of what is in them" },
      run: async ({ events }, target) => [...(await events.lastPositions([target.organizationId]))],
    },
    appendRefusal: {
      effect: {
        subject: "personal_access_token",
        action: "authentication_failed",
        of: (target) => target.tokenId,
      },
      foreign: { exempt: isTheTenant },
      run: ({ events }, { organizationId, tokenId }, audit) => {
        const subject = { subjectType: "personal_access_token", subjectId: tokenId } as const;
        const refusal = { ...subject, action: "authentication_failed", occurrences: 1 } as const;
        return events.appendRefusal(organizationId, refusal, audit);
      },
    },
  },
  instance: {
    operatorId: {
      effect: "keeps",
      foreign: { exempt: isTheInstances },
      run: ({ instance }) => instance.operatorId(newId()),
    },
    keyCheck: {
      effect: "keeps",
      foreign: { exempt: isTheInstances },
      run: ({ instance }) => instance.keyCheck("sealed"),
    },
    operatorTokenHash: {
      effect: "reads",
      foreign: { exempt: isTheInstances },
      run: ({ instance }) => instance.operatorTokenHash(),
    },
    setOperatorTokenHash: {
      effect: "keeps",
      foreign: { exempt: isTheInstances },
      run: ({ instance }) => instance.setOperatorTokenHash(newHash(), { replace: true }),
    },
  },
};

export interface NamedCall extends Call {
  /** As in `ssoConfigurations.list`. */
  readonly name: string;
}

export const everyCall: readonly NamedCall[] = Object.entries(calls).flatMap(([repository, methods]) =>
  Object.entries<Call>(methods).map(([method, call]) => ({ ...call, name: `${repository}.${method}` })),
);

/** A tenant of its own, with what the call needs. */
export async function targetFor({ prepare }: NamedCall, repositories: Repositories): Promise<Target> {
  const target = targetOf(await createTenant(repositories));
  await prepare?.(repositories, target);
  return target;
}

const newGuest = (): Joiner => ({ organizationId: newId(), userId: newId(), newUserId: newId() });

export function targetOf(tenant: Tenant): Target {
  return {
    organizationId: tenant.organization.id,
    userId: tenant.member.userId,
    email: tenant.member.email,
    ssoId: tenant.sso.id,
    linkedSsoId: tenant.linkedSso.id,
    scimId: tenant.scim.id,
    scimHash: tenant.scimHash,
    tokenId: tenant.token.id,
    tokenHash: tenant.tokenHash,
    directoryUserId: tenant.directoryUser.id,
    directoryGroupId: tenant.directoryGroup.id,
    directoryGroupName: tenant.directoryGroup.content.displayName,
    ownGroupId: tenant.ownGroup.id,
    ownMembershipId: tenant.ownMembership.id,
    domainVerificationId: tenant.domainVerification.id,
    domainVerificationToken: tenant.domainVerification.verificationToken,
    guest: newGuest(),
    createdId: newId(),
  };
}

/** Names what never existed, in whichever organization. */
export function unknownTarget(organizationId: OrganizationId): Target {
  return {
    organizationId,
    userId: newId(),
    email: `nobody.${newId()}@example.com`,
    ssoId: newId(),
    linkedSsoId: newId(),
    scimId: newId(),
    scimHash: newHash(),
    tokenId: newId(),
    tokenHash: newHash(),
    directoryUserId: newId(),
    directoryGroupId: newId(),
    directoryGroupName: `Nobody's ${newId()}`,
    ownGroupId: newId(),
    ownMembershipId: newId(),
    domainVerificationId: newId(),
    domainVerificationToken: `nobody's ${newId()}`,
    guest: newGuest(),
    createdId: newId(),
  };
}
