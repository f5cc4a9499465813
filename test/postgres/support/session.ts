/**
 * A scripted session over RPC: the same calls, on whatever database, and their answers with everything random in them
 * masked in the order of its appearance.
 */

import { awkwardNames } from "../../rpc/support/awkward.ts";
import type { ManualClock } from "../../support/clock.ts";
import { type Answer, adminToken, type Instance, textAt } from "./instances.ts";
import { runMembersSession } from "./session-members.ts";
import { until } from "./storages.ts";

export interface Recorded {
  readonly call: string;
  readonly status: number;
  readonly body: string;
}

export interface Session {
  readonly recorded: Recorded[];
  call(method: string, body: object, token?: string, idempotencyKey?: string): Promise<Answer>;
}

const org = "OrganizationService";
const user = "UserService";
const group = "GroupService";
const absent = "01890000-0000-7000-8000-000000000000";
const dayMs = 86_400_000;

export async function runSession(instance: Instance, clock: ManualClock): Promise<readonly Recorded[]> {
  const session = createSession(instance, clock);
  const organizationId = await organizations(session);
  const ssoIds = await ssoConfigurations(session, organizationId);
  await scimConfigurations(session, clock, organizationId, ssoIds);
  const member = await personalAccessTokens(session, instance, clock);
  await groups(session, member);
  await domains(session, organizationId);
  await runMembersSession(session, organizationId, member);
  await refusals(session, organizationId, ssoIds);
  await deletions(session, organizationId, ssoIds);
  return session.recorded;
}

function createSession(instance: Instance, clock: ManualClock): Session {
  const recorded: Recorded[] = [];
  const mask = createMask();
  return {
    recorded,
    async call(method, body, token = adminToken, idempotencyKey = undefined) {
      clock.advance(1);
      const call = `${recorded.length} ${method}`;
      const answer = await instance.call(method, body, {
        token,
        requestId: `request-${recorded.length}`,
        idempotencyKey,
      });
      recorded.push({ call, status: answer.status, body: mask(answer.text) });
      return answer;
    },
  };
}

/** Ids, tokens and page tokens: the first of all becomes <1>, and is <1> wherever it comes again. */
function createMask(): (text: string) => string {
  const names = new Map<string, string>();
  const random =
    /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|orgsvc_[a-z]+_\w+|orgsvc-verification=\w+|(?<="nextToken":")[\w-]+/g;
  return (text) =>
    text.replaceAll(random, (value) => {
      const name = names.get(value) ?? `<${names.size + 1}>`;
      names.set(value, name);
      return name;
    });
}

async function organizations({ call }: Session): Promise<string> {
  const organizationId = textAt(await call(`${org}/CreateOrganization`, { name: "Acme" }), "organization.id");
  for (const name of awkwardNames) {
    const id = textAt(await call(`${org}/CreateOrganization`, { name }), "organization.id");
    await call(`${org}/UpdateOrganization`, { organizationId: id, name: `${name}${name}` });
    await call(`${org}/GetOrganization`, { organizationId: id });
  }
  const inviteDomains = { domains: ["b.example", "a.example", "Ä.example"] };
  await call(`${org}/UpdateOrganization`, { organizationId, inviteDomains });
  // What changes nothing leaves the time as it was.
  await call(`${org}/UpdateOrganization`, { organizationId, inviteDomains });
  await call(`${org}/UpdateOrganization`, { organizationId, inviteDomains: {} });
  await call(`${org}/GetOrganization`, { organizationId });
  return organizationId;
}

async function ssoConfigurations({ call }: Session, organizationId: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for (const displayName of awkwardNames) {
    const created = await call(`${org}/CreateSSOConfiguration`, {
      organizationId,
      clientId: `client ${displayName}`,
      clientSecret: "not for the answer",
      issuerUrl: "https://issuer.example/%C3%A4?b=c#d",
      emailDomains: ["z.example", "a.example"],
      displayName,
      additionalScopes: [displayName, "groups", "groups"],
      claimsExpression: `claims.name == ${JSON.stringify(displayName)}`,
    });
    ids.push(textAt(created, "ssoConfiguration.id"));
  }
  for (const [index, ssoConfigurationId] of ids.entries()) {
    // Objects order keys like numbers before others; `__proto__` is a claim like any other.
    const claims = Object.fromEntries([...awkwardNames.map((name) => [name, name]), ["10", "b"], ["9", "a"]]);
    await call(`${org}/UpdateSSOConfiguration`, {
      ssoConfigurationId,
      claims: index % 2 === 0 ? claims : {},
    });
    if (index % 3 === 0) {
      const state = "SSO_CONFIGURATION_STATE_INACTIVE";
      await call(`${org}/UpdateSSOConfiguration`, { ssoConfigurationId, state, additionalScopes: {} });
    }
    await call(`${org}/GetSSOConfiguration`, { ssoConfigurationId });
  }
  await everyPage(call, `${org}/ListSSOConfigurations`, { organizationId }, 3);
  return ids;
}

async function scimConfigurations(
  { call }: Session,
  clock: ManualClock,
  organizationId: string,
  ssoIds: readonly string[],
): Promise<void> {
  const ids: string[] = [];
  for (const [index, name] of awkwardNames.entries()) {
    const created = await call(`${org}/CreateSCIMConfiguration`, {
      organizationId,
      ssoConfigurationId: ssoIds[index],
      name,
      tokenExpiresIn: `${86_400 * (index + 1)}s`,
      allowUnverifiedEmailAccountLinking: index % 2 === 0,
    });
    ids.push(textAt(created, "scimConfiguration.id"));
  }
  for (const [index, scimConfigurationId] of ids.entries()) {
    clock.advance(dayMs);
    await call(`${org}/UpdateSCIMConfiguration`, { scimConfigurationId, enabled: index % 2 === 0 });
    await call(`${org}/UpdateSCIMConfiguration`, { scimConfigurationId, ssoConfigurationId: ssoIds[0] });
    await call(`${org}/RegenerateSCIMToken`, { scimConfigurationId });
    await call(`${org}/GetSCIMConfiguration`, { scimConfigurationId });
  }
  await everyPage(call, `${org}/ListSCIMConfigurations`, { organizationId }, 5);
  await everyPage(call, `${org}/ListSCIMConfigurations`, {}, 7);
}

interface Person {
  readonly organizationId: string;
  readonly userId: string;
}

async function personalAccessTokens(
  { call }: Session,
  { app }: Instance,
  clock: ManualClock,
): Promise<Person> {
  const member = await newMember(app, clock.nowMs());
  await call(`${user}/GetUser`, { userId: member.userId });
  const issued: string[] = [];
  for (const [index, description] of awkwardNames.entries()) {
    const created = await call(`${user}/CreatePersonalAccessToken`, {
      userId: member.userId,
      description,
      validFor: `${3600 * (index + 1)}s`,
      readOnly: index % 2 === 1,
    });
    issued.push(textAt(created, "token"));
  }
  for (const token of issued) await call("IdentityService/GetAuthenticatedIdentity", {}, token);
  // Uses are noted off the request's path.
  const page = { afterId: undefined, limit: 100 };
  await until(async () => {
    const tokens = await app.context.storage.personalAccessTokens.listAll([member.userId], page);
    return tokens.every(({ lastUsedAtMs }) => lastUsedAtMs !== undefined);
  });
  for (const token of issued) await call(`${user}/GetAuthenticatedUser`, {}, token);
  await everyPage(
    call,
    `${user}/ListPersonalAccessTokens`,
    { filter: { userIds: [member.userId, absent] } },
    4,
  );
  await everyPage(call, `${user}/ListPersonalAccessTokens`, {}, 100);
  clock.advance(3_600_000);
  // Expired by now, and read-only.
  for (const token of issued.slice(0, 2)) {
    await call(`${user}/CreatePersonalAccessToken`, { userId: member.userId, description: "another" }, token);
  }
  return member;
}

async function groups({ call }: Session, { organizationId, userId }: Person): Promise<void> {
  const names = awkwardNames.filter((name) => [...name].length >= 3);
  const ids: string[] = [];
  for (const name of names) {
    const created = await call(`${group}/CreateGroup`, { organizationId, name, description: name });
    ids.push(textAt(created, "group.id"));
    await call(`${group}/CreateGroup`, { organizationId, name: name.toUpperCase() });
  }
  const subject = { id: userId, principal: "PRINCIPAL_USER" };
  for (const [index, groupId] of ids.entries()) {
    await call(`${group}/UpdateGroup`, { groupId, name: names[(index + 1) % names.length] });
    await call(`${group}/UpdateGroup`, { groupId, name: `${names[index]} again` });
    const joined = await call(`${group}/CreateMembership`, { groupId, subject });
    await call(`${group}/CreateMembership`, { groupId, subject });
    await call(`${group}/ListMemberships`, { groupId });
    const membershipId = textAt(joined, "member.id");
    if (index % 3 === 0) await call(`${group}/DeleteMembership`, { membershipId });
    if (index % 3 === 1) await call(`${group}/DeleteGroup`, { groupId });
    await call(`${group}/GetGroup`, { id: groupId });
  }
  await call(`${group}/CreateMembership`, { groupId: ids[0], subject: { id: absent } });
  await everyPage(call, `${group}/ListGroups`, { organizationId }, 4);
}

async function domains({ call }: Session, organizationId: string): Promise<void> {
  const ids: string[] = [];
  for (const domain of ["acme.example", "BÜCHER.example", "例え.example"]) {
    const created = await call(`${org}/CreateDomainVerification`, { organizationId, domain });
    ids.push(textAt(created, "domainVerification.id"));
    await call(`${org}/CreateDomainVerification`, { organizationId, domain: domain.toLowerCase() });
  }
  for (const domain of ["localhost", "127.0.0.1", ...awkwardNames]) {
    await call(`${org}/CreateDomainVerification`, { organizationId, domain });
  }
  await everyPage(call, `${org}/ListDomainVerifications`, { organizationId }, 2);
  await call(`${org}/DeleteDomainVerification`, { domainVerificationId: ids[0] });
  for (const domainVerificationId of ids) {
    await call(`${org}/GetDomainVerification`, { domainVerificationId });
  }
}

/** The first admin of another organization: no RPC of this version makes a member. */
async function newMember(app: Instance["app"], atMs: number) {
  const { storage, ids } = app.context;
  const owner = ids.next<Parameters<typeof storage.organizations.get>[0]>();
  const userId = ids.next<Parameters<typeof storage.members.get>[1]>();
  const times = { createdAtMs: atMs, updatedAtMs: atMs };
  const organization = {
    id: owner,
    name: "Of a person",
    tier: "enterprise",
    inviteDomains: [],
    ...times,
  } as const;
  const member = {
    organizationId: owner,
    userId,
    email: "Ärger@Example.com",
    fullName: "Zoë \u{1f600} O'Brien",
    avatarUrl: "",
    role: "admin",
    status: "active",
    loginProvider: "builtin",
    memberSinceMs: atMs,
    updatedAtMs: atMs,
  } as const;
  const audit = {
    eventId: ids.next<Parameters<typeof storage.organizations.create>[2]["eventId"]>(),
    actorId: userId,
    actorPrincipal: "user",
    requestId: "set-up",
    atMs,
  } as const;
  await storage.organizations.create(organization, member, audit);
  return member;
}

async function refusals({ call }: Session, organizationId: string, ssoIds: readonly string[]): Promise<void> {
  await call(`${org}/GetOrganization`, { organizationId: absent });
  await call(`${org}/GetOrganization`, { organizationId: "no id" });
  await call(`${org}/GetOrganization`, { organizationId }, "orgsvc_pat_of_nobody");
  await call(`${org}/UpdateOrganization`, { organizationId, name: "" });
  await call(`${org}/UpdateOrganization`, { organizationId, name: "NUL \u0000" });
  await call(`${org}/UpdateOrganization`, { organizationId, name: "half \ud800 a pair" });
  await call(`${org}/CreateSCIMConfiguration`, { organizationId, ssoConfigurationId: absent });
  await call(`${org}/DeleteSSOConfiguration`, { ssoConfigurationId: ssoIds[0] });
  await call(`${org}/DeleteSSOConfiguration`, { ssoConfigurationId: absent });
  await call(`${org}/RegenerateSCIMToken`, { scimConfigurationId: absent });
  await call(`${org}/ListSSOConfigurations`, { organizationId, pagination: { token: "made up" } });
  await call(`${user}/CreatePersonalAccessToken`, { userId: absent, description: "nobody's" });
  await call(`${user}/GetAuthenticatedUser`, {});
  await call(`${org}/ListMembers`, { organizationId });
}

async function deletions(
  { call }: Session,
  organizationId: string,
  ssoIds: readonly string[],
): Promise<void> {
  const { body } = await call(`${org}/DeleteSSOConfiguration`, { ssoConfigurationId: ssoIds[1] });
  if ("code" in body) throw new Error("nothing links to it any more");
  await call(`${org}/GetSSOConfiguration`, { ssoConfigurationId: ssoIds[1] });
  await call(`${org}/DeleteOrganization`, { organizationId });
  await call(`${org}/GetOrganization`, { organizationId });
  await call(`${org}/GetSSOConfiguration`, { ssoConfigurationId: ssoIds[0] });
  await call(`${org}/ListSCIMConfigurations`, {});
  await call(`${org}/DeleteOrganization`, { organizationId });
}

async function everyPage(
  call: Session["call"],
  method: string,
  body: object,
  pageSize: number,
): Promise<void> {
  for (let token = ""; ; ) {
    const answer = await call(method, { ...body, pagination: { pageSize, token } });
    const { pagination } = answer.body;
    if (typeof pagination !== "object" || pagination === null || !("nextToken" in pagination)) return;
    token = String(pagination.nextToken);
  }
}
