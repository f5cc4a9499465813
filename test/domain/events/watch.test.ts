// A watcher is asked for again and again: before each page, in the middle of one, and while nothing happens.
import { describe, expect, it } from "vitest";
import type { OrganizationId } from "../../../src/base/ids.ts";
import { DomainError } from "../../../src/domain/errors.ts";
import { createEventFeed } from "../../../src/domain/events/feed.ts";
import { watchEvents } from "../../../src/domain/events/watch.ts";
import type { Principal } from "../../../src/domain/principal.ts";
import { newAudit, newId, newOrganization } from "../../support/storage-records.ts";
import { sqliteMemoryStore } from "../../support/storage-sqlite.ts";

interface Watched {
  readonly events: AsyncGenerator<{ readonly position: number }>;
  readonly leave: AbortController;
  /** How often the watcher was asked for. */
  asked(): number;
  /** From now on the watcher may not. */
  revoke(): void;
  rename(): Promise<void>;
  next(): Promise<number | undefined>;
}

async function createWatched(log: number, afterPosition = 0n, reauthorizeAfterMs = 60_000): Promise<Watched> {
  const { storage } = await sqliteMemoryStore();
  const organization = newOrganization();
  const id: OrganizationId = organization.id;
  await storage.organizations.create(organization, undefined, newAudit());
  let names = 0;
  const rename = async (): Promise<void> => {
    names += 1;
    await storage.organizations.update(id, { name: `Name ${names}` }, newAudit());
  };
  for (let n = 1; n < log; n += 1) await rename();
  const feed = createEventFeed({
    storage,
    watchersPerOrganizationMax: 1,
    onPollError: (error) => {
      throw error;
    },
  });
  const principal: Principal = {
    kind: "user",
    id: newId(),
    organizationId: id,
    role: "member",
    tokenId: newId(),
    readOnly: false,
  };
  const leave = new AbortController();
  let asked = 0;
  let revoked = false;
  const reauthorize = async (): Promise<void> => {
    asked += 1;
    if (revoked) throw new DomainError("unauthenticated", "revoked");
  };
  const watcher = { principal, signal: leave.signal, opened: () => {}, reauthorize };
  const events = watchEvents({ storage }, feed, id, afterPosition, watcher, { reauthorizeAfterMs });
  return {
    events,
    leave,
    asked: () => asked,
    revoke: () => {
      revoked = true;
    },
    rename,
    next: async () => (await events.next()).value?.position,
  };
}

describe("the watcher is asked for", () => {
  it("once for a page, when nothing happens meanwhile", async () => {
    const { next, asked } = await createWatched(150);
    for (let position = 1; position <= 100; position += 1) expect(await next()).toBe(position);
    expect(asked()).toBe(1);
    expect(await next()).toBe(101);
    expect(asked()).toBe(2);
  });

  it("again in the middle of a page, when something was committed", async () => {
    const { next, asked, rename, revoke } = await createWatched(5);
    expect(await next()).toBe(1);
    await rename();
    expect(await next()).toBe(2);
    expect(asked()).toBe(2);
    revoke();
    await rename();
    await expect(next()).rejects.toThrow("revoked");
  });

  it("again in the middle of a page, when the client takes its time", async () => {
    const { next, revoke } = await createWatched(5, 0n, 20);
    expect(await next()).toBe(1);
    revoke();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await expect(next()).rejects.toThrow("revoked");
  });

  it("now and then while nothing happens", async () => {
    const { next, revoke, asked } = await createWatched(1, 1n, 10);
    const waiting = next();
    await expect.poll(asked).toBeGreaterThan(2);
    revoke();
    await expect(waiting).rejects.toThrow("revoked");
  });

  it("behind the reading: what was committed after a revocation is read, and not given", async () => {
    const { next, rename, revoke } = await createWatched(1, 1n);
    const waiting = next();
    await new Promise((resolve) => setImmediate(resolve));
    revoke();
    await rename();
    await expect(waiting).rejects.toThrow("revoked");
  });
});

describe("the end", () => {
  it("is the reason of the signal, while waiting and in the middle of a page", async () => {
    const idle = await createWatched(1, 1n);
    const waiting = idle.next();
    idle.leave.abort(new Error("stopping"));
    await expect(waiting).rejects.toThrow("stopping");
    const busy = await createWatched(5);
    expect(await busy.next()).toBe(1);
    busy.leave.abort(new Error("stopping"));
    await expect(busy.next()).rejects.toThrow("stopping");
  });

  it("frees the place, whichever way it comes", async () => {
    const { events, next } = await createWatched(5);
    expect(await next()).toBe(1);
    await events.return(undefined);
    expect(await next()).toBeUndefined();
  });
});

it("a log that grows all the time is read now and then, and nothing of it is lost", async () => {
  const { next, rename, asked } = await createWatched(1, 1n);
  const reading = (async () => {
    for (let position = 2; position <= 201; position += 1) expect(await next()).toBe(position);
  })();
  const startMs = performance.now();
  for (let n = 0; n < 200; n += 1) await rename();
  await reading;
  // Each reading asks for the watcher, and in the middle of its page again when something was committed.
  const readings = (performance.now() - startMs) / 25 + 1;
  expect(asked()).toBeLessThanOrEqual(2 * readings + 2);
});
