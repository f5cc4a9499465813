/** A COMMIT whose answer gets lost: the caller is told what really happened, and nothing is done twice. */
import { describe, expect, it } from "vitest";
import type { Audit } from "../../src/storage/records.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { allEvents, faultOf } from "../support/storage-harness.ts";
import { postgresServer, type TestDatabase } from "../support/storage-postgres.ts";
import { newAudit, newHash, newId, newOrganization, newToken, nextMs } from "../support/storage-records.ts";
import { createTenant, type Tenant } from "../support/storage-tenant.ts";
import { type FaultyProxy, startProxy } from "./support/proxy.ts";
import {
  expectGapFree,
  expectNoneLeaked,
  type ObservedStorage,
  openObserved,
  unavailable,
  until,
  waitingFor,
} from "./support/storages.ts";

const server = postgresServer();
/** What is written again to learn a commit's fate. */
const probe = "INSERT INTO events";

interface Behind extends ObservedStorage {
  readonly proxy: FaultyProxy;
  readonly database: TestDatabase;
  readonly tenant: Tenant;
}

async function behindProxy(connectionsMax = 10): Promise<Behind> {
  await using resources = new AsyncDisposableStack();
  const database = await server.database();
  const proxy = resources.use(await startProxy(Number(new URL(database.url).port)));
  const observed = resources.use(await openObserved(proxy.url(database.url), { connectionsMax }));
  const tenant = await createTenant(observed.storage);
  const kept = resources.move();
  return { ...observed, proxy, database, tenant, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

function rename({ storage, tenant }: Behind, name: string, audit: Audit = newAudit()) {
  return storage.organizations.update(tenant.organization.id, { name }, audit);
}

/** The organization has the name, and the change is in the log once. */
async function expectRenamedOnce({ storage, tenant }: Behind, name: string, audit: Audit): Promise<void> {
  expect((await storage.organizations.get(tenant.organization.id)).name).toBe(name);
  const events = await allEvents(storage, tenant.organization.id);
  expectGapFree(events);
  expect(events.filter(({ id }) => id === audit.eventId)).toHaveLength(1);
}

describe.concurrent("a connection that is lost at COMMIT", () => {
  it("before the server has it: the change is made again, once", async () => {
    await using behind = await behindProxy();
    const audit = newAudit();
    const renaming = rename(behind, "Again", audit);
    const commit = await behind.proxy.nextCommit();
    commit.cutClient();
    commit.cutServer();
    expect(await renaming).toMatchObject({ name: "Again" });
    await expectRenamedOnce(behind, "Again", audit);
    expectNoneLeaked(behind);
  });

  it("after the server has it: the change is acknowledged, and not made again", async () => {
    await using behind = await behindProxy();
    const audit = newAudit();
    const renaming = rename(behind, "Once", audit);
    const commit = await behind.proxy.nextCommit();
    let again = false;
    void behind.proxy.nextCommit().then(() => {
      again = true;
    });
    commit.forward();
    commit.cutClient();
    expect(await renaming).toMatchObject({ name: "Once" });
    expect(again).toBe(false);
    await expectRenamedOnce(behind, "Once", audit);
    expectNoneLeaked(behind);
  });

  it("and the server gets it late: the answer waits for what becomes of it", async () => {
    await using behind = await behindProxy();
    const audit = newAudit();
    const renaming = rename(behind, "Late", audit);
    const commit = await behind.proxy.nextCommit();
    commit.cutClient();
    await until(async () => (await waitingFor(behind.database, probe)) === 1);
    commit.forward();
    expect(await renaming).toMatchObject({ name: "Late" });
    await expectRenamedOnce(behind, "Late", audit);
    expectNoneLeaked(behind);
  });

  it("and the server never gets it, nor hears of the end: it ends the transaction itself, and the change is made again", async () => {
    await using behind = await behindProxy();
    const audit = newAudit();
    const renaming = rename(behind, "Abandoned", audit);
    (await behind.proxy.nextCommit()).cutClient();
    expect(await renaming).toMatchObject({ name: "Abandoned" });
    await expectRenamedOnce(behind, "Abandoned", audit);
    expectNoneLeaked(behind);
  });

  it("with no other connection allowed: the outcome is learned all the same", async () => {
    await using behind = await behindProxy(1);
    const audit = newAudit();
    const renaming = rename(behind, "Alone", audit);
    const commit = await behind.proxy.nextCommit();
    commit.forward();
    commit.cutClient();
    expect(await renaming).toMatchObject({ name: "Alone" });
    await expectRenamedOnce(behind, "Alone", audit);
    expectNoneLeaked(behind);
  });

  it("and nothing answers any more: unavailable before a request's deadline, and no connection is kept", async () => {
    await using behind = await behindProxy();
    const renaming = faultOf(rename(behind, "Unknown"));
    const startMs = performance.now();
    await behind.proxy.nextCommit();
    behind.proxy.freeze();
    expect(await renaming).toEqual({
      ...unavailable,
      reason: "the answer to a commit got lost, and so its outcome is not known",
    });
    expect(performance.now() - startMs).toBeLessThan(10_000);
    behind.proxy.thaw();
    await behind.storage.ping();
    await until(() => behind.pool.waitingCount === 0 && behind.pool.idleCount === behind.pool.totalCount);
  });

  it.each(eventlessCalls())(
    "of %s, which leaves no event: it is made again, to the same end",
    async (_, call) => {
      await using behind = await behindProxy();
      const result = call(behind.storage, behind.tenant);
      const commit = await behind.proxy.nextCommit();
      commit.forward();
      commit.cutClient();
      expect(await result).toEqual(await call(behind.storage, behind.tenant));
    },
  );

  it("under 16 writers, again and again: what was acknowledged is there once, what was refused is not", async () => {
    await using behind = await behindProxy();
    const { storage, proxy, tenant } = behind;
    const { id } = tenant.organization;
    const acknowledged: string[] = [];
    const refused: string[] = [];
    const write = async (): Promise<void> => {
      const audit = newAudit();
      const token = newToken(id, tenant.member.userId);
      const fault = await faultOf(storage.personalAccessTokens.create(id, token, newHash(), audit));
      if (fault !== undefined) expect(fault).toEqual(unavailable);
      (fault === undefined ? acknowledged : refused).push(audit.eventId);
    };
    const writers = Array.from({ length: 16 }, async () => {
      for (let round = 0; round < 12; round += 1) await write();
    });
    for (let cut = 0; cut < 6; cut += 1) {
      const commit = await proxy.nextCommit();
      if (cut % 2 === 0) commit.forward();
      proxy.cut();
    }
    await Promise.all(writers);
    const events = await allEvents(storage, id);
    expectGapFree(events);
    const written = new Set<string>(events.map((event) => event.id));
    expect(acknowledged.filter((eventId) => !written.has(eventId))).toEqual([]);
    expect(refused.filter((eventId) => written.has(eventId))).toEqual([]);
    expect(acknowledged.length + refused.length).toBe(16 * 12);
    expectNoneLeaked(behind);
  });
});

type EventlessCall = (storage: Storage, tenant: Tenant) => Promise<unknown>;

function eventlessCalls(): [string, EventlessCall][] {
  const operatorId = newId<Parameters<Storage["instance"]["operatorId"]>[0]>();
  const hash = newHash();
  const atMs = nextMs();
  return [
    ["keeping the operator's id", ({ instance }) => instance.operatorId(operatorId)],
    ["keeping the key's check", ({ instance }) => instance.keyCheck("check")],
    [
      "replacing the operator token",
      ({ instance }) => instance.setOperatorTokenHash(hash, { replace: true }),
    ],
    [
      "noting a token's use",
      ({ personalAccessTokens }, { organization, token }) =>
        personalAccessTokens.touch(organization.id, token.id, atMs),
    ],
  ];
}

describe("COMMIT itself failing", () => {
  it("by a conflict is tried again and not shown", async () => {
    const database = await server.database();
    await failAtCommit(database, "40001", 2);
    await using observed = await openObserved(database.url);
    const organization = newOrganization();
    await observed.storage.organizations.create(organization, undefined, newAudit());
    expect(await observed.storage.organizations.get(organization.id)).toEqual(organization);
    expectNoneLeaked(observed);
  });

  it.each([
    ["53100", unavailable],
    ["23514", undefined],
  ])("with SQLSTATE %s writes nothing and keeps no connection", async (code, fault) => {
    const database = await server.database();
    await failAtCommit(database, code, 1000);
    await using observed = await openObserved(database.url, { connectionsMax: 2 });
    const { organizations } = observed.storage;
    for (let round = 0; round < 5; round += 1) {
      const organization = newOrganization();
      const creating = organizations.create(organization, undefined, newAudit());
      if (fault === undefined) await expect(creating).rejects.toMatchObject({ code });
      else expect(await faultOf(creating)).toEqual(fault);
      expect(await faultOf(organizations.get(organization.id))).toMatchObject({ kind: "not_found" });
    }
    expectNoneLeaked(observed);
  });
});

/** The first commits that write an event fail: a sequence counts on when they are rolled back. */
async function failAtCommit({ execute }: TestDatabase, code: string, times: number): Promise<void> {
  await execute("CREATE SEQUENCE failures");
  await execute(
    `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN
       IF nextval('failures') <= ${times} THEN RAISE EXCEPTION 'provoked' USING ERRCODE = '${code}'; END IF;
       RETURN NULL;
     END $$`,
  );
  await execute(
    `CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION fail()`,
  );
}
