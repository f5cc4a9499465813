import { expect } from "vitest";
import type { MembersChange } from "../../../src/storage/directory.ts";
import { pieceMax } from "../../../src/storage/operations/pieces.ts";
import { type StoreTest, type StoreUnderTest, tables } from "../../support/storage-harness.ts";
import { addBusyMember, populate } from "../../support/storage-many-rows.ts";
import { newAudit } from "../../support/storage-records.ts";

/** Two pieces, and one that is left. */
const size = 2 * pieceMax + 1;
const timeoutMs = 60_000;

export function manyRowsTests(test: StoreTest): void {
  test(
    "a group of more members than one statement takes out loses all of them, emptied or deleted, and no other does",
    async (store) => {
      const { storage } = store;
      const { organizationId, directory, full, own, userIds } = await populate(store, size);
      const nobody: MembersChange = { kind: "replace", members: [] };
      const emptied = await storage.directoryGroups.update(
        directory,
        full[0],
        () => ({ members: nobody }),
        newAudit(),
      );
      expect(emptied.memberCount).toBe(0);
      expect(await membersByGroup(store, [full[0], full[1], own])).toEqual([0, size, size + 1]);
      await storage.groups.delete(organizationId, own, newAudit());
      expect(await membersByGroup(store, [full[0], full[1], own])).toEqual([0, size, 0]);
      await storage.directoryGroups.delete(directory, full[1], () => {}, newAudit());
      expect(await membersByGroup(store, [full[0], full[1], own])).toEqual([0, 0, 0]);
      expect((await storage.members.get(organizationId, userIds[0] ?? expect.fail())).status).toBe("active");
    },
    timeoutMs,
  );

  test(
    "the end of a directory, and of an organization, with more rows than one statement takes leaves none, and others' alone",
    async (store) => {
      const { organizationId, directory } = await populate(store, size);
      const other = await populate(store, 3);
      const before = await countRows(store, other.organizationId);

      await store.storage.scimConfigurations.delete(organizationId, directory.configurationId, newAudit());
      const counts = await countRows(store, organizationId);
      expect(counts).toMatchObject({ directory_users: 0, directory_counts: 0, members: size + 2 });
      expect(await numberOf(store, "groups WHERE configuration_id = ?", directory.configurationId)).toBe(0);
      expect(counts.groups).toBe(size + 4);
      const emails = "directory_user_emails WHERE configuration_id = ?";
      expect(await numberOf(store, emails, directory.configurationId)).toBe(0);
      expect(await numberOf(store, emails, other.directory.configurationId)).toBe(4);

      await store.storage.organizations.delete(organizationId, newAudit());
      const left = Object.entries(await countRows(store, organizationId)).filter(([, count]) => count > 0);
      // What has happened stays.
      expect(left.map(([table]) => table)).toEqual(["event_positions", "events"]);
      expect(await countRows(store, other.organizationId)).toEqual(before);
    },
    timeoutMs,
  );

  test(
    "a member with more tokens and keys than one statement takes is erased with all of them, and nobody else is",
    async (store) => {
      const { organizationId } = await populate(store, 3);
      const [erased, kept] = [
        await addBusyMember(store, organizationId, size),
        await addBusyMember(store, organizationId, 2),
      ];
      await store.storage.members.delete(organizationId, erased, newAudit());
      const left = async (userId: string): Promise<readonly number[]> => [
        await numberOf(store, "personal_access_tokens WHERE user_id = ?", userId),
        await numberOf(store, "idempotency_keys WHERE caller_id = ?", userId),
      ];
      expect(await left(erased)).toEqual([0, 0]);
      expect(await left(kept)).toEqual([2, 2]);
    },
    timeoutMs,
  );

  test(
    "an organization with a directory of many ends as a whole",
    async (store) => {
      const { organizationId, directory } = await populate(store, size);
      await store.storage.organizations.delete(organizationId, newAudit());
      const left = Object.entries(await countRows(store, organizationId)).filter(([, count]) => count > 0);
      expect(left.map(([table]) => table)).toEqual(["event_positions", "events"]);
      const emails = "directory_user_emails WHERE configuration_id = ?";
      expect(await numberOf(store, emails, directory.configurationId)).toBe(0);
    },
    timeoutMs,
  );
}

async function numberOf(
  { execute }: StoreUnderTest,
  rows: string,
  ...parameters: readonly string[]
): Promise<number> {
  const [row] = await execute(`SELECT count(*) AS number FROM ${rows}`, ...parameters);
  return Number(row?.number);
}

async function membersByGroup(
  store: StoreUnderTest,
  groupIds: readonly string[],
): Promise<readonly number[]> {
  return Promise.all(groupIds.map((id) => numberOf(store, "group_members WHERE group_id = ?", id)));
}

/** Of every table that says whose its rows are. */
async function countRows(store: StoreUnderTest, organizationId: string): Promise<Record<string, number>> {
  const others = new Set(["instance", "directory_user_emails", "idempotency_keys"]);
  const counts: Record<string, number> = {};
  for (const table of tables.filter((name) => !others.has(name))) {
    const column = table === "organizations" ? "id" : "organization_id";
    counts[table] = await numberOf(store, `${table} WHERE ${column} = ?`, organizationId);
  }
  return counts;
}
