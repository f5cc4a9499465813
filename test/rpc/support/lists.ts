/** The lists of the contract that are built, each with a way to fill it, read a page of it, and know its items again. */
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import type { TestServer, TestTenant } from "../../support/server.ts";
import { present } from "./expect.ts";
import { addGroup, addMembership, removeGroup, theGroupOf } from "./groups.ts";
import { builtMethods } from "./methods.ts";
import { fieldOf, type RawAnswer, send } from "./raw.ts";
import { createSso } from "./world.ts";

export interface List {
  readonly name: string;
  readonly path: string;
  /** What the request says besides the page. */
  body(tenant: TestTenant, server: TestServer): object;
  /** A new item of the list: its id. */
  add(server: TestServer, tenant: TestTenant): Promise<string>;
  /** Absent for a list that never loses anything. */
  remove?(server: TestServer, tenant: TestTenant, id: string): Promise<unknown>;
  readonly items: string;
  /** The field of an item that identifies it, and by which the list is in order. `id` unless it is said. */
  readonly idField?: string;
}

const organizations = (server: TestServer, { token }: TestTenant) =>
  server.client(OrganizationService, { token });
const users = (server: TestServer, { token }: TestTenant) => server.client(UserService, { token });

export const lists: readonly List[] = [
  {
    name: "OrganizationService/ListMembers",
    path: "/gitpod.v1.OrganizationService/ListMembers",
    body: ({ organizationId }) => ({ organizationId }),
    // All of one moment, so that they are in the order of their ids.
    add: async (server, tenant) => server.person(tenant),
    async remove(server, _tenant, id) {
      server.sql("UPDATE members SET status = 'left' WHERE user_id = ?", id);
    },
    items: "members",
    idField: "userId",
  },
  {
    name: "OrganizationService/ListSSOConfigurations",
    path: "/gitpod.v1.OrganizationService/ListSSOConfigurations",
    body: ({ organizationId }) => ({ organizationId }),
    add: createSso,
    remove: (server, tenant, id) =>
      organizations(server, tenant).deleteSSOConfiguration({ ssoConfigurationId: id }),
    items: "ssoConfigurations",
  },
  {
    name: "OrganizationService/ListSCIMConfigurations",
    path: "/gitpod.v1.OrganizationService/ListSCIMConfigurations",
    body: () => ({}),
    async add(server, tenant) {
      const { organizationId } = tenant;
      const { scimConfiguration } = await organizations(server, tenant).createSCIMConfiguration({
        organizationId,
        ssoConfigurationId: await anySso(server, tenant),
      });
      return present(scimConfiguration).id;
    },
    remove: (server, tenant, id) =>
      organizations(server, tenant).deleteSCIMConfiguration({ scimConfigurationId: id }),
    items: "scimConfigurations",
  },
  {
    name: "OrganizationService/ListDomainVerifications",
    path: "/gitpod.v1.OrganizationService/ListDomainVerifications",
    body: ({ organizationId }) => ({ organizationId }),
    async add(server, tenant) {
      const { domainVerification } = await organizations(server, tenant).createDomainVerification({
        organizationId: tenant.organizationId,
        domain: `${crypto.randomUUID()}.example`,
      });
      return present(domainVerification).id;
    },
    remove: (server, tenant, id) =>
      organizations(server, tenant).deleteDomainVerification({ domainVerificationId: id }),
    items: "domainVerifications",
  },
  {
    name: "UserService/ListPersonalAccessTokens",
    path: "/gitpod.v1.UserService/ListPersonalAccessTokens",
    body: () => ({}),
    async add(server, tenant) {
      const description = crypto.randomUUID();
      await users(server, tenant).createPersonalAccessToken({ userId: tenant.userId, description });
      const [row] = server.rows("SELECT id FROM personal_access_tokens WHERE description = ?", description);
      return typeof row === "object" && row !== null && "id" in row ? String(row.id) : "";
    },
    remove: (server, tenant, id) =>
      users(server, tenant).deletePersonalAccessToken({ personalAccessTokenId: id }),
    items: "personalAccessTokens",
  },
  {
    name: "GroupService/ListGroups",
    path: "/gitpod.v1.GroupService/ListGroups",
    body: () => ({}),
    add: async (server, { organizationId }) => addGroup(server, organizationId),
    remove: async (server, _tenant, id) => removeGroup(server, id),
    items: "groups",
  },
  {
    name: "GroupService/ListMemberships",
    path: "/gitpod.v1.GroupService/ListMemberships",
    body: (tenant, server) => ({ groupId: theGroupOf(server, tenant) }),
    async add(server, tenant) {
      // Both ids are made at once: the order of users is that of memberships too.
      const userId = server.person(tenant);
      return addMembership(server, tenant.organizationId, theGroupOf(server, tenant), userId);
    },
    async remove(server, _tenant, id) {
      server.sql("DELETE FROM group_members WHERE id = ?", id);
    },
    items: "members",
  },
  {
    name: "EventService/ListAuditLogs",
    path: "/gitpod.v1.EventService/ListAuditLogs",
    body: () => ({ sort: { field: "createdAt", order: "SORT_ORDER_ASC" } }),
    async add(server, tenant) {
      const subjectId = await createSso(server, tenant);
      const [row] = server.rows("SELECT id FROM events WHERE subject_id = ?", subjectId);
      return typeof row === "object" && row !== null && "id" in row ? String(row.id) : "";
    },
    items: "entries",
  },
];

/** The built methods whose request has a page: the table above must have them all. */
export const pagedMethods: readonly string[] = builtMethods
  .filter(({ method }) => method.input.fields.some(({ message }) => message?.name === "PaginationRequest"))
  .map(({ name }) => name);

async function anySso(server: TestServer, tenant: TestTenant): Promise<string> {
  const { organizationId } = tenant;
  const { ssoConfigurations } = await organizations(server, tenant).listSSOConfigurations({ organizationId });
  return ssoConfigurations[0]?.id ?? (await createSso(server, tenant));
}

/** A tenant whose list has so many items: their ids, in order. */
export async function filled(
  server: TestServer,
  list: List,
  count: number,
): Promise<{ readonly tenant: TestTenant; readonly ids: readonly string[] }> {
  const tenant = await server.tenant();
  // The tenant's own token is one of its tokens.
  const present = idsOn(await readPage(server, list, tenant, {}), list);
  if (count > present.length) await list.add(server, tenant);
  const rest = Math.max(0, count - present.length - 1);
  // At once: they commit together.
  await Promise.all(Array.from({ length: rest }, () => list.add(server, tenant)));
  const ids = idsOn(await readPage(server, list, tenant, { pageSize: 100 }), list);
  const tail = ids.length < count ? await allIds(server, list, tenant, 100) : ids;
  return { tenant, ids: tail };
}

export interface PageOptions {
  readonly pageSize?: number;
  readonly token?: string;
}

export function readPage(
  server: TestServer,
  list: List,
  tenant: TestTenant,
  pagination: PageOptions,
  query = "",
): Promise<RawAnswer> {
  const body = { ...list.body(tenant, server), pagination };
  return send(server, list.path + query, { token: tenant.token, body });
}

export function idsOn(answer: RawAnswer, { items, idField = "id" }: List): string[] {
  const found = fieldOf(answer, items) ?? [];
  if (!Array.isArray(found)) throw new Error(`no list: ${answer.text}`);
  return found.map((item: unknown) => {
    const fields = typeof item === "object" && item !== null ? new Map(Object.entries(item)) : undefined;
    return String(fields?.get(idField) ?? "");
  });
}

/** "" on the last page. */
export function nextToken(answer: RawAnswer): string {
  const token = fieldOf(answer, "pagination", "nextToken") ?? "";
  if (typeof token !== "string") throw new Error(`no token: ${answer.text}`);
  return token;
}

/** From page to page to the end, by the body. */
export async function allIds(
  server: TestServer,
  list: List,
  tenant: TestTenant,
  pageSize: number,
): Promise<string[]> {
  const ids: string[] = [];
  const seen = new Set<string>();
  let token = "";
  do {
    const answer = await readPage(server, list, tenant, { pageSize, token });
    ids.push(...idsOn(answer, list));
    token = nextToken(answer);
    if (seen.has(token)) throw new Error("a token came again");
    seen.add(token);
  } while (token !== "");
  return ids;
}
