/** What the table of calls does not reach: the other branches of operations on directories, for tests of their statements. */
import type { GroupMembershipId } from "../../src/base/ids.ts";
import type { MembersChange } from "../../src/storage/directory.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { faultOf } from "./storage-harness.ts";
import { newAudit, newId, newUser, newUserContent } from "./storage-records.ts";
import { createTenant } from "./storage-tenant.ts";

export async function runDirectoryBranches(storage: Storage): Promise<void> {
  const tenant = await createTenant(storage);
  const { directory, directoryUser, directoryGroup, member } = tenant;
  const { directoryUsers, directoryGroups } = storage;
  const email = { email: member.email };
  await faultOf(directoryUsers.create(directory, newUser(email), newAudit()));
  // The organization's last admin.
  const linking = { allowUnverifiedLinking: true };
  await faultOf(directoryUsers.create(directory, newUser({ ...email, active: false }, linking), newAudit()));
  await directoryUsers.create(directory, newUser(email, linking), newAudit());
  for (const active of [false, true]) {
    const content = newUserContent({ active });
    await directoryUsers.update(directory, directoryUser.id, () => content, newAudit());
  }
  const some = Array.from({ length: 5 }, () => newUser());
  for (const user of some) await directoryUsers.create(directory, user, newAudit());
  const ids = some.map(({ id }) => id);
  const changes: readonly MembersChange[] = [
    { kind: "delta", add: ids, remove: [directoryUser.id] },
    { kind: "replace", members: ids.slice(1) },
    { kind: "replace", members: [] },
  ];
  for (const members of changes) {
    await directoryGroups.update(directory, directoryGroup.id, () => ({ members }), newAudit());
  }
  const membership = { id: newId<GroupMembershipId>(), userId: directoryUser.id };
  await storage.groups.addMember(tenant.organization.id, tenant.ownGroup.id, membership, newAudit());
  await directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
}
