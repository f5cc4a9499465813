// Commit order, each once, none skipped: under many writers, through reconnects, and for clients of any speed.
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { fillLog } from "./support/log.ts";
import { eventsOf } from "./support/raw.ts";
import { lastPosition, watch } from "./support/watch.ts";
import { createSso } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

async function write({ organizationId, token }: TestTenant, count: number): Promise<void> {
  const client = server.client(OrganizationService, { token });
  for (let n = 0; n < count; n += 1) {
    await client.updateOrganization({ organizationId, name: `Name ${n} ${crypto.randomUUID()}` });
  }
}

describe("a stream", () => {
  it("has every change in the order of commit while eight write at once", async () => {
    const tenant = await server.tenant();
    await using stream = watch(server, { token: tenant.token });
    await stream.opened;
    const writers = upTo(8).map(async (writer) => {
      if (writer % 2 === 0) await write(tenant, 20);
      else for (let n = 0; n < 20; n += 1) await createSso(server, tenant);
    });
    const changes = await stream.take(162);
    await Promise.all(writers);
    expect(changes.map(({ position }) => Number(position))).toEqual(upTo(162));
    const events = await eventsOf(server, tenant.organizationId);
    expect(changes.map(({ resourceId }) => resourceId)).toEqual(events.map(({ subjectId }) => subjectId));
  });

  it("that is cut again and again while others write loses and repeats nothing", async () => {
    const tenant = await server.tenant();
    const writing = Promise.all([write(tenant, 50), write(tenant, 50), write(tenant, 50)]);
    const seen: number[] = [];
    while (seen.length < 152) {
      const afterPosition = BigInt(seen.at(-1) ?? 0);
      await using stream = watch(server, { token: tenant.token }, { afterPosition });
      seen.push(...(await stream.positions(Math.min(1 + (seen.length % 7), 152 - seen.length))));
    }
    await writing;
    expect(seen).toEqual(upTo(152));
  });

  it("is given the same as every other of the organization", async () => {
    const tenant = await server.tenant();
    const streams = upTo(10).map((n) =>
      watch(server, { token: tenant.token }, { afterPosition: BigInt(n % 3) }),
    );
    await Promise.all(streams.map(({ opened }) => opened));
    await write(tenant, 20);
    const positions = await Promise.all(streams.map((stream, at) => stream.positions(22 - ((at + 1) % 3))));
    for (const [at, each] of positions.entries()) expect(each).toEqual(upTo(22, ((at + 1) % 3) + 1));
    for (const stream of streams) await stream[Symbol.asyncDispose]();
  });

  it("goes through a long log page by page", async () => {
    const tenant = await server.tenant();
    fillLog(server, tenant, 1_000);
    await using stream = watch(server, { token: tenant.token });
    expect(await stream.positions(1_002)).toEqual(upTo(1_002));
  });

  it("has what another process commits to the same file", async () => {
    const tenant = await server.tenant();
    await using stream = watch(server, { token: tenant.token }, { afterPosition: 2n });
    await stream.opened;
    fillLog(server, tenant, 1);
    expect(await stream.positions(1)).toEqual([3]);
  });
});

describe("a client that does not read", () => {
  it.each(["1.1", "2"] as const)(
    "over HTTP/%s makes the service read no further than what is on the way",
    async (httpVersion) => {
      const tenant = await server.tenant();
      fillLog(server, tenant, 100_000);
      const list = vi.spyOn(server.app.context.storage.events, "list");
      await using stream = watch(server, { token: tenant.token, httpVersion, codec: "json" });
      await stream.opened;
      const pages = await settled(() => list.mock.calls.length);
      // What the sockets of both sides or a window of HTTP/2 take; the log has a thousand pages.
      expect(pages).toBeLessThan(500);
      expect(await stream.positions(5_000)).toEqual(upTo(5_000));
      list.mockRestore();
    },
  );

  it("keeps nobody else waiting", async () => {
    const tenant = await server.tenant();
    fillLog(server, tenant, 100_000);
    await using slow = watch(server, { token: tenant.token });
    await slow.opened;
    const afterPosition = await lastPosition(server, tenant.organizationId);
    await using fast = watch(server, { token: tenant.token }, { afterPosition });
    await fast.opened;
    await write(tenant, 1);
    expect(await fast.positions(1)).toEqual([Number(afterPosition) + 1]);
  });
});

/** The value once it has stayed the same for a while. */
async function settled(read: () => number): Promise<number> {
  let value = read();
  await vi.waitFor(
    async () => {
      const before = value;
      await new Promise((resolve) => setTimeout(resolve, 150));
      value = read();
      expect(value).toBe(before);
    },
    { timeout: 10_000, interval: 1 },
  );
  return value;
}
