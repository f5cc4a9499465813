import { expect } from "vitest";
import type { DomainVerificationId } from "../../../src/base/ids.ts";
import type { StorageFault } from "../../../src/storage/errors.ts";
import type { DomainVerification } from "../../../src/storage/records.ts";
import type { Storage } from "../../../src/storage/storage.ts";
import { allEvents, dump, faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newDomainVerification, newOrganization } from "../../support/storage-records.ts";
import { createTenant, type Tenant } from "../../support/storage-tenant.ts";

const taken: StorageFault = { kind: "already_exists", entity: "domain_verification" };
const gone: StorageFault = { kind: "not_found", entity: "domain_verification" };

export function domainVerificationTests(test: StoreTest): void {
  claimTests(test);
  verificationTests(test);
  deletionTests(test);
  concurrencyTests(test);
}

async function claim(
  { domainVerifications }: Storage,
  { organization }: Tenant,
  domain: string,
): Promise<DomainVerification> {
  const verification = newDomainVerification(organization.id, { domain });
  await domainVerifications.create(organization.id, verification, newAudit());
  return verification;
}

function verify(
  { domainVerifications }: Storage,
  { organizationId, id, verificationToken }: DomainVerification,
): Promise<DomainVerification> {
  return domainVerifications.verify(organizationId, id, verificationToken, newAudit());
}

function claimTests(test: StoreTest): void {
  test("a claim reads as it was given", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { id: organizationId } = tenant.organization;
    const claimed = await claim(storage, tenant, "example.com");
    expect(await storage.domainVerifications.get(organizationId, claimed.id)).toStrictEqual(claimed);
    expect(await storage.locator.organizationOf("domain_verification", claimed.id)).toBe(organizationId);
  });

  test("claims are listed in the order of their creation, in pages", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const claims = [tenant.domainVerification];
    for (const domain of ["b.example", "a.example", "c.example"])
      claims.push(await claim(storage, tenant, domain));
    const list = (afterId: DomainVerificationId | undefined, limit: number) =>
      storage.domainVerifications.list(tenant.organization.id, { afterId, limit });
    expect(await list(undefined, 10)).toStrictEqual(claims);
    expect(await list(claims[0]?.id, 2)).toStrictEqual(claims.slice(1, 3));
  });

  test("an organization claims a domain once, and others may claim it too", async (store) => {
    const { storage } = store;
    const [tenant, other] = [await createTenant(storage), await createTenant(storage)];
    const first = await claim(storage, tenant, "example.com");
    await claim(storage, other, "example.com");
    const before = await dump(store);
    expect(await faultOf(claim(storage, tenant, "example.com"))).toEqual(taken);
    expect(await dump(store)).toEqual(before);
    await verify(storage, first);
    expect(await faultOf(claim(storage, tenant, "example.com"))).toEqual(taken);
    await claim(storage, await createTenant(storage), "example.com");
  });

  test("an organization that does not exist claims nothing", async ({ storage }) => {
    const { id } = newOrganization();
    const creation = storage.domainVerifications.create(id, newDomainVerification(id), newAudit());
    expect(await faultOf(creation)).toEqual({ kind: "not_found", entity: "organization" });
  });
}

function verificationTests(test: StoreTest): void {
  test("a claim whose token was seen is verified, from then on", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const claimed = await claim(storage, tenant, "example.com");
    const audit = newAudit();
    const { organizationId, id, verificationToken } = claimed;
    const verified = await storage.domainVerifications.verify(organizationId, id, verificationToken, audit);
    expect(verified).toStrictEqual({ ...claimed, state: "verified", verifiedAtMs: audit.atMs });
    expect(await storage.domainVerifications.get(organizationId, id)).toStrictEqual(verified);
  });

  test("a verified one stays as it is, and nothing is written", async (store) => {
    const { storage } = store;
    const claimed = await claim(storage, await createTenant(storage), "example.com");
    const verified = await verify(storage, claimed);
    const before = await dump(store);
    expect(await verify(storage, claimed)).toStrictEqual(verified);
    expect(await dump(store)).toEqual(before);
  });

  test("a token that is not the claim's verifies nothing", async (store) => {
    const { storage } = store;
    const [tenant, other] = [await createTenant(storage), await createTenant(storage)];
    const claimed = await claim(storage, tenant, "example.com");
    const foreign = await claim(storage, other, "example.com");
    const before = await dump(store);
    for (const verificationToken of ["", "token", foreign.verificationToken]) {
      expect(await faultOf(verify(storage, { ...claimed, verificationToken }))).toEqual(gone);
    }
    expect(await dump(store)).toEqual(before);
  });

  test("a domain is verified by one organization at a time", async (store) => {
    const { storage } = store;
    const tenants = [await createTenant(storage), await createTenant(storage)] as const;
    const claims = [
      await claim(storage, tenants[0], "example.com"),
      await claim(storage, tenants[1], "example.com"),
    ] as const;
    await verify(storage, claims[0]);
    const before = await dump(store);
    expect(await faultOf(verify(storage, claims[1]))).toEqual(taken);
    expect(await dump(store)).toEqual(before);
    await verify(storage, await claim(storage, tenants[1], "sub.example.com"));
    await storage.domainVerifications.delete(tenants[0].organization.id, claims[0].id, newAudit());
    expect(await verify(storage, claims[1])).toMatchObject({ state: "verified" });
  });
}

function deletionTests(test: StoreTest): void {
  test("a claim that is given up is gone, and can be made again", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const { id: organizationId } = tenant.organization;
    const claimed = await claim(storage, tenant, "example.com");
    const { domainVerifications } = storage;
    await verify(storage, claimed);
    await domainVerifications.delete(organizationId, claimed.id, newAudit());
    expect(await faultOf(domainVerifications.get(organizationId, claimed.id))).toEqual(gone);
    expect(await faultOf(domainVerifications.delete(organizationId, claimed.id, newAudit()))).toEqual(gone);
    expect(await faultOf(verify(storage, claimed))).toEqual(gone);
    expect(await claim(storage, tenant, "example.com")).toMatchObject({ state: "pending" });
  });

  test("the claims of an organization go with it, and free the domain", async ({ storage }) => {
    const [tenant, other] = [await createTenant(storage), await createTenant(storage)];
    await verify(storage, await claim(storage, tenant, "example.com"));
    const waiting = await claim(storage, other, "example.com");
    await storage.organizations.delete(tenant.organization.id, newAudit());
    expect(await verify(storage, waiting)).toMatchObject({ state: "verified" });
  });
}

function concurrencyTests(test: StoreTest): void {
  test("of 10 organizations that verify one domain at once one does", async (store) => {
    const { storage } = store;
    const claims: DomainVerification[] = [];
    for (let index = 0; index < 10; index += 1) {
      claims.push(await claim(storage, await createTenant(storage), "example.com"));
    }
    const faults = await Promise.all(claims.map((each) => faultOf(verify(storage, each))));
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(9).fill(taken));
    const rows = await store.execute("SELECT id FROM domain_verifications WHERE state = 'verified'");
    expect(rows).toHaveLength(1);
  });

  test("of 10 claims of one organization to one domain at once one is made", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const claiming = Array.from({ length: 10 }, () => faultOf(claim(storage, tenant, "example.com")));
    const faults = await Promise.all(claiming);
    expect(faults.filter((fault) => fault === undefined)).toHaveLength(1);
    expect(faults.filter((fault) => fault !== undefined)).toEqual(Array(9).fill(taken));
  });

  test("of 10 verifications of one claim at once one writes it", async ({ storage }) => {
    const tenant = await createTenant(storage);
    const claimed = await claim(storage, tenant, "example.com");
    const before = await allEvents(storage, tenant.organization.id);
    const verified = await Promise.all(Array.from({ length: 10 }, () => verify(storage, claimed)));
    expect(new Set(verified.map(({ verifiedAtMs }) => verifiedAtMs)).size).toBe(1);
    expect(await allEvents(storage, tenant.organization.id)).toHaveLength(before.length + 1);
  });
}
