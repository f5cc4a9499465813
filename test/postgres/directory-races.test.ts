/** Directories on two instances: R14 and R15, and what is deleted beneath them. */
import { describe, expect, it } from "vitest";
import type { UserId } from "../../src/base/ids.ts";
import type { StorageFault } from "../../src/storage/errors.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allEvents, faultOf } from "../support/storage-harness.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { newAudit, newGroup, newUser, newUserContent } from "../support/storage-records.ts";
import { expectSound } from "../support/storage-soundness.ts";
import { createTenant, type Tenant } from "../support/storage-tenant.ts";
import { openPair, type Pair, spread } from "./support/pairs.ts";
import { expectGapFree, expectNothingLeft } from "./support/storages.ts";

const server = postgresServer();

/** New users of the pair's directory, in order of id. */
async function addUsers({ storages, tenant }: Pair, count: number): Promise<readonly UserId[]> {
  const users = Array.from({ length: count }, () => newUser());
  const [{ directoryUsers }] = storages;
  await Promise.all(users.map((user) => directoryUsers.create(tenant.directory, user, newAudit())));
  return users.map(({ id }) => id);
}

const addition = (id: UserId) => () => ({ members: { kind: "delta", add: [id], remove: [] } }) as const;

describe("on two instances", () => {
  it("of 50 creations of one user one wins, and 49 are told that it exists", async () => {
    await using pair = await openPair(server);
    const names = Array.from({ length: 50 }, (_, index) => (index % 3 === 0 ? "ADA" : "ada"));
    const faults = await spread(pair, 50, ({ directoryUsers }, index) =>
      faultOf(
        directoryUsers.create(
          pair.tenant.directory,
          newUser({ userName: names[index] ?? "", email: "ada@example.com", externalId: "00u1" }),
          newAudit(),
        ),
      ),
    );
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    for (const fault of faults.filter((one) => one !== undefined)) {
      expect(fault).toMatchObject({ kind: "already_exists", entity: "directory_user" });
    }
    await expectSound(pair.database);
  });

  it("200 changes that add a member each all land, and the group counts them", async () => {
    await using pair = await openPair(server);
    const { directory, directoryGroup } = pair.tenant;
    const users = await addUsers(pair, 200);
    await spread(pair, 200, ({ directoryGroups }, index) => {
      const [id] = users.slice(index);
      if (id === undefined) throw new Error("no user");
      return directoryGroups.update(directory, directoryGroup.id, addition(id), newAudit());
    });
    const group = await pair.storages[1].directoryGroups.get(directory, directoryGroup.id);
    expect(group).toMatchObject({ memberCount: 201, version: 201 });
    await expectSound(pair.database);
  });

  it("a group is read with its members of one moment, while the other instance changes them", async () => {
    await using pair = await openPair(server);
    const { directory, directoryGroup } = pair.tenant;
    const users = await addUsers(pair, 60);
    const [writer, reader] = pair.storages;
    let writing = true;
    const writes = Promise.all(
      users.map((id) =>
        writer.directoryGroups.update(directory, directoryGroup.id, addition(id), newAudit()),
      ),
    ).finally(() => {
      writing = false;
    });
    const seen = new Set<number>();
    while (writing) {
      const { group, page } = await reader.directoryGroups.getWithMembers(directory, directoryGroup.id, 100);
      expect(page.members).toHaveLength(group.memberCount);
      seen.add(group.version);
    }
    await writes;
    expect(seen.size).toBeGreaterThan(2);
  });
});

interface Beside {
  readonly name: string;
  readonly call: (storage: Storage, tenant: Tenant, index: number) => Promise<unknown>;
}

const calls: readonly Beside[] = [
  {
    name: "creating users",
    call: ({ directoryUsers }, { directory }) => directoryUsers.create(directory, newUser(), newAudit()),
  },
  {
    name: "linking a member",
    call: ({ directoryUsers }, { directory, member }) => {
      const user = newUser({ email: member.email }, { allowUnverifiedLinking: true });
      return directoryUsers.create(directory, user, newAudit());
    },
  },
  {
    name: "renaming a user",
    call: ({ directoryUsers }, { directory, directoryUser }, index) => {
      const content = newUserContent({ displayName: `Name ${index}` });
      return directoryUsers.update(directory, directoryUser.id, () => content, newAudit());
    },
  },
  {
    name: "deleting a user",
    call: ({ directoryUsers }, { directory, directoryUser }) =>
      directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit()),
  },
  {
    name: "creating groups",
    call: ({ directoryGroups }, { directory, directoryUser }) =>
      directoryGroups.create(directory, newGroup({}, [directoryUser.id]), newAudit()),
  },
  {
    name: "taking members in and out",
    call: ({ directoryGroups }, { directory, directoryUser, directoryGroup }, index) => {
      const ids = [directoryUser.id];
      const members =
        index % 2 === 0
          ? ({ kind: "delta", add: ids, remove: [] } as const)
          : ({ kind: "delta", add: [], remove: ids } as const);
      return directoryGroups.update(directory, directoryGroup.id, () => ({ members }), newAudit());
    },
  },
];

/** Of what is not there any more, or not twice. */
const faults: readonly (StorageFault | undefined)[] = [
  undefined,
  { kind: "not_found", entity: "scim_configuration" },
  { kind: "not_found", entity: "directory_user" },
  { kind: "not_found", entity: "directory_group" },
  { kind: "already_exists", entity: "directory_user", key: "email" },
];

describe("an organization's deletion beside", () => {
  it.each(calls)("$name: either comes first, and nothing of the organization is left", async ({ call }) => {
    await using pair = await openPair(server);
    for (let round = 0; round < 10; round += 1) {
      const tenant = await createTenant(pair.storages[0]);
      const { id } = tenant.organization;
      const made = spread(pair, 8, (storage, index) => faultOf(call(storage, tenant, index)));
      const deleting = faultOf(pair.storages[round % 2 === 0 ? 0 : 1].organizations.delete(id, newAudit()));
      for (const fault of await made) expect(faults).toContainEqual(fault);
      expect(await deleting).toBeUndefined();
      await expectNothingLeft(pair.database, id);
      const events = await allEvents(pair.storages[0], id);
      expectGapFree(events);
      expect(events.at(-1)).toMatchObject({ action: "deleted", subjectType: "organization" });
    }
    await expectSound(pair.database);
  });
});

describe("a configuration's deletion beside", () => {
  it.each(calls)("$name: either comes first, and nothing of the directory is left", async ({ call }) => {
    await using pair = await openPair(server);
    for (let round = 0; round < 10; round += 1) {
      const tenant = await createTenant(pair.storages[0]);
      const { organizationId, configurationId } = tenant.directory;
      const made = spread(pair, 8, (storage, index) => faultOf(call(storage, tenant, index)));
      const { scimConfigurations } = pair.storages[round % 2 === 0 ? 0 : 1];
      const deleting = faultOf(scimConfigurations.delete(organizationId, configurationId, newAudit()));
      for (const fault of await made) expect(faults).toContainEqual(fault);
      expect(await deleting).toBeUndefined();
      for (const table of ["directory_users", "directory_user_emails", "directory_counts", "groups"]) {
        const sql = `SELECT * FROM ${table} WHERE configuration_id = ?`;
        expect(await pair.database.execute(sql, configurationId)).toEqual([]);
      }
      expectGapFree(await allEvents(pair.storages[0], organizationId));
    }
    await expectSound(pair.database);
  });
});
