/** Connections that end, a server that does not answer, locks that nobody gives back: each passes, within a time. */
import { describe, expect, it } from "vitest";
import { allEvents, faultOf } from "../support/storage-harness.ts";
import { openOn, postgresServer } from "../support/storage-postgres.ts";
import { newAudit, newHash, newOrganization, newSso, newToken } from "../support/storage-records.ts";
import { createTenant } from "../support/storage-tenant.ts";
import { adminToken, startInstance, textAt } from "./support/instances.ts";
import { holdRow } from "./support/locks.ts";
import { startProxy } from "./support/proxy.ts";
import {
  expectGapFree,
  expectNoneLeaked,
  expectNothingLeft,
  openObserved,
  terminateAll,
  unavailable,
  until,
  waitingFor,
} from "./support/storages.ts";

const server = postgresServer();
/** Of a request whose client sets none. */
const deadlineMs = 10_000;

describe.concurrent("connections that the server ends", () => {
  it("while they are idle are replaced, and reported", async () => {
    const database = await server.database();
    const ended: Error[] = [];
    await using observed = await openObserved(database.url, { onIdleError: (error) => ended.push(error) });
    const { organizations } = observed.storage;
    const made = Array.from({ length: 8 }, () => newOrganization());
    await Promise.all(made.map((one) => organizations.create(one, undefined, newAudit())));
    const count = await terminateAll(database);
    expect(count).toBeGreaterThan(1);
    expect(await Promise.all(made.map(({ id }) => organizations.get(id)))).toEqual(made);
    // Those that no call met on its way.
    await until(() => observed.pool.idleCount === observed.pool.totalCount);
    expect(ended.length).toBeLessThanOrEqual(count);
    for (const error of ended) expect(Object.keys(error)).not.toContain("client");
    expectNoneLeaked(observed);
  });

  it("while they are at work, again and again, lose and double nothing, and none is shown", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url);
    const { storage } = observed;
    const { organization, member } = await createTenant(storage);
    const first = (await allEvents(storage, organization.id)).length;
    const written: string[] = [];
    let stop = false;
    const writers = Array.from({ length: 16 }, async () => {
      while (!stop) {
        const audit = newAudit();
        const token = newToken(organization.id, member.userId);
        const writing = storage.personalAccessTokens.create(organization.id, token, newHash(), audit);
        if ((await faultOf(writing)) === undefined) written.push(audit.eventId);
      }
    });
    const readers = Array.from({ length: 16 }, async () => {
      while (!stop) await storage.organizations.get(organization.id);
    });
    for (let round = 1; round <= 5; round += 1) {
      const before = written.length;
      await terminateAll(database);
      await until(() => written.length > before + 20);
    }
    stop = true;
    await Promise.all([...writers, ...readers]);
    const events = await allEvents(storage, organization.id);
    expectGapFree(events);
    expect(
      events
        .slice(first)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(written.toSorted());
    expectNoneLeaked(observed);
  });
});

describe.concurrent("a server that does not answer", () => {
  it("makes every call unavailable before its deadline, and is used again once it answers", async () => {
    const database = await server.database();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    await using observed = await openObserved(proxy.url(database.url));
    const { storage } = observed;
    const { organization } = await createTenant(storage);
    const { id } = organization;
    proxy.freeze();
    const startMs = performance.now();
    const calls = [
      ...Array.from({ length: 12 }, () => storage.organizations.get(id)),
      ...Array.from({ length: 12 }, () => storage.organizations.update(id, { name: "New" }, newAudit())),
      storage.ping(),
    ];
    expect(await Promise.all(calls.map(faultOf))).toEqual(calls.map(() => unavailable));
    expect(performance.now() - startMs).toBeLessThan(deadlineMs / 2);
    proxy.thaw();
    await storage.organizations.update(id, { name: "Back" }, newAudit());
    expect((await storage.organizations.get(id)).name).toBe("Back");
    await until(() => observed.pool.idleCount === observed.pool.totalCount);
    expectNoneLeaked(observed);
  });

  it("makes requests answer 503 and readiness fail, until it answers again", async () => {
    const database = await server.database();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    await using instance = await startInstance(proxy.url(database.url));
    const create = () =>
      instance.call("OrganizationService/CreateOrganization", { name: "Acme" }, { token: adminToken });
    const organizationId = textAt(await create(), "organization.id");
    const get = () =>
      instance.call("OrganizationService/GetOrganization", { organizationId }, { token: adminToken });
    const readyz = () => fetch(`http://127.0.0.1:${instance.app.port}/readyz`);
    proxy.freeze();
    const startMs = performance.now();
    const [created, got, ready] = await Promise.all([create(), get(), readyz()]);
    expect(performance.now() - startMs).toBeLessThan(deadlineMs);
    for (const { status, body } of [created, got]) {
      expect({ status, body }).toMatchObject({ status: 503, body: { code: "unavailable" } });
    }
    expect(ready.status).toBe(503);
    proxy.thaw();
    expect((await get()).status).toBe(200);
    expect((await readyz()).status).toBe(200);
  });

  it("does not keep the storage from closing", async () => {
    const database = await server.database();
    await using proxy = await startProxy(Number(new URL(database.url).port));
    const { storage, pool } = await openObserved(proxy.url(database.url));
    await Promise.all(Array.from({ length: 5 }, () => storage.ping()));
    proxy.freeze();
    const running = faultOf(storage.ping());
    const startMs = performance.now();
    await storage.close();
    expect(performance.now() - startMs).toBeLessThan(deadlineMs);
    expect(await running).toEqual(unavailable);
    expect(pool.totalCount).toBe(0);
  });

  it("for a statement is given up on both sides", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url);
    const { storage } = observed;
    const { organization } = await createTenant(storage);
    await database.execute(
      `CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$`,
    );
    await database.execute(
      "CREATE TRIGGER lingers BEFORE INSERT ON sso_configurations FOR EACH ROW EXECUTE FUNCTION linger()",
    );
    const startMs = performance.now();
    const creating = storage.ssoConfigurations.create(organization.id, newSso(organization.id), newAudit());
    expect(await faultOf(creating)).toEqual({ ...unavailable, reason: "the database took too long" });
    expect(performance.now() - startMs).toBeLessThan(deadlineMs / 2);
    const [row] = await database.execute(
      "SELECT count(*) AS count FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'INSERT INTO sso_%'",
    );
    expect(row?.count).toBe(0);
    expectNoneLeaked(observed);
  });
});

describe.concurrent("locks", () => {
  it("that are held on make writes unavailable within a time, while reads go on", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url);
    const { storage } = observed;
    const { organization } = await createTenant(storage);
    await using _held = await holdRow(database, "organizations", organization.id);
    const startMs = performance.now();
    const updating = faultOf(storage.organizations.update(organization.id, { name: "New" }, newAudit()));
    expect(await storage.organizations.get(organization.id)).toEqual(organization);
    expect(await updating).toEqual({ ...unavailable, reason: "a lock was held for too long" });
    expect(performance.now() - startMs).toBeLessThan(deadlineMs / 2);
    expectNoneLeaked(observed);
  });

  it("that hold every connection of the pool make the rest wait for a time and then unavailable; none is lost", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url, { connectionsMax: 2 });
    const { storage, pool } = observed;
    const { organization } = await createTenant(storage);
    const { id } = organization;
    await using held = await holdRow(database, "organizations", id);
    const startMs = performance.now();
    const writes = Array.from({ length: 6 }, () =>
      faultOf(storage.organizations.update(id, { name: "New" }, newAudit())),
    );
    const reads = Array.from({ length: 6 }, () => faultOf(storage.organizations.get(id)));
    expect(new Set((await Promise.all(writes)).map((fault) => fault?.kind))).toEqual(
      new Set(["unavailable"]),
    );
    await Promise.all(reads);
    expect(performance.now() - startMs).toBeLessThan(deadlineMs / 2);
    expect(pool.totalCount).toBeLessThanOrEqual(2);
    expectNoneLeaked(observed);
    await held[Symbol.asyncDispose]();
    await storage.organizations.update(id, { name: "After" }, newAudit());
    expectNoneLeaked(observed);
  });

  it("that wait for each other are untangled by the database, and the one that it refused is tried again", async () => {
    const database = await server.database();
    await using observed = await openObserved(database.url);
    const { storage } = observed;
    const { organization, member } = await createTenant(storage);
    const { id } = organization;
    const before = observed.statements.length;
    // A creation holds the member and goes on to the organization; the deletion comes the other way.
    await using held = await holdRow(database, "members", member.userId);
    const token = newToken(id, member.userId);
    const creating = faultOf(storage.personalAccessTokens.create(id, token, newHash(), newAudit()));
    await until(async () => (await waitingFor(database, "SELECT organization_id, user_id")) === 1);
    const deleting = faultOf(storage.organizations.delete(id, newAudit()));
    await until(async () => (await waitingFor(database, "DELETE FROM members")) === 1);
    await held[Symbol.asyncDispose]();
    expect([undefined, { kind: "not_found", entity: "user" }]).toContainEqual(await creating);
    expect(await deleting).toBeUndefined();
    await expectNothingLeft(database, id);
    const begun = observed.statements.slice(before).filter((sql) => sql.endsWith("FOR UPDATE"));
    expect(begun.length).toBeGreaterThanOrEqual(3);
    expectNoneLeaked(observed);
  });

  it("that conflict are retried up to a bound, and then unavailable", async () => {
    const database = await server.database();
    await database.execute("CREATE SEQUENCE conflicts");
    await database.execute(
      `CREATE FUNCTION conflict() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF nextval('conflicts') % 5 <> 0 THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '40001'; END IF;
         RETURN NEW;
       END $$`,
    );
    await database.execute(
      "CREATE TRIGGER conflicts BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION conflict()",
    );
    await using observed = await openObserved(database.url);
    const { organizations } = observed.storage;
    const organization = newOrganization();
    // Four attempts in vain, and the fifth goes through.
    await organizations.create(organization, undefined, newAudit());
    expect(await organizations.get(organization.id)).toEqual(organization);
    await database.execute("ALTER SEQUENCE conflicts MAXVALUE 1000000000 INCREMENT 5 RESTART WITH 6");
    expect(await faultOf(organizations.update(organization.id, { name: "Never" }, newAudit()))).toEqual({
      ...unavailable,
      reason: "too many writes to the same record",
    });
    expect((await organizations.get(organization.id)).name).toBe(organization.name);
    expectNoneLeaked(observed);
  });
});

it("a closed storage says so, and one whose database is gone too", async () => {
  const database = await server.database();
  const storage = await openOn(database.url);
  await server.embedded().dropDatabase(new URL(database.url).pathname.slice(1));
  expect(await faultOf(storage.ping())).toEqual(unavailable);
  await storage.close();
  expect(await faultOf(storage.ping())).toEqual({ kind: "unavailable", reason: "shutting down" });
});
