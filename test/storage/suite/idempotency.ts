/** Creations under a key: what repeating them does, at once, later, and by somebody else. */
import { expect } from "vitest";
import type { IdempotencyKey } from "../../../src/storage/records.ts";
import { everyCall, type NamedCall, type Target, targetFor } from "../../support/storage-calls.ts";
import {
  dump,
  faultOf,
  outcomeOf,
  type StoreTest,
  type StoreUnderTest,
} from "../../support/storage-harness.ts";
import { newAudit, newHash, newId, newOrganization, nextMs } from "../../support/storage-records.ts";

/** What creates something. Those whose answer goes with a secret do not answer it again. */
const creations: Readonly<Record<string, "repeatable" | "secret">> = {
  "organizations.create": "repeatable",
  "members.join": "repeatable",
  "organizationInvites.replace": "repeatable",
  "groups.create": "repeatable",
  "groups.addMember": "repeatable",
  "domainVerifications.create": "repeatable",
  "ssoConfigurations.create": "repeatable",
  "scimConfigurations.create": "secret",
  "scimConfigurations.replaceToken": "secret",
  "personalAccessTokens.create": "secret",
};

const calls = everyCall.filter(({ name }) => Object.hasOwn(creations, name));
const reused = { fault: { kind: "key_reused", entity: "record" } };
const made = { fault: { kind: "already_made", entity: "record" } };
const dayMs = 24 * 60 * 60 * 1000;

const newKey = (): IdempotencyKey => ({ key: `key ${newId()}`, requestHash: newHash() });

/** As a retry runs it: what the service makes for a call is made anew. An invite's id is the client's. */
function repeat(call: NamedCall, { storage }: StoreUnderTest, target: Target, idempotency: IdempotencyKey) {
  const createdId = call.name === "members.join" ? target.createdId : newId();
  return outcomeOf(call.run(storage, { ...target, createdId }, newAudit({ idempotency })));
}

async function eventCount({ execute }: StoreUnderTest): Promise<number> {
  return (await execute("SELECT id FROM events")).length;
}

/** No answer has a client secret, sealed or not. */
function withoutSecret(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome, (key, value) => (key === "sealedClientSecret" ? "" : value)));
}

const withoutKeys = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !line.startsWith("idempotency_keys "));

export function idempotencyTests(test: StoreTest): void {
  test("every creation is among those asked here", async () => {
    expect(calls.map(({ name }) => name).toSorted()).toEqual(Object.keys(creations).toSorted());
    const named = everyCall.filter(({ name }) => name.endsWith(".create") && !name.startsWith("directory"));
    expect(Object.keys(creations)).toEqual(expect.arrayContaining(named.map(({ name }) => name)));
  });
  for (const call of calls) {
    if (creations[call.name] === "secret") secretTests(test, call);
    else repeatableTests(test, call);
    keyTests(test, call);
  }
  purgeTest(test);
  lastingTests(test);
}

function repeatableTests(test: StoreTest, call: NamedCall): void {
  test(`${call.name} under a key has one effect, and answers the same again`, async (store) => {
    const target = await targetFor(call, store.storage);
    const key = newKey();
    const first = await outcomeOf(call.run(store.storage, target, newAudit({ idempotency: key })));
    expect(first).toHaveProperty("value");
    const after = await dump(store);
    for (let count = 0; count < 2; count += 1) {
      expect(withoutSecret(await repeat(call, store, target, key))).toEqual(withoutSecret(first));
    }
    expect(await dump(store)).toEqual(after);
  });

  test(`${call.name} 20 times at once under a key has one effect, and one answer`, async (store) => {
    const target = await targetFor(call, store.storage);
    const before = await eventCount(store);
    const key = newKey();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => repeat(call, store, target, key)));
    expect(outcomes[0]).toHaveProperty("value");
    expect(new Set(outcomes.map((each) => JSON.stringify(withoutSecret(each)))).size).toBe(1);
    expect(await eventCount(store)).toBe(before + 1);
  });
}

function secretTests(test: StoreTest, call: NamedCall): void {
  test(`${call.name} under a key makes one secret, and refuses to make or show another`, async (store) => {
    const target = await targetFor(call, store.storage);
    const key = newKey();
    expect(await repeat(call, store, target, key)).toHaveProperty("value");
    const after = await dump(store);
    expect(await repeat(call, store, target, key)).toEqual(made);
    expect(await dump(store)).toEqual(after);
    expect(await store.execute("SELECT result FROM idempotency_keys")).toEqual([{ result: "" }]);
  });

  test(`${call.name} 20 times at once under a key makes one secret`, async (store) => {
    const target = await targetFor(call, store.storage);
    const key = newKey();
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => repeat(call, store, target, key)));
    expect(outcomes.filter((each) => "value" in each)).toHaveLength(1);
    expect(outcomes.filter((each) => "fault" in each)).toEqual(Array(19).fill(made));
  });
}

function keyTests(test: StoreTest, call: NamedCall): void {
  test(`${call.name} refuses another request's key, and a key is its caller's alone`, async (store) => {
    const target = await targetFor(call, store.storage);
    const key = newKey();
    expect(await repeat(call, store, target, key)).toHaveProperty("value");
    const after = await dump(store);
    expect(await repeat(call, store, target, { ...key, requestHash: newHash() })).toEqual(reused);
    expect(await dump(store)).toEqual(after);
    const another = await targetFor(call, store.storage);
    const audit = newAudit({ actorId: newId(), idempotency: key });
    expect(await outcomeOf(call.run(store.storage, another, audit))).toHaveProperty("value");
  });

  test(`${call.name} keeps no key when it fails`, async (store) => {
    const target = await targetFor(call, store.storage);
    const taken = newAudit();
    await store.storage.organizations.create(newOrganization(), undefined, taken);
    const before = await dump(store);
    // An event's id that is taken.
    const audit = newAudit({ eventId: taken.eventId, idempotency: newKey() });
    await expect(call.run(store.storage, target, audit)).rejects.toThrow();
    expect(await dump(store)).toEqual(before);
  });
}

function purgeTest(test: StoreTest): void {
  test("keys that have outlived their day are deleted as others come, the oldest first, a bounded number at a time", async (store) => {
    const nowMs = nextMs();
    const insert = `INSERT INTO idempotency_keys (caller_id, key, request_hash, result, created_at)
      VALUES ('somebody', ?, ?, '', ?)`;
    for (let count = 0; count < 300; count += 1) {
      await store.execute(insert, `${count}`, newHash(), nowMs - dayMs - 300 + count);
    }
    const { organizations } = store.storage;
    const audit = newAudit({ atMs: nowMs, idempotency: newKey() });
    await organizations.create(newOrganization(), undefined, audit);
    // A purge is nobody's to wait for; what is written after it waits for it or comes after it.
    await expect
      .poll(async () => (await store.execute("SELECT key FROM idempotency_keys")).length, { timeout: 5_000 })
      .toBe(300 - 256 + 1);
    const [oldest] = await store.execute("SELECT min(created_at) AS at FROM idempotency_keys");
    expect(oldest).toEqual({ at: nowMs - dayMs - 300 + 256 });
  });
}

function lastingTests(test: StoreTest): void {
  test("a key is kept for 24 hours, and is then anybody's request's again", async (store) => {
    const { organizations } = store.storage;
    const key = newKey();
    const create = (atMs: number, idempotency = key) =>
      organizations.create(newOrganization(), undefined, newAudit({ atMs, idempotency }));
    const startMs = nextMs();
    const first = await create(startMs);
    expect(await create(startMs + dayMs - 1)).toEqual(first);
    const other = { ...key, requestHash: newHash() };
    expect(await faultOf(create(startMs + dayMs - 1, other))).toEqual(reused.fault);
    const second = await create(startMs + dayMs, other);
    expect(second.id).not.toBe(first.id);
    expect(await create(startMs + 2 * dayMs - 1, other)).toEqual(second);
    expect(withoutKeys(await dump(store)).filter((line) => line.startsWith("organizations "))).toHaveLength(
      2,
    );
  });
}
