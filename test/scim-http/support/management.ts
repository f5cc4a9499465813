/** The same directory as the management API shows it, and the configurations that SCIM's tokens come from. */
import { type Client, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import {
  OrganizationRole,
  OrganizationService,
  type SCIMConfiguration,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserStatus } from "../../../gen/gitpod/v1/user_pb.ts";
import { present } from "../../rpc/support/expect.ts";

/** A running service, on whatever database. */
export interface Service {
  readonly url: string;
  readonly operatorToken: string;
}

export interface Management {
  readonly organizations: Client<typeof OrganizationService>;
  readonly groups: Client<typeof GroupService>;
}

export function managementOf({ url, operatorToken }: Service): Management {
  const transport = createConnectTransport({
    baseUrl: url,
    httpVersion: "1.1",
    useBinaryFormat: false,
    interceptors: [
      (next) => (req) => {
        req.header.set("Authorization", `Bearer ${operatorToken}`);
        return next(req);
      },
    ],
  });
  return {
    organizations: createClient(OrganizationService, transport),
    groups: createClient(GroupService, transport),
  };
}

/** A SCIM configuration with the token that opens it. */
export interface Issued {
  readonly organizationId: string;
  readonly ssoConfigurationId: string;
  readonly configurationId: string;
  readonly token: string;
}

/** A new organization with nobody in it. */
export async function createOrganization({ organizations }: Management, name: string): Promise<string> {
  const { organization } = await organizations.createOrganization({ name });
  return present(organization).id;
}

export interface ConfigurationOptions {
  readonly allowUnverifiedEmailAccountLinking?: boolean;
}

/** Another configuration for the organization, with an SSO configuration of its own. */
export async function createConfiguration(
  { organizations }: Management,
  organizationId: string,
  name: string,
  { allowUnverifiedEmailAccountLinking = false }: ConfigurationOptions = {},
): Promise<Issued> {
  const { ssoConfiguration } = await organizations.createSSOConfiguration({
    organizationId,
    clientId: "client",
    clientSecret: "the-client-secret-of-a-scim-test",
    issuerUrl: "https://issuer.example.com",
    emailDomains: ["example.com"],
    displayName: name,
  });
  const ssoConfigurationId = present(ssoConfiguration).id;
  const { scimConfiguration, token } = await organizations.createSCIMConfiguration({
    organizationId,
    ssoConfigurationId,
    name,
    allowUnverifiedEmailAccountLinking,
  });
  return { organizationId, ssoConfigurationId, configurationId: present(scimConfiguration).id, token };
}

export async function configurationOf(
  { organizations }: Management,
  scimConfigurationId: string,
): Promise<SCIMConfiguration> {
  return present((await organizations.getSCIMConfiguration({ scimConfigurationId })).scimConfiguration);
}

export interface MemberView {
  readonly id: string;
  readonly email: string;
  readonly fullName: string;
  readonly status: string;
  readonly role: string;
}

export interface GroupView {
  readonly id: string;
  readonly name: string;
  readonly systemManaged: boolean;
  readonly memberCount: number;
  /** User ids, sorted. */
  readonly members: readonly string[];
}

const statuses = [UserStatus.ACTIVE, UserStatus.SUSPENDED, UserStatus.LEFT];

/** All members, those who have left among them, by email. */
export async function membersOf(
  { organizations }: Management,
  organizationId: string,
): Promise<readonly MemberView[]> {
  const members = await pages(async (token) => {
    const page = await organizations.listMembers({
      organizationId,
      filter: { statuses },
      pagination: { pageSize: 100, token },
    });
    return { items: page.members, nextToken: page.pagination?.nextToken };
  });
  return members
    .map(({ userId, email, fullName, status, role }) => ({
      id: userId,
      email,
      fullName,
      status: nameIn(UserStatus, status).toLowerCase(),
      role: nameIn(OrganizationRole, role).toLowerCase(),
    }))
    .toSorted((a, b) => (a.email < b.email ? -1 : 1));
}

/** All groups with their members, by name. The operator's list is of all organizations. */
export async function groupsOf(
  { groups }: Management,
  organizationId: string,
): Promise<readonly GroupView[]> {
  const all = await pages(async (token) => {
    const page = await groups.listGroups({ pagination: { pageSize: 100, token } });
    return { items: page.groups, nextToken: page.pagination?.nextToken };
  });
  const own = all.filter((group) => group.organizationId === organizationId);
  const views = own.map(async ({ id, name, systemManaged, memberCount }) => ({
    id,
    name,
    systemManaged,
    memberCount,
    members: await membershipsOf({ groups }, id),
  }));
  return (await Promise.all(views)).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The ids of the users in the group, sorted. */
export async function membershipsOf(
  { groups }: Pick<Management, "groups">,
  groupId: string,
): Promise<readonly string[]> {
  const memberships = await pages(async (token) => {
    const page = await groups.listMemberships({ groupId, pagination: { pageSize: 100, token } });
    return { items: page.members, nextToken: page.pagination?.nextToken };
  });
  return memberships.map(({ subject }) => present(subject).id).toSorted();
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}

async function pages<Item>(read: (token: string) => Promise<Page<Item>>): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined = "";
  do {
    const page: Page<Item> = await read(token);
    all.push(...page.items);
    token = page.nextToken;
  } while (token !== undefined && token !== "");
  return all;
}

function nameIn(names: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(names).find(([, each]) => each === value)?.[0] ?? String(value);
}
