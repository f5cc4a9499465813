/** An organization with many of everything that it can have many of, and the operations that change all of them. */
import type { GroupId, OrganizationId, UserId } from "../../src/base/ids.ts";
import type { DirectoryTenant } from "../../src/storage/directory.ts";
import { pieceMax } from "../../src/storage/operations/pieces.ts";
import { addGroups, addMembers, addUsers, insert, newGroupRow, newUserRow } from "./storage-directory.ts";
import { addMember, type StoreUnderTest } from "./storage-harness.ts";
import { newAudit, newHash, newId, newMember } from "./storage-records.ts";
import { createTenant } from "./storage-tenant.ts";

export interface Populous {
  readonly organizationId: OrganizationId;
  readonly directory: DirectoryTenant;
  readonly userIds: readonly UserId[];
  /** Of the directory, with all users in them. */
  readonly full: readonly [GroupId, GroupId];
  /** The organization's own, with all users in it. */
  readonly own: GroupId;
}

/** @param size how many users, each with an address, groups and tokens there are */
export async function populate(store: StoreUnderTest, size: number): Promise<Populous> {
  const { organization, directory, member, ownGroup } = await createTenant(store.storage);
  const users = Array.from({ length: size }, (_, at) =>
    newUserRow({ search: { emails: [{ value: `user.${at}@example.com` }] } }),
  );
  const userIds = users.map(({ id }) => id);
  const [first, second, ...others] = [
    newGroupRow(),
    newGroupRow(),
    ...Array.from({ length: size }, () => newGroupRow()),
  ];
  await addUsers(store, directory, users);
  await addGroups(store, directory, [first, second, ...others]);
  for (const id of [first.id, second.id, ownGroup.id]) {
    await addMembers(store, directory, id, userIds);
    await store.execute("UPDATE groups SET member_count = member_count + ? WHERE id = ?", size, id);
  }
  await addTokens(store, organization.id, member.userId, size);
  return {
    organizationId: organization.id,
    directory,
    userIds,
    full: [first.id, second.id],
    own: ownGroup.id,
  };
}

async function addTokens(
  store: StoreUnderTest,
  organizationId: OrganizationId,
  userId: UserId,
  count: number,
): Promise<void> {
  const rows = Array.from({ length: count }, () => ({
    organization_id: organizationId,
    id: newId(),
    user_id: userId,
    description: "One of many",
    creator_id: userId,
    creator_principal: "user",
    read_only: 0,
    created_at: 1,
    expires_at: 2,
    token_hash: newHash(),
  }));
  await insert(store, "personal_access_tokens", rows);
}

/** A member of the organization, in no directory, with tokens and with creations under keys. */
export async function addBusyMember(
  store: StoreUnderTest,
  organizationId: OrganizationId,
  count: number,
): Promise<UserId> {
  const member = newMember(organizationId);
  await addMember(store, member);
  await addTokens(store, organizationId, member.userId, count);
  const keys = Array.from({ length: count }, () => ({
    caller_id: member.userId,
    key: newId(),
    request_hash: newHash(),
    result: "",
    created_at: 1,
  }));
  await insert(store, "idempotency_keys", keys);
  return member.userId;
}

/** All operations that change any number of rows, with so many that they do it in pieces. */
export async function runChangesOfMany(store: StoreUnderTest): Promise<void> {
  const { directoryGroups, groups, members, scimConfigurations, organizations } = store.storage;
  const { organizationId, directory, full, own } = await populate(store, pieceMax + 1);
  await directoryGroups.update(
    directory,
    full[0],
    () => ({ members: { kind: "replace", members: [] } }),
    newAudit(),
  );
  await groups.delete(organizationId, own, newAudit());
  await members.delete(organizationId, await addBusyMember(store, organizationId, pieceMax + 1), newAudit());
  await scimConfigurations.delete(organizationId, directory.configurationId, newAudit());
  await organizations.delete(organizationId, newAudit());
}
