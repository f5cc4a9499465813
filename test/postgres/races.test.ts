/** R12, R14, R15: writers on two instances that want the same. */
import { describe, expect, it } from "vitest";
import type { Entity, StorageFault } from "../../src/storage/errors.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { addMember, allEvents, faultOf } from "../support/storage-harness.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import {
  newAudit,
  newDomainVerification,
  newHash,
  newId,
  newMember,
  newOrganization,
  newOwnGroup,
  newScim,
  newSso,
  newToken,
  nextMs,
} from "../support/storage-records.ts";
import { createTenant, type Tenant } from "../support/storage-tenant.ts";
import { openPair, spread } from "./support/pairs.ts";
import { expectGapFree, expectNothingLeft } from "./support/storages.ts";

const server = postgresServer();

const taken: StorageFault = { kind: "already_exists", entity: "record" };

type Colliding = (storage: Storage, tenant: Tenant) => Promise<unknown>;

function collisions(): [string, Colliding][] {
  const { id } = newOrganization();
  const shared = newHash();
  const { userId } = newMember(id);
  return [
    [
      "organization id",
      ({ organizations }) => organizations.create(newOrganization({ id }), undefined, newAudit()),
    ],
    [
      "user id",
      ({ organizations }) => {
        const organization = newOrganization();
        return organizations.create(organization, newMember(organization.id, { userId }), newAudit());
      },
    ],
    [
      "SCIM token",
      ({ scimConfigurations }, { organization, linkedSso }) => {
        const scim = newScim(organization.id, linkedSso.id);
        return scimConfigurations.create(organization.id, scim, shared, newAudit());
      },
    ],
    [
      "personal access token",
      ({ personalAccessTokens }, { organization, member }) => {
        const token = newToken(organization.id, member.userId);
        return personalAccessTokens.create(organization.id, token, shared, newAudit());
      },
    ],
  ];
}

describe("on two instances", () => {
  it.each(collisions())(
    "of 50 creations that want one %s one wins, and 49 are told that it exists",
    async (_, create) => {
      await using pair = await openPair(server);
      const faults = await spread(pair, 50, (storage) => faultOf(create(storage, pair.tenant)));
      expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
      expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(49).fill(taken));
    },
  );

  it("concurrent updates of different fields of one record all land", async () => {
    await using pair = await openPair(server);
    const { organization, sso } = pair.tenant;
    for (let round = 0; round < 5; round += 1) {
      const patches = [
        { clientId: `client ${round}` },
        { issuerUrl: `https://issuer.example/${round}` },
        { displayName: `Name ${round}` },
        { emailDomains: [`d${round}.example`] },
        { additionalScopes: [`scope ${round}`] },
        { claims: { round: `${round}` } },
        { claimsExpression: `${round}` },
        { sealedClientSecret: `sealed ${round}` },
      ];
      const updated = await spread(pair, patches.length, ({ ssoConfigurations }, index) =>
        ssoConfigurations.update(organization.id, sso.id, patches[index] ?? {}, newAudit()),
      );
      expect(updated).toHaveLength(patches.length);
      const found = await pair.storages[1].ssoConfigurations.get(organization.id, sso.id);
      expect(found).toMatchObject(Object.assign({}, ...patches));
    }
  });

  it("64 concurrent read-modify-writes of one record are all applied, one after the other", async () => {
    await using pair = await openPair(server);
    const { organization, scim } = pair.tenant;
    const replaced = await spread(pair, 64, ({ scimConfigurations }) =>
      scimConfigurations.replaceToken(
        organization.id,
        scim.id,
        ({ tokenLifetimeSeconds }) => ({
          hash: newHash(),
          expiresAtMs: nextMs(),
          lifetimeSeconds: tokenLifetimeSeconds + 1,
        }),
        newAudit(),
      ),
    );
    const counted = replaced.map((one) => one.tokenLifetimeSeconds - scim.tokenLifetimeSeconds);
    expect(counted.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 64 }, (_, index) => index + 1));
  });

  it("of admins who all stop being one at once, one stays", async () => {
    await using pair = await openPair(server);
    const { organization, member } = pair.tenant;
    const { id } = organization;
    const admins = [member, ...Array.from({ length: 19 }, () => newMember(id))];
    for (const admin of admins.slice(1)) await addMember(pair.database, admin);
    for (let round = 0; round < 5; round += 1) {
      const faults = await spread(pair, admins.length, ({ members }, index) =>
        faultOf(members.setRole(id, admins[index]?.userId ?? member.userId, "member", newAudit())),
      );
      expect(faults.filter((fault) => fault !== undefined)).toEqual([{ kind: "last_admin", entity: "user" }]);
      expect(await pair.storages[1].members.count(id, { roles: ["admin"] }, 100)).toBe(1);
      await spread(pair, admins.length, ({ members }, index) =>
        members.setRole(id, admins[index]?.userId ?? member.userId, "admin", newAudit()),
      );
    }
  });

  it("64 concurrent writers leave an event each, at positions without a gap", async () => {
    await using pair = await openPair(server);
    const { organization, member } = pair.tenant;
    const audits = await spread(pair, 64, async ({ personalAccessTokens }) => {
      const audit = newAudit();
      const token = newToken(organization.id, member.userId);
      await personalAccessTokens.create(organization.id, token, newHash(), audit);
      return audit;
    });
    const events = await allEvents(pair.storages[0], organization.id);
    expectGapFree(events);
    expect(
      events
        .slice(-64)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(audits.map(({ eventId }) => eventId).toSorted());
  });

  it("a reader of the log never sees a position before those below it", async () => {
    await using pair = await openPair(server);
    const { organization } = pair.tenant;
    const { id } = organization;
    let writing = true;
    const writes = spread(pair, 64, ({ organizations }, index) =>
      organizations.update(id, { name: `Name ${index}` }, newAudit()),
    ).finally(() => {
      writing = false;
    });
    let reads = 0;
    while (writing) {
      expectGapFree(await allEvents(pair.storages[1], id));
      reads += 1;
    }
    await writes;
    expect(reads).toBeGreaterThan(1);
  });
});

interface Beside {
  readonly name: string;
  readonly call: (storage: Storage, tenant: Tenant) => Promise<unknown>;
  /** What it answers when the deletion came first. */
  readonly loses: StorageFault;
}

const gone = (entity: Entity): StorageFault => ({ kind: "not_found", entity });

const besideDeletion: readonly Beside[] = [
  {
    name: "creating an SSO configuration",
    call: ({ ssoConfigurations }, { organization: { id } }) =>
      ssoConfigurations.create(id, newSso(id), newAudit()),
    loses: gone("organization"),
  },
  {
    name: "creating a SCIM configuration",
    call: ({ scimConfigurations }, { organization: { id }, linkedSso }) =>
      scimConfigurations.create(id, newScim(id, linkedSso.id), newHash(), newAudit()),
    loses: gone("sso_configuration"),
  },
  {
    name: "creating a personal access token",
    call: ({ personalAccessTokens }, { organization: { id }, member }) =>
      personalAccessTokens.create(id, newToken(id, member.userId), newHash(), newAudit()),
    loses: gone("user"),
  },
  {
    name: "linking a SCIM configuration to another SSO configuration",
    call: ({ scimConfigurations }, { organization: { id }, scim, sso }) =>
      scimConfigurations.update(id, scim.id, { ssoConfigurationId: sso.id }, newAudit()),
    loses: gone("scim_configuration"),
  },
  {
    name: "renaming the organization",
    call: ({ organizations }, { organization: { id } }) =>
      organizations.update(id, { name: "New" }, newAudit()),
    loses: gone("organization"),
  },
  {
    name: "creating a group",
    call: ({ groups }, { organization: { id } }) => groups.create(id, newOwnGroup(), newAudit()),
    loses: gone("organization"),
  },
  {
    name: "adding a member to a group",
    call: ({ groups }, { organization: { id }, ownGroup, directoryUser }) =>
      groups.addMember(id, ownGroup.id, { id: newId(), userId: directoryUser.id }, newAudit()),
    loses: gone("group"),
  },
  {
    name: "claiming a domain",
    call: ({ domainVerifications }, { organization: { id } }) =>
      domainVerifications.create(id, newDomainVerification(id), newAudit()),
    loses: gone("organization"),
  },
  {
    name: "verifying a domain",
    call: ({ domainVerifications }, { organization, domainVerification: { id, verificationToken } }) =>
      domainVerifications.verify(organization.id, id, verificationToken, newAudit()),
    loses: gone("domain_verification"),
  },
];

describe("an organization's deletion beside", () => {
  it.each(besideDeletion)(
    "$name: either comes first, and nothing of the organization is left",
    async ({ call, loses }) => {
      await using pair = await openPair(server);
      for (let round = 0; round < 10; round += 1) {
        const tenant = await createTenant(pair.storages[0]);
        const { id } = tenant.organization;
        const calls = spread(pair, 8, (storage) => faultOf(call(storage, tenant)));
        const deleting = faultOf(pair.storages[round % 2 === 0 ? 0 : 1].organizations.delete(id, newAudit()));
        for (const fault of await calls) expect([undefined, loses]).toContainEqual(fault);
        expect(await deleting).toBeUndefined();
        await expectNothingLeft(pair.database, id);
        const events = await allEvents(pair.storages[0], id);
        expectGapFree(events);
        expect(events.at(-1)).toMatchObject({ action: "deleted", subjectType: "organization" });
      }
    },
  );

  it("another deletion: one of them finds it", async () => {
    await using pair = await openPair(server);
    const { id } = pair.tenant.organization;
    const faults = await spread(pair, 10, ({ organizations }) =>
      faultOf(organizations.delete(id, newAudit())),
    );
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(9).fill(gone("organization")));
  });
});

describe("an SSO configuration's deletion beside", () => {
  it("a SCIM configuration that is linked to it: one of them is refused, and no link leads nowhere", async () => {
    await using pair = await openPair(server);
    const { organization, scim } = pair.tenant;
    const { id } = organization;
    for (let round = 0; round < 20; round += 1) {
      const sso = newSso(id);
      await pair.storages[0].ssoConfigurations.create(id, sso, newAudit());
      const [linked, created, deleted] = await Promise.all([
        faultOf(
          pair.storages[0].scimConfigurations.update(id, scim.id, { ssoConfigurationId: sso.id }, newAudit()),
        ),
        faultOf(pair.storages[1].scimConfigurations.create(id, newScim(id, sso.id), newHash(), newAudit())),
        faultOf(pair.storages[round % 2 === 0 ? 0 : 1].ssoConfigurations.delete(id, sso.id, newAudit())),
      ]);
      if (deleted === undefined) {
        expect([linked, created]).toEqual([gone("sso_configuration"), gone("sso_configuration")]);
      } else {
        expect(deleted).toEqual({ kind: "referenced", entity: "sso_configuration" });
        expect([linked, created]).toContain(undefined);
      }
    }
  });
});
