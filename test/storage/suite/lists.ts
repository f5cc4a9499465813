import { expect } from "vitest";
import type { AnyId, OrganizationId } from "../../../src/base/ids.ts";
import type { Page, Storage } from "../../../src/storage/storage.ts";
import { addMember, type StoreTest, type StoreUnderTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newHash,
  newId,
  newMember,
  newScim,
  newSso,
  newToken,
} from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

interface Listed {
  readonly id: AnyId;
}

interface ListCase<Id extends AnyId> {
  readonly name: string;
  /** Makes five records in each of two organizations, in turns; answers the ids that the list must show. */
  readonly fill: (store: StoreUnderTest, mine: Tenant, other: Tenant) => Promise<readonly Id[]>;
  readonly list: (storage: Storage, mine: Tenant, page: Page<Id>) => Promise<readonly Listed[]>;
  readonly remove: (storage: Storage, organizationId: OrganizationId, id: Id) => Promise<void>;
}

export function listTests(test: StoreTest): void {
  listCase(test, {
    name: "SSO configurations of an organization",
    fill: async (store, mine, other) => {
      await fillSso(store, other);
      const created = await fillSso(store, mine);
      return [mine.sso.id, mine.linkedSso.id, ...created];
    },
    list: (storage, mine, page) => storage.ssoConfigurations.list(mine.organization.id, page),
    remove: (storage, organizationId, id) => storage.ssoConfigurations.delete(organizationId, id, newAudit()),
  });
  listCase(test, {
    name: "SCIM configurations of an organization",
    fill: async (store, mine, other) => [mine.scim.id, ...(await fillScim(store, mine, other)).mine],
    list: (storage, mine, page) => storage.scimConfigurations.list(mine.organization.id, page),
    remove: (storage, organizationId, id) =>
      storage.scimConfigurations.delete(organizationId, id, newAudit()),
  });
  listCase(test, {
    name: "SCIM configurations of every organization",
    fill: async (store, mine, other) => [
      mine.scim.id,
      other.scim.id,
      ...(await fillScim(store, mine, other)).all,
    ],
    list: (storage, _, page) => storage.scimConfigurations.listAll(page),
    remove: async (storage, _, id) => {
      const owner = await storage.locator.organizationOf("scim_configuration", id);
      if (owner !== undefined) await storage.scimConfigurations.delete(owner, id, newAudit());
    },
  });
  listCase(test, {
    name: "personal access tokens of an organization",
    fill: async (store, mine, other) => [mine.token.id, ...(await fillTokens(store, mine, other)).mine],
    list: (storage, mine, page) => storage.personalAccessTokens.list(mine.organization.id, undefined, page),
    remove: removeToken,
  });
  listCase(test, {
    name: "personal access tokens of every organization",
    fill: async (store, mine, other) => [
      mine.token.id,
      other.token.id,
      ...(await fillTokens(store, mine, other)).all,
    ],
    list: (storage, _, page) => storage.personalAccessTokens.listAll(undefined, page),
    remove: removeToken,
  });
  userFilterTests(test);
}

function listCase<Id extends AnyId>(test: StoreTest, { name, fill, list, remove }: ListCase<Id>): void {
  test(`${name}: every one once, in the order of creation, whatever the page size`, async (store) => {
    const mine = await createTenant(store.storage);
    const other = await createTenant(store.storage);
    const expected = await fill(store, mine, other);
    for (const limit of [1, 2, 3, expected.length, 1_000]) {
      const seen: AnyId[] = [];
      let afterId: Id | undefined;
      for (;;) {
        const page = await list(store.storage, mine, { afterId, limit });
        expect(page.length).toBeLessThanOrEqual(limit);
        if (page.length === 0) break;
        seen.push(...page.map(({ id }) => id));
        afterId = expected[seen.length - 1];
      }
      expect(seen).toEqual(expected);
    }
  });

  test(`${name}: a page goes on after a record that was deleted meanwhile`, async (store) => {
    const mine = await createTenant(store.storage);
    const other = await createTenant(store.storage);
    const expected = await fill(store, mine, other);
    // The last but two: nothing refers to what the case itself made.
    const index = expected.length - 3;
    const afterId = expected[index];
    if (afterId === undefined) throw new Error("the case made too few records");
    await remove(store.storage, mine.organization.id, afterId);
    const page = await list(store.storage, mine, { afterId, limit: 100 });
    expect(page.map(({ id }) => id)).toEqual(expected.slice(index + 1));
  });

  test(`${name}: a limit of none is an empty page, and so is what follows the last`, async (store) => {
    const mine = await createTenant(store.storage);
    const expected = await fill(store, mine, await createTenant(store.storage));
    expect(await list(store.storage, mine, { afterId: undefined, limit: 0 })).toEqual([]);
    expect(await list(store.storage, mine, { afterId: expected.at(-1), limit: 10 })).toEqual([]);
  });
}

function userFilterTests(test: StoreTest): void {
  test("tokens of some users are theirs alone, merged in the order of creation", async (store) => {
    const { storage } = store;
    const mine = await createTenant(storage);
    const other = await createTenant(storage);
    const { id } = mine.organization;
    const colleague = newMember(id);
    await addMember(store, colleague);
    const users = [mine.member.userId, colleague.userId];
    const expected = [mine.token.id];
    for (let index = 0; index < 6; index += 1) {
      const token = newToken(id, index % 2 === 0 ? colleague.userId : mine.member.userId);
      await storage.personalAccessTokens.create(id, token, newHash(), newAudit());
      expected.push(token.id);
    }
    const list = async (userIds: typeof users, page: Page<(typeof expected)[number]>) =>
      (await storage.personalAccessTokens.list(id, userIds, page)).map((token) => token.id);

    const all = { afterId: undefined, limit: 100 };
    expect(await list(users, all)).toEqual(expected);
    expect(await list([...users, ...users], all)).toEqual(expected);
    expect(await list(users, { afterId: expected[1], limit: 3 })).toEqual(expected.slice(2, 5));
    expect(await list([colleague.userId], all)).toEqual([expected[1], expected[3], expected[5]]);
    expect(await list([], all)).toEqual([]);
    expect(await list([newId()], all)).toEqual([]);
    expect(await list([other.member.userId], all)).toEqual([]);
    expect(await list([other.member.userId, colleague.userId], all)).toEqual([
      expected[1],
      expected[3],
      expected[5],
    ]);
  });

  test("tokens of some users of every organization are merged in the order of creation", async ({
    storage,
  }) => {
    const one = await createTenant(storage);
    const two = await createTenant(storage);
    await createTenant(storage);
    const users = [two.member.userId, one.member.userId];
    const tokens = await storage.personalAccessTokens.listAll(users, { afterId: undefined, limit: 10 });
    expect(tokens).toEqual([one.token, two.token]);
    const second = await storage.personalAccessTokens.listAll(users, { afterId: one.token.id, limit: 1 });
    expect(second).toEqual([two.token]);
  });
}

async function fillSso({ storage }: StoreUnderTest, { organization }: Tenant) {
  const configurations = Array.from({ length: 5 }, () => newSso(organization.id));
  for (const sso of configurations) await storage.ssoConfigurations.create(organization.id, sso, newAudit());
  return configurations.map(({ id }) => id);
}

async function fillScim({ storage }: StoreUnderTest, mine: Tenant, other: Tenant) {
  const all = Array.from({ length: 10 }, (_, index) => {
    const { organization, linkedSso } = index % 2 === 0 ? mine : other;
    return newScim(organization.id, linkedSso.id);
  });
  for (const scim of all) {
    await storage.scimConfigurations.create(scim.organizationId, scim, newHash(), newAudit());
  }
  return idsOf(all, mine);
}

async function fillTokens({ storage }: StoreUnderTest, mine: Tenant, other: Tenant) {
  const all = Array.from({ length: 10 }, (_, index) => {
    const { organization, member } = index % 2 === 0 ? mine : other;
    return newToken(organization.id, member.userId);
  });
  for (const token of all) {
    await storage.personalAccessTokens.create(token.organizationId, token, newHash(), newAudit());
  }
  return idsOf(all, mine);
}

function idsOf<Id extends AnyId>(
  all: readonly { readonly id: Id; readonly organizationId: OrganizationId }[],
  mine: Tenant,
): { readonly all: readonly Id[]; readonly mine: readonly Id[] } {
  const own = all.filter(({ organizationId }) => organizationId === mine.organization.id);
  return { all: all.map(({ id }) => id), mine: own.map(({ id }) => id) };
}

async function removeToken(storage: Storage, _: OrganizationId, id: Tenant["token"]["id"]): Promise<void> {
  const owner = await storage.locator.organizationOf("personal_access_token", id);
  if (owner !== undefined) await storage.personalAccessTokens.delete(owner, id, newAudit());
}
