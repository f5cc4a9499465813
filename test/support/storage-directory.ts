/** Users and groups of directories as rows, written past the storage: a resource with any search document and any time. */
import { foldCase } from "../../src/base/fold.ts";
import type { GroupId, UserId } from "../../src/base/ids.ts";
import type { FilterDocument } from "../../src/scim/filter/evaluate.ts";
import type { SearchDocument, SearchElement } from "../../src/scim/resource/search-document.ts";
import type { DirectoryTenant } from "../../src/storage/directory.ts";
import type { Parameter } from "../../src/storage/operation.ts";
import type { StoreUnderTest } from "./storage-harness.ts";
import { newId, nextMs } from "./storage-records.ts";
import { anotherDirectory, createTenant } from "./storage-tenant.ts";

/** Of one moment: filters compare with it as it is here. */
export interface ResourceRow<Id extends UserId | GroupId = UserId | GroupId> {
  readonly id: Id;
  /** userName of a user, displayName of a group: as it was given, not folded. */
  readonly name: string;
  /** Of a user, as a member; made from the name when it is undefined. */
  readonly displayName?: string | undefined;
  readonly externalId: string | undefined;
  /** In the form in which values are compared, without the name, externalId, groups and members. */
  readonly search: SearchDocument;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export type UserRow = ResourceRow<UserId>;
export type GroupRow = ResourceRow<GroupId>;

/** What a test says of a resource; its id is new, and later than those before it. */
export type RowValues = Partial<Omit<ResourceRow, "id">>;

export interface Directory {
  readonly tenant: DirectoryTenant;
  readonly users: readonly UserRow[];
  readonly groups: readonly GroupRow[];
  /** Users' ids by the ids of groups. */
  readonly members: ReadonlyMap<GroupId, readonly UserId[]>;
}

export function newUserRow(values: Partial<UserRow> = {}): UserRow {
  const id = values.id ?? newId<UserId>();
  const atMs = nextMs();
  const defaults = {
    name: `User.${id}`,
    externalId: undefined,
    search: {},
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  return { ...defaults, ...values, id };
}

export function newGroupRow(values: Partial<GroupRow> = {}): GroupRow {
  const id = values.id ?? newId<GroupId>();
  const atMs = nextMs();
  const defaults = {
    name: `Group ${id}`,
    externalId: undefined,
    search: {},
    createdAtMs: atMs,
    updatedAtMs: atMs,
  };
  return { ...defaults, ...values, id };
}

/** An empty directory, in an organization that has another. */
export async function newDirectory({ storage }: StoreUnderTest): Promise<DirectoryTenant> {
  return anotherDirectory(storage, await createTenant(storage));
}

/** How members of groups are shown, and found by `members.display`. */
function displayNameOf({ name, displayName }: UserRow): string {
  return displayName ?? `Display of ${name}`;
}

export async function addDirectory(store: StoreUnderTest, directory: Directory): Promise<void> {
  const { tenant, users, groups, members } = directory;
  await addUsers(store, tenant, users);
  await addGroups(store, tenant, groups);
  for (const [groupId, userIds] of members) await addMembers(store, tenant, groupId, userIds);
}

export async function addMembers(
  store: StoreUnderTest,
  { organizationId }: DirectoryTenant,
  groupId: GroupId,
  userIds: readonly UserId[],
): Promise<void> {
  const rows = userIds.map((userId) => ({
    organization_id: organizationId,
    group_id: groupId,
    user_id: userId,
    id: newId(),
    created_at: 1,
  }));
  await insert(store, "group_members", rows);
}

export async function addUsers(
  store: StoreUnderTest,
  tenant: DirectoryTenant,
  users: readonly UserRow[],
): Promise<void> {
  await insert(
    store,
    "members",
    users.map(({ id }) => memberOf(tenant, id)),
  );
  await addUsersOfMembers(store, tenant, users);
}

/** As a directory does that links its users to members who are there already. */
export async function addUsersOfMembers(
  store: StoreUnderTest,
  tenant: DirectoryTenant,
  users: readonly UserRow[],
): Promise<void> {
  const { organizationId, configurationId } = tenant;
  const rows = users.map((user) => ({
    organization_id: organizationId,
    configuration_id: configurationId,
    user_id: user.id,
    user_name: user.name,
    user_name_fold: foldCase(user.name),
    external_id: user.externalId ?? null,
    active: user.search.active === "false" ? 0 : 1,
    linked: 0,
    display_name: displayNameOf(user),
    display_name_fold: foldCase(displayNameOf(user)),
    document: '{"schemas":[]}',
    search: JSON.stringify(searchOfUser(user)),
    version: 1,
    created_at: user.createdAtMs,
    updated_at: user.updatedAtMs,
  }));
  await insert(store, "directory_users", rows);
  const addresses = users.flatMap((user) =>
    addressesOf(user).map((address) => ({
      configuration_id: configurationId,
      value_fold: address,
      user_id: user.id,
    })),
  );
  await insert(store, "directory_user_emails", addresses);
  await count(store, tenant, { users: users.length, groups: 0 });
}

function memberOf({ organizationId }: DirectoryTenant, userId: UserId): Values {
  return {
    organization_id: organizationId,
    user_id: userId,
    email: `${userId}@example.com`,
    email_fold: `${userId}@example.com`,
    full_name: "A user",
    avatar_url: "",
    role: "member",
    status: "active",
    login_provider: "",
    member_since: 1,
    updated_at: 1,
  };
}

export async function addGroups(
  store: StoreUnderTest,
  tenant: DirectoryTenant,
  groups: readonly GroupRow[],
): Promise<void> {
  const rows = groups.map((group) => ({
    organization_id: tenant.organizationId,
    id: group.id,
    configuration_id: tenant.configurationId,
    name: group.name,
    name_fold: foldCase(group.name),
    description: "",
    external_id: group.externalId ?? null,
    member_count: 0,
    document: '{"schemas":[]}',
    search: JSON.stringify(searchOfGroup(group)),
    version: 1,
    created_at: group.createdAtMs,
    updated_at: group.updatedAtMs,
  }));
  await insert(store, "groups", rows);
  await count(store, tenant, { users: 0, groups: groups.length });
}

/** As filters see it. */
export function userDocument(user: UserRow, { groups, members }: Directory): FilterDocument {
  const own = groups
    .filter(({ id }) => members.get(id)?.includes(user.id))
    .map(({ id, name }) => ({ value: id, display: foldCase(name), type: "direct" }));
  return documentOf(user, { ...searchOfUser(user), ...listed("groups", own) });
}

export function groupDocument(group: GroupRow, { users, members }: Directory): FilterDocument {
  const own = users
    .filter(({ id }) => members.get(group.id)?.includes(id))
    .map((user) => ({ value: user.id, display: foldCase(displayNameOf(user)), type: "user" }));
  return documentOf(group, { ...searchOfGroup(group), ...listed("members", own) });
}

function documentOf({ id, createdAtMs, updatedAtMs }: ResourceRow, search: SearchDocument): FilterDocument {
  return { id, search, timesMs: { "meta.created": createdAtMs, "meta.lastModified": updatedAtMs } };
}

function listed(name: string, elements: readonly SearchElement[]): SearchDocument {
  return elements.length === 0 ? {} : { [name]: elements };
}

function searchOfUser({ name, externalId, search }: UserRow): SearchDocument {
  return { ...search, userName: foldCase(name), ...(externalId === undefined ? {} : { externalId }) };
}

function searchOfGroup({ name, externalId, search }: GroupRow): SearchDocument {
  return { ...search, displayName: foldCase(name), ...(externalId === undefined ? {} : { externalId }) };
}

function addressesOf({ search }: UserRow): readonly string[] {
  const emails = search.emails;
  if (emails === undefined || typeof emails === "string") return [];
  return [...new Set(emails.flatMap(({ value }) => value ?? []))];
}

async function count(
  store: StoreUnderTest,
  { organizationId, configurationId }: DirectoryTenant,
  { users, groups }: { readonly users: number; readonly groups: number },
): Promise<void> {
  await store.execute(
    `INSERT INTO directory_counts VALUES (?, ?, ?, ?)
     ON CONFLICT (organization_id, configuration_id) DO UPDATE
     SET user_count = directory_counts.user_count + excluded.user_count,
         group_count = directory_counts.group_count + excluded.group_count`,
    organizationId,
    configurationId,
    users,
    groups,
  );
}

type Values = Readonly<Record<string, Parameter>>;

/** Rows of one statement: PostgreSQL takes 65,535 parameters. */
const rowsMax = 1_000;

export async function insert(
  { execute }: Pick<StoreUnderTest, "execute">,
  table: string,
  rows: readonly Values[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  for (let start = 0; start < rows.length; start += rowsMax) {
    const some = rows.slice(start, start + rowsMax);
    const places = some.map(() => `(${columns.map(() => "?").join(", ")})`).join(", ");
    const values = some.flatMap((row) => columns.map((name) => row[name] ?? null));
    await execute(`INSERT INTO ${table} (${columns.join(", ")}) VALUES ${places}`, ...values);
  }
}
