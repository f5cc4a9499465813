import { expect } from "vitest";
import type { UserId } from "../../../src/base/ids.ts";
import type { DirectoryUser, UserContent } from "../../../src/storage/directory.ts";
import type { StorageFault, UniqueKey } from "../../../src/storage/errors.ts";
import type { Audit } from "../../../src/storage/records.ts";
import {
  allEvents,
  dump,
  faultOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import {
  newAudit,
  newGroup,
  newHash,
  newId,
  newScim,
  newSso,
  newUser,
  newUserContent,
} from "../../support/storage-records.ts";
import { expectSound } from "../../support/storage-soundness.ts";
import { anotherDirectory, createTenant, type Tenant } from "../../support/storage-tenant.ts";

function taken(key: UniqueKey): StorageFault {
  return { kind: "already_exists", entity: "directory_user", key };
}

/** What a directory shows of a user once it has them. */
function shown(id: UserId, content: UserContent, created: Audit): DirectoryUser {
  const { userName, externalId, active, document } = content;
  const times = { createdAtMs: created.atMs, updatedAtMs: created.atMs };
  return { id, userName, externalId, active, document, version: 1, ...times, groups: [] };
}

export async function lastAction(store: StoreUnderTest, { organization }: Tenant): Promise<unknown> {
  const { subjectType, action, subjectId } = (await allEvents(store.storage, organization.id)).at(-1) ?? {};
  return { subjectType, action, subjectId };
}

export function directoryUserTests(test: StoreTest): void {
  creationTests(test);
  uniquenessTests(test);
  updateTests(test);
}

function creationTests(test: StoreTest): void {
  test("a created user reads back as it was given, and is a member", async ({ storage }) => {
    const { directory, organization, linkedSso } = await createTenant(storage);
    const user = newUser({ externalId: "00u1", displayName: "Ada Lovelace", email: "Ada@Example.com" });
    const audit = newAudit();
    const created = await storage.directoryUsers.create(directory, user, audit);
    expect(created).toStrictEqual(shown(user.id, user.content, audit));
    expect(await storage.directoryUsers.get(directory, user.id)).toStrictEqual(created);
    expect(await storage.members.getByEmail(organization.id, "ada@example.com")).toStrictEqual({
      organizationId: organization.id,
      userId: user.id,
      email: "Ada@Example.com",
      fullName: "Ada Lovelace",
      avatarUrl: "",
      role: "member",
      status: "active",
      loginProvider: linkedSso.displayName,
      memberSinceMs: audit.atMs,
      updatedAtMs: audit.atMs,
    });
  });

  test("a user who is created inactive is a suspended member", async (store) => {
    const { directory, organization } = await createTenant(store.storage);
    const user = newUser({ active: false });
    const created = await store.storage.directoryUsers.create(directory, user, newAudit());
    expect(created.active).toBe(false);
    expect(await store.storage.members.get(organization.id, user.id)).toMatchObject({ status: "suspended" });
    await expectSound(store);
  });

  test("a member's login provider is the SSO configuration's issuer where it has no name", async ({
    storage,
  }) => {
    const { organization } = await createTenant(storage);
    const { id } = organization;
    const sso = newSso(id, { displayName: "", issuerUrl: "https://login.example" });
    await storage.ssoConfigurations.create(id, sso, newAudit());
    const scim = newScim(id, sso.id);
    await storage.scimConfigurations.create(id, scim, newHash(), newAudit());
    const user = newUser();
    const directory = { organizationId: id, configurationId: scim.id };
    await storage.directoryUsers.create(directory, user, newAudit());
    expect(await storage.members.get(id, user.id)).toMatchObject({ loginProvider: "https://login.example" });
  });

  for (const text of ["\u00c9\u00e9 E\u0301", "'\"\\ % _ ?", "\u{1f468}\u200d\u{1f469}", " \t text "]) {
    test(`a user keeps ${JSON.stringify(text)} as it is in every field`, async ({ storage }) => {
      const { directory } = await createTenant(storage);
      const document = JSON.stringify({ schemas: [text] });
      const user = newUser({ userName: text, externalId: text, displayName: text, document, email: text });
      const audit = newAudit();
      await storage.directoryUsers.create(directory, user, audit);
      const found = await storage.directoryUsers.get(directory, user.id);
      expect(found).toStrictEqual(shown(user.id, user.content, audit));
      const group = newGroup({ displayName: text, externalId: text, document }, [user.id]);
      await storage.directoryGroups.create(directory, group, newAudit());
      const { page } = await storage.directoryGroups.getWithMembers(directory, group.id, 1);
      expect(page.members).toEqual([{ userId: user.id, display: text }]);
    });
  }
}

/** Of each, the second cannot be beside the first in one directory. */
const collisions: readonly { readonly key: UniqueKey; readonly one: Values; readonly other: Values }[] = [
  { key: "userName", one: { userName: "Ada" }, other: { userName: "ada" } },
  { key: "userName", one: { userName: "\u00c9lodie" }, other: { userName: "e\u0301LODIE" } },
  { key: "userName", one: { userName: "\u212aelvin" }, other: { userName: "kelvin" } },
  { key: "externalId", one: { externalId: "00u1" }, other: { externalId: "00u1" } },
  { key: "email", one: { email: "Ada@example.com" }, other: { email: "ada@EXAMPLE.com" } },
];
type Values = Partial<Omit<UserContent, "search">>;

const compatible: readonly { readonly name: string; readonly one: Values; readonly other: Values }[] = [
  {
    name: "userName stra\u00dfe and strasse",
    one: { userName: "stra\u00dfe" },
    other: { userName: "strasse" },
  },
  { name: "externalId in another case", one: { externalId: "00u1" }, other: { externalId: "00U1" } },
  { name: "no externalId", one: {}, other: {} },
];

function uniquenessTests(test: StoreTest): void {
  for (const { key, one, other } of collisions) {
    const values = JSON.stringify([one, other]);
    test(`two users of a directory do not have one ${key}: ${values}, neither created nor updated`, async (store) => {
      const { directoryUsers } = store.storage;
      const { directory, directoryUser } = await createTenant(store.storage);
      await directoryUsers.create(directory, newUser(one), newAudit());
      const before = await dump(store);
      expect(await faultOf(directoryUsers.create(directory, newUser(other), newAudit()))).toEqual(taken(key));
      const change = () => newUserContent(other);
      const update = directoryUsers.update(directory, directoryUser.id, change, newAudit());
      expect(await faultOf(update)).toEqual(taken(key));
      expect(await dump(store)).toEqual(before);
    });
  }

  for (const { name, one, other } of compatible) {
    test(`two users of a directory may have ${name}`, async ({ storage }) => {
      const { directory } = await createTenant(storage);
      await storage.directoryUsers.create(directory, newUser(one), newAudit());
      const user = newUser(other);
      await storage.directoryUsers.create(directory, user, newAudit());
      const found = await storage.directoryUsers.get(directory, user.id);
      expect(found.userName).toBe(user.content.userName);
    });
  }

  test("another directory may have the same userName and externalId", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const values = { userName: "ada", externalId: "00u1" };
    await storage.directoryUsers.create(tenant.directory, newUser(values), newAudit());
    const others = [await anotherDirectory(storage, tenant), (await createTenant(storage)).directory];
    for (const directory of others) {
      const created = await storage.directoryUsers.create(directory, newUser(values), newAudit());
      expect(created).toMatchObject(values);
    }
  });

  test("a user may be renamed to their own name in another case", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const content = { ...directoryUser.content, userName: directoryUser.content.userName.toUpperCase() };
    await storage.directoryUsers.update(directory, directoryUser.id, () => content, newAudit());
    const found = await storage.directoryUsers.get(directory, directoryUser.id);
    expect(found.userName).toBe(content.userName);
  });
}

function updateTests(test: StoreTest): void {
  test("an update replaces what it gives, and counts the version", async (store) => {
    const { storage } = store;
    const tenant = await createTenant(storage);
    const { directory, directoryUser, directoryGroup } = tenant;
    const before = await storage.directoryUsers.get(directory, directoryUser.id);
    const content = newUserContent({ externalId: "new", document: '{"schemas":["changed"]}' });
    const audit = newAudit();
    const updated = await storage.directoryUsers.update(directory, directoryUser.id, () => content, audit);
    expect(updated).toStrictEqual({
      ...shown(directoryUser.id, content, audit),
      version: 2,
      createdAtMs: before.createdAtMs,
      groups: [{ id: directoryGroup.id, displayName: directoryGroup.content.displayName }],
    });
    expect(await storage.directoryUsers.get(directory, directoryUser.id)).toStrictEqual(updated);
    expect(await lastAction(store, tenant)).toEqual({
      subjectType: "user",
      action: "updated",
      subjectId: directoryUser.id,
    });
  });

  test("a change is made from the user as it is, with its groups in order of id", async ({ storage }) => {
    const { directory, directoryUser, directoryGroup } = await createTenant(storage);
    const groups = [newGroup({}, [directoryUser.id]), newGroup({}, [directoryUser.id])];
    for (const group of groups.toReversed())
      await storage.directoryGroups.create(directory, group, newAudit());
    const seen: DirectoryUser[] = [];
    const change = (current: DirectoryUser) => {
      seen.push(current);
      return undefined;
    };
    await storage.directoryUsers.update(directory, directoryUser.id, change, newAudit());
    expect(seen.at(-1)).toStrictEqual(await storage.directoryUsers.get(directory, directoryUser.id));
    expect(seen.at(-1)?.groups).toEqual(
      [directoryGroup, ...groups].map(({ id, content }) => ({ id, displayName: content.displayName })),
    );
  });

  test("no change writes nothing, and answers the user as it is", async (store) => {
    const { directory, directoryUser } = await createTenant(store.storage);
    const before = await dump(store);
    const { directoryUsers } = store.storage;
    const same = await directoryUsers.update(directory, directoryUser.id, () => undefined, newAudit());
    expect(same).toStrictEqual(await directoryUsers.get(directory, directoryUser.id));
    expect(await dump(store)).toEqual(before);
  });

  test("what a change throws reaches the caller as it is, and nothing is written", async (store) => {
    const { directory, directoryUser } = await createTenant(store.storage);
    const before = await dump(store);
    const refusal = new RangeError("not this version");
    const refuse = () => {
      throw refusal;
    };
    const { directoryUsers } = store.storage;
    await expect(directoryUsers.update(directory, directoryUser.id, refuse, newAudit())).rejects.toBe(
      refusal,
    );
    await expect(directoryUsers.delete(directory, directoryUser.id, refuse, newAudit())).rejects.toBe(
      refusal,
    );
    expect(await dump(store)).toEqual(before);
  });

  test("the time of an update never goes back when the clock does", async ({ storage }) => {
    const { directory, directoryUser } = await createTenant(storage);
    const { updatedAtMs } = await storage.directoryUsers.get(directory, directoryUser.id);
    const audit = newAudit({ atMs: updatedAtMs - 60_000 });
    const change = () => newUserContent({ displayName: "Renamed" });
    const updated = await storage.directoryUsers.update(directory, directoryUser.id, change, audit);
    expect(updated.updatedAtMs).toBe(updatedAtMs);
    const group = await storage.directoryGroups.get(directory, updated.groups[0]?.id ?? newId());
    expect(group).toMatchObject({ version: 2 });
    expect(group.updatedAtMs).toBeGreaterThanOrEqual(updatedAtMs);
  });

  test("addresses are found by all of a user's emails and by no other's", async (store) => {
    const { directory, directoryUser } = await createTenant(store.storage);
    const emails = (...values: string[]) => ({ emails: values.map((value) => ({ value })) });
    const addresses = async () =>
      (await store.execute("SELECT value_fold FROM directory_user_emails ORDER BY value_fold")).map(
        (row) => row.value_fold,
      );
    const searches = [
      emails(
        "a@example.com",
        "b@example.com",
        "c@example.com",
        "d@example.com",
        "e@example.com",
        "b@example.com",
      ),
      emails("f@example.com", "b@example.com", "e@example.com"),
      { emails: [{ type: "work" }] },
      {},
      emails("a@example.com"),
    ];
    const expected = ["abcde", "bef", "", "", "a"];
    for (const [index, search] of searches.entries()) {
      const change = () => ({ ...newUserContent({ email: "a@example.com" }), search });
      await store.storage.directoryUsers.update(directory, directoryUser.id, change, newAudit());
      expect(await addresses()).toEqual(
        [...(expected[index] ?? "")].map((letter) => `${letter}@example.com`),
      );
    }
    await store.storage.directoryUsers.delete(directory, directoryUser.id, () => {}, newAudit());
    expect(await addresses()).toEqual([]);
  });

  test("a user's new name is a new version of their groups, and another change is not", async ({
    storage,
  }) => {
    const { directory, directoryUser, directoryGroup } = await createTenant(storage);
    const { content } = directoryUser;
    const unrelated = newGroup();
    await storage.directoryGroups.create(directory, unrelated, newAudit());
    const update = (next: UserContent, audit: Audit) =>
      storage.directoryUsers.update(directory, directoryUser.id, () => next, audit);
    await update({ ...content, document: '{"schemas":[]}' }, newAudit());
    expect(await storage.directoryGroups.get(directory, directoryGroup.id)).toMatchObject({ version: 1 });
    const audit = newAudit();
    await update({ ...content, displayName: "Renamed" }, audit);
    const { group, page } = await storage.directoryGroups.getWithMembers(directory, directoryGroup.id, 10);
    expect(group).toMatchObject({ version: 2, updatedAtMs: audit.atMs, memberCount: 1 });
    expect(page.members).toEqual([{ userId: directoryUser.id, display: "Renamed" }]);
    expect(await storage.directoryGroups.get(directory, unrelated.id)).toMatchObject({ version: 1 });
  });
}
