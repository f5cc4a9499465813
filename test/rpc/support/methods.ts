/** The endpoints as tests walk over them: a call that succeeds for every built method, and any call by descriptor. */
import {
  create,
  type DescMessage,
  type DescMethod,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel, timestampFromMs } from "@bufbuild/protobuf/wkt";
import type { Transport, UnaryResponse } from "@connectrpc/connect";
import { EventService, ResourceType } from "../../../gen/gitpod/v1/event_pb.ts";
import { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { IdentityService, Principal } from "../../../gen/gitpod/v1/identity_pb.ts";
import {
  ListMembersRequest_SortField,
  OrganizationRole,
  OrganizationService,
  SSOConfigurationState,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { SortOrder } from "../../../gen/gitpod/v1/pagination_pb.ts";
import { UserService, UserStatus } from "../../../gen/gitpod/v1/user_pb.ts";
import type { Endpoint } from "../../../src/rpc/endpoint.ts";
import { endpoints } from "../../../src/rpc/router.ts";
import type { World } from "./world.ts";

export interface BuiltMethod {
  /** As in `OrganizationService/GetOrganization`. */
  readonly name: string;
  readonly method: DescMethodUnary;
  readonly endpoint: Endpoint;
  /** Callable by HTTP GET, and by a read-only token. */
  readonly readsOnly: boolean;
  /** Whose call succeeds. */
  readonly caller: "operator" | "admin";
  /** A request that succeeds once in a world of its own. */
  request(world: World): Message;
}

const org = OrganizationService.method;
const user = UserService.method;
const group = GroupService.method;

const samples: readonly Sample[] = [
  sample(org.createOrganization, () => ({ name: "Created" }), "operator"),
  sample(org.getOrganization, ({ organizationId }) => ({ organizationId })),
  sample(org.updateOrganization, ({ organizationId }) => ({
    organizationId,
    name: "Renamed",
    inviteDomains: { domains: ["example.com"] },
  })),
  sample(org.deleteOrganization, ({ organizationId }) => ({ organizationId })),
  sample(org.createSSOConfiguration, ({ organizationId }) => ({
    organizationId,
    clientId: "another-client",
    clientSecret: "another-client-secret",
    issuerUrl: "https://other.example.com",
    emailDomains: ["example.net"],
  })),
  sample(org.getSSOConfiguration, ({ ssoConfigurationId }) => ({ ssoConfigurationId })),
  sample(org.listSSOConfigurations, ({ organizationId }) => ({ organizationId })),
  sample(org.updateSSOConfiguration, ({ ssoConfigurationId }) => ({
    ssoConfigurationId,
    state: SSOConfigurationState.SSO_CONFIGURATION_STATE_INACTIVE,
    clientSecret: "a-client-secret-from-now-on",
    claims: { email: "mail" },
  })),
  sample(org.deleteSSOConfiguration, (world) => ({ ssoConfigurationId: world.freeSsoConfigurationId })),
  sample(org.createSCIMConfiguration, ({ organizationId, ssoConfigurationId }) => ({
    organizationId,
    ssoConfigurationId,
    name: "Another",
  })),
  sample(org.getSCIMConfiguration, ({ scimConfigurationId }) => ({ scimConfigurationId })),
  sample(org.listSCIMConfigurations, ({ organizationId }) => ({ organizationId })),
  sample(org.updateSCIMConfiguration, ({ scimConfigurationId, freeSsoConfigurationId }) => ({
    scimConfigurationId,
    name: "Renamed",
    enabled: false,
    ssoConfigurationId: freeSsoConfigurationId,
  })),
  sample(org.deleteSCIMConfiguration, ({ scimConfigurationId }) => ({ scimConfigurationId })),
  sample(org.regenerateSCIMToken, ({ scimConfigurationId }) => ({ scimConfigurationId })),
  sample(org.joinOrganization, ({ host }) => ({
    joinId: { case: "inviteId" as const, value: host.inviteId },
  })),
  sample(org.leaveOrganization, ({ member }) => ({ userId: member.userId })),
  sample(org.createOrganizationInvite, ({ organizationId }) => ({ organizationId })),
  sample(org.getOrganizationInvite, ({ organizationId }) => ({ organizationId })),
  sample(org.getOrganizationInviteSummary, ({ inviteId }) => ({ inviteId })),
  sample(user.setSuspended, ({ member }) => ({ userId: member.userId, suspended: true })),
  sample(user.deleteUser, ({ personId }) => ({ userId: personId })),
  sample(org.createDomainVerification, ({ organizationId }) => ({
    organizationId,
    domain: `${crypto.randomUUID()}.example`,
  })),
  sample(org.getDomainVerification, ({ domainVerificationId }) => ({ domainVerificationId })),
  sample(org.listDomainVerifications, ({ organizationId }) => ({ organizationId })),
  sample(org.verifyDomain, ({ domainVerificationId }) => ({ domainVerificationId })),
  sample(org.deleteDomainVerification, ({ domainVerificationId }) => ({ domainVerificationId })),
  sample(user.getAuthenticatedUser, () => ({})),
  sample(user.getUser, ({ member }) => ({ userId: member.userId })),
  sample(user.createPersonalAccessToken, ({ admin }) => ({ userId: admin.userId, description: "another" })),
  sample(user.getPersonalAccessToken, ({ personalAccessTokenId }) => ({ personalAccessTokenId })),
  sample(user.listPersonalAccessTokens, ({ admin, member }) => ({
    filter: { userIds: [admin.userId, member.userId] },
  })),
  sample(user.deletePersonalAccessToken, ({ personalAccessTokenId }) => ({ personalAccessTokenId })),
  sample(org.listMembers, ({ organizationId, groupId, admin }) => ({
    organizationId,
    filter: {
      search: "@",
      statuses: [UserStatus.ACTIVE],
      roles: [OrganizationRole.ADMIN],
      userIds: [admin.userId],
      excludeGroupIds: [groupId],
    },
    sort: { field: ListMembersRequest_SortField.NAME, order: SortOrder.DESC },
    count: { include: true },
  })),
  sample(org.setRole, ({ organizationId, member }) => ({
    organizationId,
    userId: member.userId,
    role: OrganizationRole.ADMIN,
  })),
  sample(group.getGroup, ({ groupId }) => ({ group: { case: "id" as const, value: groupId } })),
  sample(group.listGroups, ({ organizationId, groupId }) => ({
    organizationId,
    filter: { search: "GROUP", groupIds: [groupId], systemManaged: true },
  })),
  sample(group.getMembership, ({ groupId, member }) => ({
    groupId,
    subject: { id: member.userId, principal: Principal.USER },
  })),
  sample(group.createGroup, ({ organizationId }) => ({
    organizationId,
    name: `Created ${crypto.randomUUID()}`,
    description: "What it is for",
  })),
  sample(group.updateGroup, ({ ownGroupId }) => ({
    groupId: ownGroupId,
    name: "Renamed",
    description: "What it is for from now on",
  })),
  sample(group.deleteGroup, ({ ownGroupId }) => ({ groupId: ownGroupId })),
  sample(group.createMembership, ({ ownGroupId, admin }) => ({
    groupId: ownGroupId,
    subject: { id: admin.userId, principal: Principal.USER },
  })),
  sample(group.deleteMembership, ({ ownMembershipId }) => ({ membershipId: ownMembershipId })),
  sample(group.listMemberships, ({ groupId }) => ({ groupId, filter: { search: "PERSON" } })),
  sample(IdentityService.method.getAuthenticatedIdentity, () => ({})),
  sample(EventService.method.listAuditLogs, ({ organizationId, admin }) => ({
    organizationId,
    filter: {
      actorIds: [admin.userId],
      actorPrincipals: [Principal.USER],
      subjectIds: [organizationId],
      subjectTypes: [ResourceType.ORGANIZATION],
      from: timestampFromMs(0),
      to: timestampFromMs(4_000_000_000_000),
    },
    sort: { field: "createdAt", order: SortOrder.ASC },
  })),
];

type Sample = Pick<BuiltMethod, "method" | "caller" | "request">;

function sample<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  init: (world: World) => MessageInitShape<I>,
  caller: BuiltMethod["caller"] = "admin",
): Sample {
  return { method, caller, request: (world) => create(method.input, init(world)) };
}

/** Every endpoint that answers with one message. One without a sample above fails all who walk over them. */
export const builtMethods: readonly BuiltMethod[] = endpoints
  .filter(({ method }) => isUnary(method))
  .map((endpoint) => {
    const found = samples.find(({ method }) => method === endpoint.method);
    const name = nameOf(endpoint);
    if (found === undefined) throw new Error(`${name} is built and has no sample request`);
    return { ...found, name, endpoint, readsOnly: readsOnly(endpoint) };
  });

/** Those that answer with a stream: they have tests of their own. */
export const builtStreams: readonly Endpoint[] = endpoints.filter(({ method }) => !isUnary(method));

export function nameOf({ method }: Pick<Endpoint, "method">): string {
  return `${method.parent.name}/${method.name}`;
}

export function readsOnly({ method }: Pick<Endpoint, "method">): boolean {
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/** Any method by its descriptor, as the generated clients call it. */
export function invoke<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodUnary<I, O>,
  request: MessageShape<I>,
): Promise<UnaryResponse<I, O>> {
  return transport.unary(method, undefined, undefined, undefined, request);
}

/** A unary method, or a stream of responses to its end. */
export async function invokeAny(transport: Transport, method: DescMethod, request: Message): Promise<void> {
  if (isUnary(method)) await invoke(transport, method, request);
  else if (isServerStreaming(method)) await drain(transport, method, request);
  else throw new Error(`${method.name}: the tests call no streams of requests yet`);
}

function isUnary(method: DescMethod): method is DescMethodUnary {
  return method.methodKind === "unary";
}

function isServerStreaming(method: DescMethod): method is DescMethodServerStreaming {
  return method.methodKind === "server_streaming";
}

async function drain<I extends DescMessage, O extends DescMessage>(
  transport: Transport,
  method: DescMethodServerStreaming<I, O>,
  request: MessageShape<I>,
): Promise<void> {
  const requests = async function* () {
    yield request;
  };
  const { message } = await transport.stream(method, undefined, undefined, undefined, requests());
  for await (const _response of message);
}
