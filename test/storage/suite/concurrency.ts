/** Calls made in one turn, so that engines which batch put them into one transaction. */
import { expect } from "vitest";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import {
  newAudit,
  newHash,
  newId,
  newMember,
  newOrganization,
  newScim,
  newSso,
  newToken,
  nextMs,
} from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const taken: StorageFault = { kind: "already_exists", entity: "record" };

/** Of each row, all calls of `colliding` want one unique key; none of `neighbour` is in anybody's way. */
interface Collision {
  readonly key: string;
  readonly prepare: (
    storage: Storage,
    tenant: Tenant,
  ) => { colliding(): Promise<unknown>; neighbour(): Promise<unknown> };
}

const collisions: readonly Collision[] = [
  {
    key: "organization id",
    prepare: ({ organizations }) => {
      const { id } = newOrganization();
      const create = (values = {}) => organizations.create(newOrganization(values), undefined, newAudit());
      return { colliding: () => create({ id }), neighbour: () => create() };
    },
  },
  {
    key: "user id of a first member",
    prepare: ({ organizations }) => {
      const userId = newId<Tenant["member"]["userId"]>();
      const create = (values = {}) => {
        const organization = newOrganization();
        return organizations.create(organization, newMember(organization.id, values), newAudit());
      };
      return { colliding: () => create({ userId }), neighbour: () => create() };
    },
  },
  {
    key: "SSO configuration id",
    prepare: ({ ssoConfigurations }, { organization }) => {
      const { id } = newSso(organization.id);
      const create = (values = {}) =>
        ssoConfigurations.create(organization.id, newSso(organization.id, values), newAudit());
      return { colliding: () => create({ id }), neighbour: () => create() };
    },
  },
  {
    key: "SCIM token hash",
    prepare: ({ scimConfigurations }, { organization, linkedSso }) => {
      const shared = newHash();
      const create = (hash: Uint8Array) =>
        scimConfigurations.create(organization.id, newScim(organization.id, linkedSso.id), hash, newAudit());
      return { colliding: () => create(shared), neighbour: () => create(newHash()) };
    },
  },
  {
    key: "personal access token hash",
    prepare: ({ personalAccessTokens }, { organization, member }) => {
      const shared = newHash();
      const create = (hash: Uint8Array) =>
        personalAccessTokens.create(
          organization.id,
          newToken(organization.id, member.userId),
          hash,
          newAudit(),
        );
      return { colliding: () => create(shared), neighbour: () => create(newHash()) };
    },
  },
];

export function concurrencyTests(test: StoreTest): void {
  for (const { key, prepare } of collisions) {
    test(`of 20 creates that want one ${key} exactly one wins, and their neighbours all do`, async ({
      storage,
    }) => {
      const { colliding, neighbour } = prepare(storage, await createTenant(storage));
      const calls = Array.from({ length: 20 }, () => [faultOf(colliding()), faultOf(neighbour())]);
      const faults = await Promise.all(calls.map((pair) => Promise.all(pair)));
      const collided = faults.map(([fault]) => fault);
      expect(collided.filter((fault) => fault === undefined)).toHaveLength(1);
      expect(collided.filter((fault) => fault !== undefined)).toEqual(Array(19).fill(taken));
      expect(faults.map(([, fault]) => fault)).toEqual(Array(20).fill(undefined));
    });
  }
  updateTests(test);
  neighbourTests(test);
}

function updateTests(test: StoreTest): void {
  test("64 concurrent read-modify-writes of one record are all applied, one after the other", async ({
    storage,
  }) => {
    const { organization, scim } = await createTenant(storage);
    const { scimConfigurations } = storage;
    const increment = () =>
      scimConfigurations.replaceToken(
        organization.id,
        scim.id,
        ({ tokenLifetimeSeconds }) => ({
          hash: newHash(),
          expiresAtMs: nextMs(),
          lifetimeSeconds: tokenLifetimeSeconds + 1,
        }),
        newAudit(),
      );
    const results = await Promise.all(Array.from({ length: 64 }, increment));
    const counted = results.map((one) => one.tokenLifetimeSeconds - scim.tokenLifetimeSeconds);
    expect(counted.sort((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
    const last = await scimConfigurations.get(organization.id, scim.id);
    expect(last.tokenLifetimeSeconds).toBe(scim.tokenLifetimeSeconds + 64);
  });

  test("of concurrent token replacements one token is left, the one that was stored last", async ({
    storage,
  }) => {
    const { organization, scim, scimHash } = await createTenant(storage);
    const hashes = Array.from({ length: 16 }, newHash);
    await Promise.all(
      hashes.map((hash) => {
        const issue = () => ({ hash, expiresAtMs: nextMs(), lifetimeSeconds: 1 });
        return storage.scimConfigurations.replaceToken(organization.id, scim.id, issue, newAudit());
      }),
    );
    const found = await Promise.all(
      [scimHash, ...hashes].map((hash) => storage.credentials.findScimConfiguration(hash)),
    );
    const current = await storage.scimConfigurations.get(organization.id, scim.id);
    expect(found.filter((one) => one !== undefined)).toEqual([current]);
  });

  test("concurrent updates of different fields all land", async ({ storage }) => {
    const { organization, sso } = await createTenant(storage);
    const { id } = organization;
    const patches = [
      { clientId: "new client" },
      { issuerUrl: "https://new.example" },
      { displayName: "New" },
      { emailDomains: ["new.example"] },
      { claims: { new: "claim" } },
    ];
    await Promise.all(
      patches.map((patch) => storage.ssoConfigurations.update(id, sso.id, patch, newAudit())),
    );
    const updated = await storage.ssoConfigurations.get(id, sso.id);
    expect(updated).toMatchObject(Object.assign({}, ...patches));
  });

  test("the last of concurrent updates by position is the one that stays", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const { id } = organization;
    const audits = Array.from({ length: 32 }, () => newAudit());
    await Promise.all(
      audits.map((audit) => storage.organizations.update(id, { name: audit.requestId }, audit)),
    );
    const events = await allEvents(storage, id);
    expect((await storage.organizations.get(id)).name).toBe(events.at(-1)?.requestId);
  });

  test("positions are gap-free and each event is there once under concurrent writes", async ({ storage }) => {
    const tenants = [await createTenant(storage), await createTenant(storage)];
    const audits = tenants.map(() => Array.from({ length: 40 }, () => newAudit()));
    await Promise.all(
      tenants.flatMap(({ organization, member }, index) =>
        (audits[index] ?? []).map((audit) => {
          const token = newToken(organization.id, member.userId);
          return storage.personalAccessTokens.create(organization.id, token, newHash(), audit);
        }),
      ),
    );
    for (const [index, { organization }] of tenants.entries()) {
      const events = await allEvents(storage, organization.id);
      expect(events.map(({ position }) => position)).toEqual(events.map((_, at) => at + 1));
      const expected = (audits[index] ?? []).map(({ eventId }) => eventId);
      expect(
        events
          .slice(-40)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(expected.sort());
    }
  });
}

function neighbourTests(test: StoreTest): void {
  test("calls that fail in every way leave their neighbours alone and nothing of themselves", async (store) => {
    const { storage } = store;
    const { organization, linkedSso, scim } = await createTenant(storage);
    const { id } = organization;
    const { length } = await allEvents(storage, id);
    const before = await dump(store);
    const throwing = () => {
      throw new Error("no randomness");
    };
    const settled = await Promise.allSettled([
      storage.organizations.update(id, { name: "First" }, newAudit()),
      storage.organizations.create(newOrganization({ id }), undefined, newAudit()),
      storage.ssoConfigurations.delete(id, linkedSso.id, newAudit()),
      storage.scimConfigurations.replaceToken(id, scim.id, throwing, newAudit()),
      storage.organizations.update(newId(), { name: "Nobody's" }, newAudit()),
      storage.organizations.update(id, { name: "Last" }, newAudit()),
    ]);
    expect(settled.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    expect(await allEvents(storage, id)).toHaveLength(length + 2);
    const added = (await dump(store)).filter((line) => !before.includes(line));
    // Two events, the position that counts them, and the organization itself.
    expect(added).toHaveLength(4);
  });

  test("a call sees what every call that resolved before it has written", async ({ storage }) => {
    const { organization } = await createTenant(storage);
    const { id } = organization;
    const chain = async (index: number) => {
      const sso = newSso(id, { displayName: `Chain ${index}` });
      await storage.ssoConfigurations.create(id, sso, newAudit());
      expect(await storage.ssoConfigurations.get(id, sso.id)).toEqual(sso);
      await storage.ssoConfigurations.update(id, sso.id, { state: "inactive" }, newAudit());
      expect((await storage.ssoConfigurations.get(id, sso.id)).state).toBe("inactive");
      await storage.ssoConfigurations.delete(id, sso.id, newAudit());
      expect(await storage.locator.organizationOf("sso_configuration", sso.id)).toBeUndefined();
    };
    await Promise.all(Array.from({ length: 16 }, (_, index) => chain(index)));
  });
}
