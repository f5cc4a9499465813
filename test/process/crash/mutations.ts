/** Mutations by RPC: what each should do, and the call that asks for it. */
import type { Client } from "@connectrpc/connect";
import { type OrganizationService, SSOConfigurationState } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { type Action, type Effect, type Fields, type Kind, type Resource, unknownValue } from "./model.ts";

export interface Clients {
  readonly organizations: Client<typeof OrganizationService>;
  readonly users: Client<typeof UserService>;
}

/** What an answer tells that the request did not. */
export interface Learned {
  readonly id?: string | undefined;
  readonly token?: string;
}

/** What goes with every request: the id that its events will carry. */
export interface Call {
  readonly headers: Readonly<Record<string, string>>;
}

/** What one change should do. */
export type Asked = Omit<Effect, "key" | "requestId" | "worker">;

export interface Mutation extends Asked {
  send(call: Call): Promise<Learned>;
  /** Finds the id that the answer does not tell. */
  locate?(): Promise<string | undefined>;
}

/** Several changes that one request asks for. */
export interface ManyMutations {
  readonly asked: readonly Asked[];
  /** What was learned of each, in their order. */
  send(call: Call): Promise<readonly Learned[]>;
}

export type Target = readonly [id: string, resource: Resource];

/** A label is unique, and in every field of one change, so that half a change shows. */
export function createMutations({ organizations, users }: Clients) {
  return {
    createOrganization: (label: string): Mutation => ({
      ...creation("organization", undefined, { name: label, inviteDomains: "[]" }),
      send: async (call) => {
        const { organization } = await organizations.createOrganization({ name: label }, call);
        return { id: organization?.id };
      },
    }),
    updateOrganization: (label: string, [organizationId, resource]: Target): Mutation => {
      const domains = [`${label}.example.com`];
      const fields = { name: label, inviteDomains: JSON.stringify(domains) };
      return {
        ...change("updated", [organizationId, resource], fields),
        send: async (call) => {
          const request = { organizationId, name: label, inviteDomains: { domains } };
          await organizations.updateOrganization(request, call);
          return {};
        },
      };
    },
    deleteOrganization: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) => nothing(organizations.deleteOrganization({ organizationId: target[0] }, call)),
    }),

    createSso: (label: string, organizationId: string): Mutation => ({
      ...creation("sso_configuration", organizationId, { ...ssoFields(label), state: "active" }),
      send: async (call) => {
        const request = { organizationId, ...ssoFields(label) };
        return { id: (await organizations.createSSOConfiguration(request, call)).ssoConfiguration?.id };
      },
    }),
    updateSso: (label: string, target: Target): Mutation => ({
      ...change("updated", target, { ...ssoFields(label), state: "inactive" }),
      send: (call) => {
        const state = SSOConfigurationState.SSO_CONFIGURATION_STATE_INACTIVE;
        const request = { ssoConfigurationId: target[0], ...ssoFields(label), state };
        return nothing(organizations.updateSSOConfiguration(request, call));
      },
    }),
    deleteSso: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) => nothing(organizations.deleteSSOConfiguration({ ssoConfigurationId: target[0] }, call)),
    }),

    createScim: (label: string, [ssoConfigurationId, { organizationId }]: Target): Mutation => ({
      ...creation("scim_configuration", organizationId, {
        name: label,
        enabled: "1",
        ssoConfigurationId,
        tokenHash: unknownValue(),
      }),
      send: async (call) => {
        const request = { organizationId, ssoConfigurationId, name: label };
        const { scimConfiguration, token } = await organizations.createSCIMConfiguration(request, call);
        return { id: scimConfiguration?.id, token };
      },
    }),
    updateScim: (label: string, target: Target): Mutation => {
      const enabled = target[1].fields.enabled !== "1";
      return {
        ...change("updated", target, { name: label, enabled: enabled ? "1" : "0" }),
        send: (call) => {
          const request = { scimConfigurationId: target[0], name: label, enabled };
          return nothing(organizations.updateSCIMConfiguration(request, call));
        },
      };
    },
    regenerateScimToken: (target: Target): Mutation => ({
      ...change("token_regenerated", target, { tokenHash: unknownValue(target[1].fields.tokenHash) }),
      send: async (call) => {
        const { token } = await organizations.regenerateSCIMToken({ scimConfigurationId: target[0] }, call);
        return { token };
      },
    }),
    deleteScim: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) =>
        nothing(organizations.deleteSCIMConfiguration({ scimConfigurationId: target[0] }, call)),
    }),

    createToken: (label: string, organizationId: string, userId: string): Mutation => ({
      ...creation("personal_access_token", organizationId, {
        description: label,
        userId,
        tokenHash: unknownValue(),
      }),
      send: async (call) => {
        const { token } = await users.createPersonalAccessToken({ userId, description: label }, call);
        return { token };
      },
      locate: async () => {
        const pagination = { pageSize: 100 };
        const list = await users.listPersonalAccessTokens({ filter: { userIds: [userId] }, pagination });
        return list.personalAccessTokens.find(({ description }) => description === label)?.id;
      },
    }),
    deleteToken: (target: Target): Mutation => ({
      ...change("deleted", target),
      send: (call) => nothing(users.deletePersonalAccessToken({ personalAccessTokenId: target[0] }, call)),
    }),
  };
}

export function creation(kind: Kind, organizationId: string | undefined, fields: Fields) {
  return { kind, action: "created", organizationId, subjectId: undefined, fields } as const;
}

export function change<A extends Exclude<Action, "created">>(
  action: A,
  [subjectId, { kind, organizationId }]: Target,
  fields: Fields = {},
) {
  return { kind, action, organizationId, subjectId, fields };
}

async function nothing(answer: Promise<unknown>): Promise<Learned> {
  await answer;
  return {};
}

function ssoFields(label: string) {
  return {
    clientId: label,
    clientSecret: `secret of ${label}`,
    issuerUrl: `https://${label}.example.com`,
    displayName: label,
  };
}
