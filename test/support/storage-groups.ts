/** A group with some users in it and others beside it. */
import type { GroupId, UserId } from "../../src/base/ids.ts";
import type {
  DirectoryGroup,
  DirectoryTenant,
  MemberReference,
  MembersChange,
} from "../../src/storage/directory.ts";
import type { Repositories, Storage } from "../../src/storage/storage.ts";
import { type NewGroup, newAudit, newGroup, newUser } from "./storage-records.ts";
import { createTenant, type Tenant } from "./storage-tenant.ts";

/** New users of a directory, in order of id. */
export async function addUsers(
  { directoryUsers }: Storage,
  directory: DirectoryTenant,
  count: number,
): Promise<readonly UserId[]> {
  const users = Array.from({ length: count }, () => newUser());
  // Not all at once: those who wait for a connection for too long are refused.
  for (let start = 0; start < count; start += 100) {
    const some = users.slice(start, start + 100);
    await Promise.all(some.map((user) => directoryUsers.create(directory, user, newAudit())));
  }
  return users.map(({ id }) => id);
}

export async function memberIds(
  { directoryGroups }: Storage,
  directory: DirectoryTenant,
  { id }: NewGroup,
): Promise<readonly UserId[]> {
  const { page } = await directoryGroups.getWithMembers(directory, id, 10_000);
  return page.members.map(({ userId }) => userId);
}

export interface WholeGroup {
  readonly group: DirectoryGroup;
  readonly pages: readonly (readonly MemberReference[])[];
}

export async function readAll(
  { directoryGroups }: Pick<Repositories, "directoryGroups">,
  directory: DirectoryTenant,
  id: GroupId,
  pageSize: number,
): Promise<WholeGroup> {
  await using reading = await directoryGroups.readMembers(directory, id, pageSize);
  const pages: (readonly MemberReference[])[] = [];
  for await (const page of reading.pages()) pages.push(page);
  return { group: reading.group, pages };
}

export interface World extends Tenant {
  readonly storage: Storage;
  readonly users: readonly UserId[];
  /** With the first three users in it. */
  readonly group: NewGroup;
  change(members: MembersChange): Promise<DirectoryGroup>;
}

export async function createWorld(storage: Storage): Promise<World> {
  const tenant = await createTenant(storage);
  const users = await addUsers(storage, tenant.directory, 6);
  const group = newGroup({}, users.slice(0, 3));
  await storage.directoryGroups.create(tenant.directory, group, newAudit());
  const change = (members: MembersChange) =>
    storage.directoryGroups.update(tenant.directory, group.id, () => ({ members }), newAudit());
  return { ...tenant, storage, users, group, change };
}
