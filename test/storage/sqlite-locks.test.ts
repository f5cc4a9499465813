/** One server for each file, tools beside it, and other programs' locks (R4). */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { StorageOpenError } from "../../src/storage/errors.ts";
import type { Organization } from "../../src/storage/records.ts";
import { openSqlite } from "../../src/storage/sqlite/sqlite-storage.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { type Child, startChild } from "../support/storage-child.ts";
import { faultOf } from "../support/storage-harness.ts";
import { newAudit, newOrganization } from "../support/storage-records.ts";
import { openObserved, sqliteFileStore, temporaryFolder } from "../support/storage-sqlite.ts";

describe("the process lock", () => {
  it("refuses a second server in one line that says what to do, and frees the file when the first one closes", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await using first = await startServer(path);
    const refusal = await openServer(path).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(StorageOpenError);
    expect(String(refusal)).toMatch(
      /another process serves \S+organization\.db \(it holds \S+\.lock\): stop it first, or give .+ DATABASE_URL$/,
    );
    await using second = startChild("serve.ts", path, "server");
    expect(await second.line("refused")).toContain("another process serves");

    first.end();
    await first.line("closed");
    await (await openServer(path)).close();
  });

  it("is free as soon as its process is killed, and what that one wrote is there", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await using server = await startServer(path);
    const organization = newOrganization();
    await using tool = await openTool(path);
    await tool.storage.organizations.create(organization, undefined, newAudit());
    await expect(openServer(path)).rejects.toThrow("another process serves");
    await server.kill();
    const next = await openServer(path);
    expect(await next.organizations.get(organization.id)).toStrictEqual(organization);
    await next.close();
  });

  it("lets a tool read and write beside a server, in both orders", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    const server = await openServer(path);
    const organization = newOrganization();
    await server.organizations.create(organization, undefined, newAudit());
    await using tool = startChild("serve.ts", path, "tool");
    await tool.line("open");
    await server.organizations.update(organization.id, { name: "Beside a tool" }, newAudit());
    await server.close();

    await using next = await startServer(path);
    await using inProcess = await openTool(path);
    expect((await inProcess.storage.organizations.get(organization.id)).name).toBe("Beside a tool");
    await inProcess.storage.organizations.update(organization.id, { name: "By a tool" }, newAudit());
    expect(next.lines).toEqual(["open"]);
  });

  it("is held by a tool that migrates", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await using lock = startChild("hold-write-lock.ts", `${path}.lock`);
    await lock.line("held");
    await expect(openSqlite({ path, clock: systemClock, role: "tool" })).rejects.toThrow("another process");
  });
});

describe("a lock that another program holds on the database", () => {
  it("makes writes unavailable within their budget, never the reads, and passes as soon as it is released", async () => {
    await using store = await sqliteFileStore();
    const { storage } = store;
    const organization = newOrganization();
    await storage.organizations.create(organization, undefined, newAudit());
    await using holder = startChild("hold-write-lock.ts", store.writer.name);
    await holder.line("held");

    const stalls = monitorEventLoopDelay({ resolution: 5 });
    stalls.enable();
    const startMs = performance.now();
    const write = faultOf(storage.organizations.update(organization.id, { name: "Never" }, newAudit()));
    const reads = await readUntil(storage, organization, write);
    const elapsedMs = performance.now() - startMs;
    stalls.disable();
    expect(await write).toEqual({ kind: "unavailable", reason: "the database is locked" });
    expect(reads).toBeGreaterThan(10);
    expect(elapsedMs).toBeGreaterThan(1_900);
    expect(elapsedMs).toBeLessThan(4_000);
    // A stall is one wait for the lock, 50 ms. A machine that is busy otherwise may add to some of them.
    expect(stalls.percentile(90) / 1e6).toBeLessThan(150);
    expect(stalls.max / 1e6).toBeLessThan(1_000);

    const waiting = storage.organizations.update(organization.id, { name: "Waited" }, newAudit());
    holder.send("release");
    await holder.line("released");
    const releasedMs = performance.now();
    expect((await waiting).name).toBe("Waited");
    expect(performance.now() - releasedMs).toBeLessThan(1_000);
    expect((await storage.events.list(organization.id, 0, 10)).map(({ action }) => action)).toEqual([
      "created",
      "updated",
    ]);
  });

  it("is waited for when a database is opened, and named when it does not pass", async () => {
    await using folder = await temporaryFolder();
    const path = folder.file("organization.db");
    await (await openServer(path)).close();
    await using holder = startChild("hold-write-lock.ts", path);
    await holder.line("held");
    await expect(openServer(path)).rejects.toThrow(`${path} cannot be opened: the database is locked`);

    const opening = openServer(path);
    holder.send("release");
    await (await opening).close();
  });

  it("does not keep a tool from opening beside a server that writes all the time", async () => {
    await using store = await sqliteFileStore();
    const path = store.writer.name;
    const stop = new AbortController();
    const write = async () => {
      while (!stop.signal.aborted) {
        await store.storage.organizations.create(newOrganization(), undefined, newAudit());
      }
    };
    const writers = Promise.all(Array.from({ length: 16 }, write));
    const answers: string[] = [];
    try {
      for (let attempt = 0; attempt < 4; attempt += 1) {
        await using tool = startChild("serve.ts", path, "tool");
        answers.push(await tool.line(""));
      }
    } finally {
      stop.abort();
      await writers;
    }
    expect(answers).toEqual(Array(4).fill("open"));
  });
});

/** Reads every 20 ms until `end`; answers how often. */
async function readUntil(
  storage: Storage,
  { id, name }: Organization,
  end: Promise<unknown>,
): Promise<number> {
  let over = false;
  let count = 0;
  const finished = end.then(() => {
    over = true;
  });
  while (!over) {
    expect((await storage.organizations.get(id)).name).toBe(name);
    count += 1;
    await Promise.race([finished, delay(20)]);
  }
  return count;
}

async function startServer(path: string): Promise<Child> {
  const child = startChild("serve.ts", path, "server");
  await child.line("open");
  return child;
}

async function openServer(path: string): Promise<Storage> {
  return (await openObserved(path)).storage;
}

async function openTool(path: string): Promise<{ readonly storage: Storage } & AsyncDisposable> {
  const storage = await openSqlite({ path, clock: systemClock, role: "tool" });
  return { storage, [Symbol.asyncDispose]: () => storage.close() };
}
