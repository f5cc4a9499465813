/** The forms that lists of a directory take, for tests of their statements: the table of calls has the plainest. */
import type { Condition, Sort } from "../../src/scim/filter/condition.ts";
import type { DirectoryQuery, ListPosition } from "../../src/storage/directory.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { newAudit, newGroup, newUser } from "./storage-records.ts";
import { createTenant } from "./storage-tenant.ts";

const conditions: readonly (Condition | undefined)[] = [
  undefined,
  { kind: "compare", key: "title", operator: "eq", value: "vp" },
];
const sorts: readonly (Sort | undefined)[] = [
  undefined,
  { by: { kind: "time", key: "meta.lastModified" }, descending: false },
  { by: { kind: "key", key: "externalId" }, descending: true },
];
const after: ListPosition = { key: undefined, id: "" };
const pages: readonly DirectoryQuery["page"][] = [
  { kind: "offset", offset: 0, limit: 0 },
  { kind: "offset", offset: 0, limit: 1 },
  { kind: "offset", offset: 1, limit: 1 },
  { kind: "after", after, limit: 1 },
];

export async function runDirectoryLists(storage: Storage): Promise<void> {
  const { directory } = await createTenant(storage);
  for (const externalId of ["1", "2"]) {
    await storage.directoryUsers.create(directory, newUser({ externalId }), newAudit());
    await storage.directoryGroups.create(directory, newGroup({ externalId }), newAudit());
  }
  for (const condition of conditions) {
    for (const sort of sorts) {
      for (const page of pages) {
        await storage.directoryUsers.list(directory, { condition, sort, page });
        await storage.directoryGroups.list(directory, { condition, sort, page });
      }
    }
  }
}
