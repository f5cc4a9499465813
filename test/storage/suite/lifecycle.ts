import { expect } from "vitest";
import { everyCall, targetOf } from "../../support/storage-calls.ts";
import { faultOf, type StoreTest } from "../../support/storage-harness.ts";
import { newAudit, newOrganization } from "../../support/storage-records.ts";
import { createTenant } from "../../support/storage-tenant.ts";

export function lifecycleTests(test: StoreTest): void {
  test("a new store answers the ping", async ({ storage }) => {
    await storage.ping();
  });

  test("the ping fails when a migration is missing", async (store) => {
    await store.execute("DELETE FROM organization_service_migrations");
    expect(await faultOf(store.storage.ping())).toMatchObject({ kind: "unavailable" });
  });

  test("close finishes what was accepted", async ({ storage }) => {
    const organizations = Array.from({ length: 20 }, () => newOrganization());
    const writes = organizations.map((one) => storage.organizations.create(one, undefined, newAudit()));
    await storage.close();
    expect(await Promise.all(writes)).toHaveLength(20);
  });

  test("a store can be closed more than once, also at the same time", async ({ storage }) => {
    const write = storage.organizations.create(newOrganization(), undefined, newAudit());
    await Promise.all([storage.close(), storage.close()]);
    await storage.close();
    await write;
  });

  test("after close every method is unavailable", async ({ storage }) => {
    const target = targetOf(await createTenant(storage));
    await storage.close();
    for (const { name, run } of everyCall) {
      expect(await faultOf(run(storage, target, newAudit())), name).toMatchObject({ kind: "unavailable" });
    }
    expect(await faultOf(storage.ping())).toMatchObject({ kind: "unavailable" });
  });
}
