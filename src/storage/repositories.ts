/** Binds every operation to an engine's executor: the same for all engines. */
import type { Executor } from "./operation.ts";
import * as events from "./operations/events.ts";
import * as instance from "./operations/instance.ts";
import * as locator from "./operations/locator.ts";
import * as members from "./operations/members.ts";
import * as organizations from "./operations/organizations.ts";
import * as tokens from "./operations/personal-access-tokens.ts";
import * as scim from "./operations/scim-configurations.ts";
import * as sso from "./operations/sso-configurations.ts";
import type { Repositories } from "./storage.ts";

export function createRepositories({ read, write }: Executor): Repositories {
  return {
    organizations: {
      create: (...args) => write(() => organizations.createOrganization(...args)),
      get: (...args) => read(() => organizations.getOrganization(...args)),
      update: (...args) => write(() => organizations.updateOrganization(...args)),
      delete: (...args) => write(() => organizations.deleteOrganization(...args)),
    },
    members: {
      get: (...args) => read(() => members.getMember(...args)),
      getByEmail: (...args) => read(() => members.getMemberByEmail(...args)),
    },
    ssoConfigurations: {
      create: (...args) => write(() => sso.createSsoConfiguration(...args)),
      get: (...args) => read(() => sso.getSsoConfiguration(...args)),
      list: (...args) => read(() => sso.listSsoConfigurations(...args)),
      update: (...args) => write(() => sso.updateSsoConfiguration(...args)),
      delete: (...args) => write(() => sso.deleteSsoConfiguration(...args)),
    },
    scimConfigurations: {
      create: (...args) => write(() => scim.createScimConfiguration(...args)),
      get: (...args) => read(() => scim.getScimConfiguration(...args)),
      list: (...args) => read(() => scim.listScimConfigurations(...args)),
      listAll: (...args) => read(() => scim.listAllScimConfigurations(...args)),
      update: (...args) => write(() => scim.updateScimConfiguration(...args)),
      delete: (...args) => write(() => scim.deleteScimConfiguration(...args)),
      replaceToken: (...args) => write(() => scim.replaceScimToken(...args)),
    },
    personalAccessTokens: {
      create: (...args) => write(() => tokens.createPersonalAccessToken(...args)),
      get: (...args) => read(() => tokens.getPersonalAccessToken(...args)),
      list: (...args) => read(() => tokens.listPersonalAccessTokens(...args)),
      listAll: (...args) => read(() => tokens.listAllPersonalAccessTokens(...args)),
      delete: (...args) => write(() => tokens.deletePersonalAccessToken(...args)),
      touch: (...args) => write(() => tokens.touchPersonalAccessToken(...args)),
    },
    credentials: {
      findPersonalAccessToken: (hash) => read(() => tokens.findCredentialByToken(hash)),
      findScimConfiguration: (hash) => read(() => scim.findScimConfigurationByToken(hash)),
    },
    locator: { organizationOf: (...args) => read(() => locator.organizationOf(...args)) },
    events: { list: (...args) => read(() => events.listEvents(...args)) },
    instance: {
      operatorId: (candidate) => write(() => instance.keepOperatorId(candidate)),
      keyCheck: (candidate) => write(() => instance.keepKeyCheck(candidate)),
      operatorTokenHash: () => read(() => instance.getOperatorTokenHash()),
      setOperatorTokenHash: (...args) => write(() => instance.setOperatorTokenHash(...args)),
    },
  };
}
