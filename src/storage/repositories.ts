/** Binds every operation to an engine's executor: the same for all engines. */
import { createCreations } from "./creations.ts";
import { openMembersReading } from "./members-reading.ts";
import type { Executor } from "./operation.ts";
import * as directoryGroups from "./operations/directory-groups.ts";
import * as directoryLists from "./operations/directory-lists.ts";
import * as directoryUsers from "./operations/directory-users.ts";
import * as domains from "./operations/domain-verifications.ts";
import * as eventSearch from "./operations/event-search.ts";
import * as events from "./operations/events.ts";
import * as memberships from "./operations/group-memberships.ts";
import * as groups from "./operations/groups.ts";
import * as instance from "./operations/instance.ts";
import * as joining from "./operations/joining.ts";
import * as locator from "./operations/locator.ts";
import * as memberLife from "./operations/member-life.ts";
import * as memberLists from "./operations/member-lists.ts";
import * as memberRoles from "./operations/member-roles.ts";
import * as members from "./operations/members.ts";
import * as invites from "./operations/organization-invites.ts";
import * as organizations from "./operations/organizations.ts";
import * as ownGroups from "./operations/own-groups.ts";
import * as tokens from "./operations/personal-access-tokens.ts";
import * as refusals from "./operations/refusals.ts";
import * as scim from "./operations/scim-configurations.ts";
import * as sso from "./operations/sso-configurations.ts";
import * as forms from "./operations/stored-results.ts";
import type { Repositories } from "./storage.ts";

export function createRepositories({ read, snapshot, write, hold }: Executor): Repositories {
  const { make, makeSecret } = createCreations(write);
  return {
    organizations: {
      create: (organization, firstMember, audit) =>
        make(
          audit,
          () => organizations.createOrganization(organization, firstMember, audit),
          forms.organizationForm,
        ),
      get: (...args) => read(() => organizations.getOrganization(...args)),
      update: (id, patch, audit) =>
        write(() => organizations.updateOrganization(id, patch, audit), audit.eventId),
      delete: (id, audit) => write(() => organizations.deleteOrganization(id, audit), audit.eventId),
    },
    members: {
      get: (...args) => read(() => members.getMember(...args)),
      getByEmail: (...args) => read(() => members.getMemberByEmail(...args)),
      list: (...args) => read(() => memberLists.listMembers(...args)),
      count: (...args) => read(() => memberLists.countMembers(...args)),
      setRole: (tenant, id, role, audit) =>
        write(() => memberRoles.setMemberRole(tenant, id, role, audit), audit.eventId),
      setSuspended: (tenant, id, suspended, audit) =>
        write(() => memberLife.setMemberSuspended(tenant, id, suspended, audit), audit.eventId),
      join: (joiner, way, audit) =>
        make(audit, () => joining.joinOrganization(joiner, way, audit), forms.memberForm),
      leave: (tenant, id, audit) =>
        write(() => memberLife.leaveOrganization(tenant, id, audit), audit.eventId),
      delete: (tenant, id, audit) => write(() => memberLife.deleteMember(tenant, id, audit), audit.eventId),
    },
    organizationInvites: {
      replace: (tenant, invite, audit) =>
        make(audit, () => invites.replaceInvite(tenant, invite, audit), forms.inviteForm),
      get: (...args) => read(() => invites.getInvite(...args)),
    },
    groups: {
      get: (...args) => read(() => groups.getGroup(...args)),
      getByName: (...args) => read(() => groups.getGroupByName(...args)),
      list: (...args) => read(() => groups.listGroups(...args)),
      listAll: (...args) => read(() => groups.listAllGroups(...args)),
      findMembership: (...args) => read(() => memberships.findGroupMembership(...args)),
      listMemberships: (...args) => read(() => memberships.listGroupMemberships(...args)),
      create: (tenant, group, audit) =>
        make(audit, () => ownGroups.createGroup(tenant, group, audit), forms.groupForm),
      update: (tenant, id, patch, audit) =>
        write(() => ownGroups.updateGroup(tenant, id, patch, audit), audit.eventId),
      delete: (tenant, id, audit) => write(() => ownGroups.deleteGroup(tenant, id, audit), audit.eventId),
      addMember: (tenant, id, membership, audit) =>
        make(
          audit,
          () => memberships.addGroupMember(tenant, id, membership, audit),
          forms.groupMembershipForm,
        ),
      removeMember: (tenant, id, audit) =>
        write(() => memberships.removeGroupMember(tenant, id, audit), audit.eventId),
    },
    domainVerifications: {
      create: (tenant, verification, audit) =>
        make(
          audit,
          () => domains.createDomainVerification(tenant, verification, audit),
          forms.domainVerificationForm,
        ),
      get: (...args) => read(() => domains.getDomainVerification(...args)),
      list: (...args) => read(() => domains.listDomainVerifications(...args)),
      verify: (tenant, id, seenToken, audit) =>
        write(() => domains.verifyDomain(tenant, id, seenToken, audit), audit.eventId),
      delete: (tenant, id, audit) =>
        write(() => domains.deleteDomainVerification(tenant, id, audit), audit.eventId),
    },
    ssoConfigurations: {
      create: (tenant, configuration, audit) =>
        make(
          audit,
          () => sso.createSsoConfiguration(tenant, configuration, audit),
          forms.ssoConfigurationForm,
        ),
      get: (...args) => read(() => sso.getSsoConfiguration(...args)),
      list: (...args) => read(() => sso.listSsoConfigurations(...args)),
      update: (tenant, id, patch, audit) =>
        write(() => sso.updateSsoConfiguration(tenant, id, patch, audit), audit.eventId),
      delete: (tenant, id, audit) =>
        write(() => sso.deleteSsoConfiguration(tenant, id, audit), audit.eventId),
    },
    scimConfigurations: {
      create: (tenant, configuration, hash, audit) =>
        makeSecret(audit, () => scim.createScimConfiguration(tenant, configuration, hash, audit)),
      get: (...args) => read(() => scim.getScimConfiguration(...args)),
      list: (...args) => read(() => scim.listScimConfigurations(...args)),
      listAll: (...args) => read(() => scim.listAllScimConfigurations(...args)),
      update: (tenant, id, patch, audit) =>
        write(() => scim.updateScimConfiguration(tenant, id, patch, audit), audit.eventId),
      delete: (tenant, id, audit) =>
        write(() => scim.deleteScimConfiguration(tenant, id, audit), audit.eventId),
      replaceToken: (tenant, id, issue, audit) =>
        makeSecret(audit, () => scim.replaceScimToken(tenant, id, issue, audit)),
    },
    personalAccessTokens: {
      create: (tenant, token, hash, audit) =>
        makeSecret(audit, () => tokens.createPersonalAccessToken(tenant, token, hash, audit)),
      get: (...args) => read(() => tokens.getPersonalAccessToken(...args)),
      list: (...args) => read(() => tokens.listPersonalAccessTokens(...args)),
      listAll: (...args) => read(() => tokens.listAllPersonalAccessTokens(...args)),
      delete: (tenant, id, audit) =>
        write(() => tokens.deletePersonalAccessToken(tenant, id, audit), audit.eventId),
      touch: (...args) => write(() => tokens.touchPersonalAccessToken(...args)),
    },
    directoryUsers: {
      create: (tenant, user, audit) =>
        write(() => directoryUsers.createDirectoryUser(tenant, user, audit), audit.eventId),
      get: (...args) => read(() => directoryUsers.getDirectoryUser(...args)),
      update: (tenant, id, change, audit) =>
        write(() => directoryUsers.updateDirectoryUser(tenant, id, change, audit), audit.eventId),
      delete: (tenant, id, check, audit) =>
        write(() => directoryUsers.deleteDirectoryUser(tenant, id, check, audit), audit.eventId),
      list: (...args) => snapshot(() => directoryLists.listDirectoryUsers(...args)),
    },
    directoryGroups: {
      create: (tenant, group, audit) =>
        write(() => directoryGroups.createDirectoryGroup(tenant, group, audit), audit.eventId),
      get: (...args) => read(() => directoryGroups.getDirectoryGroup(...args)),
      getWithMembers: (...args) => snapshot(() => directoryGroups.getDirectoryGroupWithMembers(...args)),
      readMembers: (...args) => openMembersReading(hold, ...args),
      update: (tenant, id, change, audit) =>
        write(() => directoryGroups.updateDirectoryGroup(tenant, id, change, audit), audit.eventId),
      delete: (tenant, id, check, audit) =>
        write(() => directoryGroups.deleteDirectoryGroup(tenant, id, check, audit), audit.eventId),
      list: (...args) => snapshot(() => directoryLists.listDirectoryGroups(...args)),
    },
    credentials: {
      findPersonalAccessToken: (hash) => read(() => tokens.findCredentialByToken(hash)),
      findScimConfiguration: (hash) => read(() => scim.findScimConfigurationByToken(hash)),
    },
    locator: { organizationOf: (...args) => read(() => locator.organizationOf(...args)) },
    events: {
      list: (...args) => read(() => events.listEvents(...args)),
      search: (...args) => read(() => eventSearch.searchEvents(...args)),
      lastPositions: (...args) => read(() => events.lastEventPositions(...args)),
      appendRefusal: (tenant, refusal, audit) =>
        write(() => refusals.appendRefusal(tenant, refusal, audit), audit.eventId),
    },
    instance: {
      operatorId: (candidate) => write(() => instance.keepOperatorId(candidate)),
      keyCheck: (candidate) => write(() => instance.keepKeyCheck(candidate)),
      operatorTokenHash: () => read(() => instance.getOperatorTokenHash()),
      setOperatorTokenHash: (...args) => write(() => instance.setOperatorTokenHash(...args)),
    },
  };
}
