/** Lists and counts of members, and their roles: what is asked of every engine's SQL besides the order of ids. */
import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { expect } from "vitest";
import { type GroupId, parseId, type UserId } from "../../../src/base/ids.ts";
import type { Member } from "../../../src/storage/records.ts";
import type { MemberFilter, MemberQuery, MemberSort } from "../../../src/storage/storage.ts";
import {
  addMember,
  allEvents,
  dump,
  faultOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import { newAudit, newGroup, newId, newMember, newUser } from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const sorts: readonly MemberSort[] = (["name", "date_joined"] as const).flatMap((by) =>
  [false, true].map((descending) => ({ by, descending })),
);

export function memberListTests(test: StoreTest): void {
  randomTest(test);
  orderTest(test);
  countTest(test);
  roleTests(test);
}

const fold = (text: string): string => text.normalize("NFC").toLowerCase().normalize("NFC");

/** By bytes of UTF-8, which is by code point. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function comparing({ by, descending }: MemberSort): (a: Member, b: Member) => number {
  const byKey = (a: Member, b: Member): number =>
    by === "name" ? compareBytes(fold(a.fullName), fold(b.fullName)) : a.memberSinceMs - b.memberSinceMs;
  return (a, b) => (byKey(a, b) || compareBytes(a.userId, b.userId)) * (descending ? -1 : 1);
}

/** The contract's own words, over a list in memory. */
function passes(
  member: Member,
  filter: MemberFilter,
  groupsOf: ReadonlyMap<UserId, readonly GroupId[]>,
): boolean {
  const { search = "", statuses = [], roles = [], userIds = [], excludeGroupIds = [], inNoGroup } = filter;
  const groups = groupsOf.get(member.userId) ?? [];
  const texts = [member.fullName, member.email].map(fold);
  return (
    (search === "" || texts.some((text) => text.includes(fold(search)))) &&
    (statuses.length === 0 || statuses.includes(member.status)) &&
    (roles.length === 0 || roles.includes(member.role)) &&
    (userIds.length === 0 || userIds.includes(member.userId)) &&
    !groups.some((id) => excludeGroupIds.includes(id)) &&
    (inNoGroup !== true || groups.length === 0)
  );
}

const names = [
  "Ann",
  "ANN",
  "Ärger",
  "ärger",
  "A\u0308rger",
  "𐐀ther",
  "\uffff",
  "日本",
  "100%",
  "a_b",
  "O'Hara",
  "",
];

interface Crowd {
  readonly tenant: Tenant;
  readonly members: readonly Member[];
  readonly groupsOf: ReadonlyMap<UserId, readonly GroupId[]>;
  readonly groupIds: readonly GroupId[];
}

/** Members of all kinds, some of whom a directory made and put into groups; and another organization's. */
async function createCrowd(store: StoreUnderTest): Promise<Crowd> {
  const { storage } = store;
  const tenant = await createTenant(storage);
  const other = await createTenant(storage);
  const { organization, member, directory, directoryUser, directoryGroup, ownGroup } = tenant;
  for (let index = 0; index < 40; index += 1) {
    const member = newMember(organization.id, {
      fullName: names[index % names.length] ?? "",
      role: index % 5 === 0 ? "admin" : "member",
      status: (["active", "active", "suspended", "left"] as const)[index % 4] ?? "active",
      memberSinceMs: 1_000 + (index % 7),
    });
    await addMember(store, member);
  }
  const users = Array.from({ length: 6 }, () => newUser());
  for (const user of users) await storage.directoryUsers.create(directory, user, newAudit());
  const ids = users.map(({ id }) => id);
  const groups = [newGroup({}, ids.slice(0, 4)), newGroup({}, ids.slice(2, 5)), newGroup()];
  for (const group of groups) await storage.directoryGroups.create(directory, group, newAudit());
  const all = [
    ...groups,
    { ...directoryGroup, members: [directoryUser.id] },
    { ...ownGroup, members: [member.userId] },
  ];
  const groupsOf = new Map<UserId, GroupId[]>();
  for (const { id, members } of all) {
    for (const userId of members) groupsOf.set(userId, [...(groupsOf.get(userId) ?? []), id]);
  }
  const rows = await store.execute("SELECT user_id FROM members WHERE organization_id = ?", organization.id);
  const members = await Promise.all(
    rows.map(({ user_id }) => storage.members.get(organization.id, parseId<UserId>(String(user_id)))),
  );
  return {
    tenant,
    members,
    groupsOf,
    groupIds: [...all.map(({ id }) => id), other.directoryGroup.id, newId()],
  };
}

const some = <T>(values: readonly T[]): fc.Arbitrary<readonly T[]> =>
  fc.oneof(fc.constant([]), fc.subarray([...values]));

function filtersOf({ members, groupIds }: Crowd): fc.Arbitrary<MemberFilter> {
  const userIds = [...members.map(({ userId }) => userId), newId<UserId>()];
  return fc.record({
    search: fc.constantFrom(
      "",
      "",
      "a",
      "ANN",
      "\u00e4",
      "a\u0308",
      "%",
      "_",
      "@EXAMPLE",
      "'",
      "\\",
      "nobody",
    ),
    statuses: some(["active", "suspended", "left"] as const),
    roles: some(["admin", "member"] as const),
    userIds: fc.oneof(fc.constant([]), fc.subarray(userIds, { maxLength: 25 })),
    excludeGroupIds: some(groupIds),
    inNoGroup: fc.boolean(),
  });
}

/** From page to page to the end. */
async function readAll(
  { storage }: StoreUnderTest,
  { organization }: Tenant,
  query: Omit<MemberQuery, "after">,
): Promise<readonly Member[]> {
  const found: Member[] = [];
  let after: MemberQuery["after"];
  do {
    const { items, next } = await storage.members.list(organization.id, { ...query, after });
    if (next !== undefined) expect(items).toHaveLength(query.limit);
    found.push(...items);
    after = next;
  } while (after !== undefined);
  return found;
}

function randomTest(test: StoreTest): void {
  const seed = Number(process.env.STORAGE_LISTS_SEED ?? randomInt(2 ** 31));
  test(`random filters find whom they describe, in every order and page size (STORAGE_LISTS_SEED=${seed})`, async (store) => {
    const crowd = await createCrowd(store);
    const { tenant, members, groupsOf } = crowd;
    let found = 0;
    const property = fc.asyncProperty(
      filtersOf(crowd),
      fc.constantFrom(...sorts),
      fc.integer({ min: 1, max: 60 }),
      async (filter, sort, limit) => {
        const expected = members.filter((member) => passes(member, filter, groupsOf)).sort(comparing(sort));
        found += expected.length;
        expect(await readAll(store, tenant, { filter, sort, limit })).toEqual(expected);
        const count = await store.storage.members.count(tenant.organization.id, filter, 1_000);
        expect(count).toBe(expected.length);
      },
    );
    await fc.assert(property, { numRuns: 150, seed });
    expect(found).toBeGreaterThan(300);
  });
}

function orderTest(test: StoreTest): void {
  for (const sort of sorts) {
    test(`members by ${sort.by}, ${sort.descending ? "last" : "first"} first: a page goes on where it was`, async (store) => {
      const { tenant, members } = await createCrowd(store);
      const { id } = tenant.organization;
      const expected = members.toSorted(comparing(sort));
      const first = await store.storage.members.list(id, { filter: {}, sort, after: undefined, limit: 5 });
      expect(first.items).toEqual(expected.slice(0, 5));
      const last = first.items.at(-1);
      await store.execute(
        "UPDATE members SET full_name_fold = '~', member_since = 0 WHERE user_id = ?",
        last?.userId ?? "",
      );
      const rest = await store.storage.members.list(id, { filter: {}, sort, after: first.next, limit: 100 });
      const ids = rest.items.map(({ userId }) => userId).filter((userId) => userId !== last?.userId);
      expect(ids).toEqual(expected.slice(5).map(({ userId }) => userId));
      expect(rest.next).toBeUndefined();
    });
  }

  test("a page of members that is exactly full is the last, and one of none is empty", async (store) => {
    const { tenant, members } = await createCrowd(store);
    const [sort] = sorts;
    if (sort === undefined) throw new Error("no order");
    const list = (limit: number) =>
      store.storage.members.list(tenant.organization.id, { filter: {}, sort, after: undefined, limit });
    expect((await list(members.length)).next).toBeUndefined();
    expect((await list(members.length - 1)).next).toBeDefined();
    expect((await list(0)).items).toEqual([]);
  });
}

function countTest(test: StoreTest): void {
  test("members are counted to the bound and no further", async (store) => {
    const { tenant, members } = await createCrowd(store);
    const count = (max: number) => store.storage.members.count(tenant.organization.id, {}, max);
    expect(await count(10)).toBe(10);
    expect(await count(members.length - 1)).toBe(members.length - 1);
    expect(await count(members.length)).toBe(members.length);
    expect(await count(members.length + 1)).toBe(members.length);
    expect(await store.storage.members.count(newId(), {}, 10)).toBe(0);
  });
}

function roleTests(test: StoreTest): void {
  test("a role is set, with the member's time, and reads back", async (store) => {
    const { organization, directoryUser } = await createTenant(store.storage);
    const { members } = store.storage;
    const before = await members.get(organization.id, directoryUser.id);
    const audit = newAudit();
    const after = await members.setRole(organization.id, directoryUser.id, "admin", audit);
    expect(after).toEqual({ ...before, role: "admin", updatedAtMs: audit.atMs });
    expect(await members.get(organization.id, directoryUser.id)).toEqual(after);
    const earlier = newAudit({ atMs: 1 });
    const back = await members.setRole(organization.id, directoryUser.id, "member", earlier);
    expect(back).toEqual({ ...after, role: "member" });
  });

  test("a role that the member has already writes nothing, also of the last admin", async (store) => {
    const { organization, member, directoryUser } = await createTenant(store.storage);
    const before = await dump(store);
    await store.storage.members.setRole(organization.id, member.userId, "admin", newAudit());
    await store.storage.members.setRole(organization.id, directoryUser.id, "member", newAudit());
    expect(await dump(store)).toEqual(before);
  });

  for (const status of ["suspended", "left"] as const) {
    test(`the only active admin stays one, whoever else is ${status}`, async (store) => {
      const { organization, member } = await createTenant(store.storage);
      await addMember(store, newMember(organization.id, { role: "admin", status }));
      const before = await dump(store);
      const demotion = store.storage.members.setRole(organization.id, member.userId, "member", newAudit());
      expect(await faultOf(demotion)).toEqual({ kind: "last_admin", entity: "user" });
      expect(await dump(store)).toEqual(before);
    });
  }

  test("an admin who is not active can lose the role, and who has left has none to lose", async (store) => {
    const { organization } = await createTenant(store.storage);
    const suspended = newMember(organization.id, { status: "suspended" });
    const left = newMember(organization.id, { status: "left" });
    for (const one of [suspended, left]) await addMember(store, one);
    const set = (member: Member) =>
      faultOf(store.storage.members.setRole(organization.id, member.userId, "member", newAudit()));
    expect(await set(suspended)).toBeUndefined();
    expect(await set(left)).toEqual({ kind: "not_found", entity: "user" });
  });

  test("of admins who all stop being one at once, one stays, and each that stopped has its event", async (store) => {
    const { organization, member } = await createTenant(store.storage);
    const admins = [member, ...Array.from({ length: 15 }, () => newMember(organization.id))];
    for (const admin of admins.slice(1)) await addMember(store, admin);
    const { length } = await allEvents(store.storage, organization.id);
    const faults = await Promise.all(
      admins.map(({ userId }) =>
        faultOf(store.storage.members.setRole(organization.id, userId, "member", newAudit())),
      ),
    );
    expect(faults.filter((fault) => fault !== undefined)).toEqual([{ kind: "last_admin", entity: "user" }]);
    const left = await store.storage.members.count(organization.id, { roles: ["admin"] }, 100);
    expect(left).toBe(1);
    const events = (await allEvents(store.storage, organization.id)).slice(length);
    expect(events.map(({ action }) => action)).toEqual(Array(15).fill("role_changed"));
  });
}
