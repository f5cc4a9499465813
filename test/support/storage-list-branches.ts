/**
 * The forms that lists of the management API take, for tests of their statements: the table of calls has the plainest. None
 * of those that name what they list: of the few rows of those it does not matter whether they are sorted.
 */
import type { MemberFilter, MemberSortKey, Storage } from "../../src/storage/storage.ts";
import { createTenant } from "./storage-tenant.ts";

const sortKeys: readonly MemberSortKey[] = ["name", "date_joined"];

export async function runListBranches(storage: Storage): Promise<void> {
  const { organization, member, directoryUser, directoryGroup } = await createTenant(storage);
  const { id } = organization;
  const { members, groups } = storage;
  const filters: readonly MemberFilter[] = [
    {},
    { statuses: ["active", "suspended"] },
    { statuses: ["active"], roles: ["admin"] },
    { search: "person" },
    { excludeGroupIds: [directoryGroup.id] },
    { inNoGroup: true },
  ];
  const key = { name: member.fullName, date_joined: member.memberSinceMs };
  for (const filter of filters) {
    await members.count(id, filter, 100);
    for (const by of sortKeys) {
      for (const descending of [false, true]) {
        const sort = { by, descending };
        const after = { key: key[by], id: member.userId };
        await members.list(id, { filter, sort, after: undefined, limit: 10 });
        await members.list(id, { filter, sort, after, limit: 10 });
      }
    }
  }
  const page = { afterId: undefined, limit: 10 };
  await groups.list(id, { search: "group", systemManaged: true }, page);
  await groups.list(id, { systemManaged: false }, page);
  await groups.listMemberships(id, directoryGroup.id, "user", { ...page, afterId: directoryUser.id });
}
