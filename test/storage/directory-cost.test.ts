/** What one user or one membership costs: the same number of rows, in a directory of any size. */
import { describe, expect, it } from "vitest";
import type { UserId } from "../../src/base/ids.ts";
import type { MembersChange } from "../../src/storage/directory.ts";
import type { Operation } from "../../src/storage/operation.ts";
import {
  getDirectoryGroupWithMembers,
  updateDirectoryGroup,
} from "../../src/storage/operations/directory-groups.ts";
import {
  createDirectoryUser,
  deleteDirectoryUser,
  getDirectoryUser,
  updateDirectoryUser,
} from "../../src/storage/operations/directory-users.ts";
import { createRunner } from "../../src/storage/sqlite/runner.ts";
import { newAudit, newGroup, newUser, newUserContent } from "../support/storage-records.ts";
import { openObserved } from "../support/storage-sqlite.ts";
import { createTenant, type Tenant } from "../support/storage-tenant.ts";

interface Costs {
  readonly statements: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

interface World extends AsyncDisposable {
  readonly tenant: Tenant;
  /** Users of whom all but the last 20 are in the tenant's group. */
  readonly users: readonly UserId[];
  cost(operation: Operation<unknown>): Costs;
}

async function createWorld(size: number): Promise<World> {
  const { storage, writer } = await openObserved(":memory:");
  const tenant = await createTenant(storage);
  const users = Array.from({ length: size + 20 }, () => newUser());
  await Promise.all(users.map((user) => storage.directoryUsers.create(tenant.directory, user, newAudit())));
  const ids = users.map(({ id }) => id);
  const members: MembersChange = { kind: "replace", members: ids.slice(0, size) };
  await storage.directoryGroups.update(
    tenant.directory,
    tenant.directoryGroup.id,
    () => ({ members }),
    newAudit(),
  );
  const run = createRunner(writer);
  return {
    tenant,
    users: ids,
    cost(operation) {
      const counted = { statements: 0, rowsRead: 0, rowsWritten: 0 };
      run(counting(operation, counted));
      return counted;
    },
    [Symbol.asyncDispose]: () => storage.close(),
  };
}

function* counting(
  operation: Operation<unknown>,
  counted: { statements: number; rowsRead: number; rowsWritten: number },
): Operation<void> {
  let next = operation.next();
  while (!next.done) {
    const result = yield next.value;
    counted.statements += 1;
    counted.rowsRead += result.rows.length;
    counted.rowsWritten += result.changes;
    next = operation.next(result);
  }
}

type Act = (world: World) => Operation<unknown>;

const change = ({ tenant }: World, members: MembersChange): Operation<unknown> =>
  updateDirectoryGroup(tenant.directory, tenant.directoryGroup.id, () => ({ members }), newAudit());

const acts: readonly (readonly [name: string, act: Act])[] = [
  ["creating a user", ({ tenant }) => createDirectoryUser(tenant.directory, newUser(), newAudit())],
  ["reading a user", ({ tenant, users }) => getDirectoryUser(tenant.directory, some(users, 0))],
  [
    "renaming a user",
    ({ tenant, users }) => {
      const content = newUserContent({ displayName: "Renamed" });
      return updateDirectoryUser(tenant.directory, some(users, 0), () => content, newAudit());
    },
  ],
  [
    "deleting a user",
    ({ tenant, users }) => deleteDirectoryUser(tenant.directory, some(users, 1), () => {}, newAudit()),
  ],
  ["adding a member", (world) => change(world, { kind: "delta", add: [some(world.users, -1)], remove: [] })],
  [
    "adding a member again",
    (world) => change(world, { kind: "delta", add: [some(world.users, 2)], remove: [] }),
  ],
  ["removing a member", (world) => change(world, { kind: "delta", add: [], remove: [some(world.users, 3)] })],
  [
    "adding and removing ten",
    ({ users, ...world }) =>
      change({ users, ...world }, { kind: "delta", add: users.slice(-12, -2), remove: users.slice(4, 14) }),
  ],
];

function some(users: readonly UserId[], index: number): UserId {
  const user = users.at(index);
  if (user === undefined) throw new Error("no such user");
  return user;
}

describe("in a directory of 40 users and in one of 4,000", () => {
  it.each(acts)("%s reads and writes as many rows", async (_, act) => {
    await using small = await createWorld(40);
    await using large = await createWorld(4_000);
    const [ofSmall, ofLarge] = [small.cost(act(small)), large.cost(act(large))];
    expect(ofSmall.statements).toBeGreaterThan(0);
    expect(ofLarge.statements).toBe(ofSmall.statements);
    expect(ofLarge.rowsRead).toBe(ofSmall.rowsRead);
    expect(ofLarge.rowsWritten).toBe(ofSmall.rowsWritten);
  });

  it("a page of members costs its own length", async () => {
    await using world = await createWorld(4_000);
    const { directory, directoryGroup } = world.tenant;
    const page = getDirectoryGroupWithMembers(directory, directoryGroup.id, 10);
    expect(world.cost(page)).toEqual({ statements: 2, rowsRead: 12, rowsWritten: 0 });
  });

  it("removing all members writes each once, in two statements for each thousand", async () => {
    await using small = await createWorld(40);
    await using large = await createWorld(4_000);
    const nobody: MembersChange = { kind: "replace", members: [] };
    const [ofSmall, ofLarge] = [small.cost(change(small, nobody)), large.cost(change(large, nobody))];
    expect(ofLarge.rowsWritten - ofSmall.rowsWritten).toBe(4_000 - 40);
    expect(ofLarge.statements - ofSmall.statements).toBe(2 * 4);
  });

  it("replacing members by as many others writes each once, in a few statements for each thousand", async () => {
    await using world = await createWorld(4_000);
    const others = Array.from({ length: 20 }, (_, index) => some(world.users, -1 - index));
    const wanted = [...world.users.slice(0, 3_980), ...others];
    const { statements, rowsWritten } = world.cost(change(world, { kind: "replace", members: wanted }));
    // 20 go and 20 come; the group, the position and the event.
    expect(rowsWritten).toBe(20 + 20 + 2);
    expect(statements).toBeLessThanOrEqual(12);
  });
});

describe("the texts of statements", () => {
  it("are few, whatever the number of users that they are about", async () => {
    const { storage, statements } = await openObserved(":memory:");
    const { directory } = await createTenant(storage);
    const users = Array.from({ length: 700 }, () => newUser());
    await Promise.all(users.map((user) => storage.directoryUsers.create(directory, user, newAudit())));
    const texts = () => [...statements].filter((sql) => sql.startsWith("INSERT INTO group_members"));
    for (let size = 1; size <= 700; size += 23) {
      const members = users.slice(0, size).map(({ id }) => id);
      await storage.directoryGroups.create(directory, newGroup({}, members), newAudit());
    }
    expect(texts().length).toBeGreaterThan(1);
    expect(texts().length).toBeLessThanOrEqual(5);
    await storage.close();
  });
});
