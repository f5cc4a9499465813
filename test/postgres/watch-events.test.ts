/** Streams on one instance of what is committed on another: the same order, nothing lost, and ends that hold everywhere. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { EventService, type WatchEventsResponse } from "../../gen/gitpod/v1/event_pb.ts";
import { type OrganizationId, parseId } from "../../src/base/ids.ts";
import { ManualClock } from "../support/clock.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { newAudit, newMember, newOrganization } from "../support/storage-records.ts";
import { adminToken, type Instance, startInstance, textAt } from "./support/instances.ts";

const server = postgresServer();

async function startPair() {
  await using resources = new AsyncDisposableStack();
  const database = await server.emptyDatabase();
  const clock = new ManualClock();
  const one = resources.use(await startInstance(database.url, clock));
  const two = resources.use(await startInstance(database.url, clock));
  const kept = resources.move();
  return { one, two, database, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** An organization whose log has one event. */
async function createTenant({ app }: Instance): Promise<{ organizationId: string; userId: string }> {
  const organization = newOrganization();
  const member = newMember(organization.id);
  await app.context.storage.organizations.create(organization, member, newAudit());
  return { organizationId: organization.id, userId: member.userId };
}

const rename = ({ call }: Instance, organizationId: string, name: string) =>
  call("OrganizationService/UpdateOrganization", { organizationId, name }, { token: adminToken });

interface Stream extends AsyncDisposable {
  take(count: number): Promise<readonly WatchEventsResponse[]>;
  positions(count: number): Promise<readonly number[]>;
  end(): Promise<Code | undefined>;
}

function watch({ app }: Instance, organizationId: string, afterPosition: number, token = adminToken): Stream {
  const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${app.port}` });
  const gone = new AbortController();
  const changes = createClient(EventService, transport).watchEvents(
    {
      scope: { case: "organization", value: true },
      organizationId,
      afterPosition: BigInt(afterPosition),
    },
    { signal: gone.signal, headers: { Authorization: `Bearer ${token}` } },
  );
  const iterator = changes[Symbol.asyncIterator]();
  async function take(count: number): Promise<readonly WatchEventsResponse[]> {
    const taken: WatchEventsResponse[] = [];
    while (taken.length < count) {
      const { done, value } = await iterator.next();
      if (done === true) throw new Error("the stream ended");
      taken.push(value);
    }
    return taken;
  }
  return {
    take,
    positions: async (count) => (await take(count)).map(({ position }) => Number(position)),
    async end() {
      try {
        const { done } = await iterator.next();
        if (done === true) return undefined;
        throw new Error("a change came in place of the end");
      } catch (error) {
        if (error instanceof ConnectError) return error.code;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      gone.abort();
      await iterator.next().catch(() => {});
    },
  };
}

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe("a stream on one instance", () => {
  it("has what the other commits within a poll", async () => {
    await using pair = await startPair();
    const { organizationId } = await createTenant(pair.one);
    await using stream = watch(pair.two, organizationId, 0);
    expect(await stream.positions(1)).toEqual([1]);
    await rename(pair.one, organizationId, "By the other");
    const startMs = performance.now();
    expect(await stream.positions(1)).toEqual([2]);
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });

  it("has every change once and in the order of the log while both instances write at once", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId } = await createTenant(one);
    const streams = [watch(one, organizationId, 0), watch(two, organizationId, 0)];
    const writers = upTo(8).map(async (writer) => {
      const instance = writer % 2 === 0 ? one : two;
      for (let n = 0; n < 10; n += 1) {
        expect((await rename(instance, organizationId, `${writer} ${n}`)).status).toBe(200);
      }
    });
    const seen = await Promise.all(streams.map((stream) => stream.positions(81)));
    await Promise.all(writers);
    expect(seen).toEqual([upTo(81), upTo(81)]);
    for (const stream of streams) await stream[Symbol.asyncDispose]();
  });

  it("that moves to the other instance again and again loses and repeats nothing", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId } = await createTenant(one);
    const writing = Promise.all(
      [one, two].map(async (instance, at) => {
        for (let n = 0; n < 30; n += 1) await rename(instance, organizationId, `${at} ${n}`);
      }),
    );
    const seen: number[] = [];
    while (seen.length < 61) {
      const instance = seen.length % 2 === 0 ? one : two;
      await using stream = watch(instance, organizationId, seen.at(-1) ?? 0);
      seen.push(...(await stream.positions(Math.min(3 + (seen.length % 5), 61 - seen.length))));
    }
    await writing;
    expect(seen).toEqual(upTo(61));
  });

  it("ends with a token that the other deletes, before what is committed after that", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId, userId } = await createTenant(one);
    const request = { userId, description: "watches" };
    const created = await one.call("UserService/CreatePersonalAccessToken", request, { token: adminToken });
    const stream = watch(two, organizationId, 1, textAt(created, "token"));
    expect(await stream.positions(1)).toEqual([2]);
    const ended = stream.end();
    const list = await one.call("UserService/ListPersonalAccessTokens", {}, { token: adminToken });
    const personalAccessTokenId = /"id":"([^"]+)"/.exec(list.text)?.[1];
    const deletion = { personalAccessTokenId };
    await one.call("UserService/DeletePersonalAccessToken", deletion, { token: adminToken });
    await rename(one, organizationId, "After the token");
    expect(await ended).toBe(Code.Unauthenticated);
  });

  it("ends after the organization's deletion on the other", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId } = await createTenant(one);
    const stream = watch(two, organizationId, 0);
    await stream.positions(1);
    await one.call("OrganizationService/DeleteOrganization", { organizationId }, { token: adminToken });
    expect(await stream.positions(1)).toEqual([2]);
    expect(await stream.end()).toBeUndefined();
  });

  it("ends with unavailable when its instance stops, and goes on at the other", async () => {
    await using pair = await startPair();
    const { one, two } = pair;
    const { organizationId } = await createTenant(one);
    const stream = watch(one, organizationId, 0);
    expect(await stream.positions(1)).toEqual([1]);
    const stopped = one.app.close();
    expect(await stream.end()).toBe(Code.Unavailable);
    await stopped;
    await rename(two, organizationId, "Meanwhile");
    await using rest = watch(two, organizationId, 1);
    expect(await rest.positions(1)).toEqual([2]);
  });

  it("never has a later change before an earlier one whose commit takes its time", async () => {
    await using pair = await startPair();
    const { one, two, database } = pair;
    const { organizationId } = await createTenant(one);
    await using stream = watch(two, organizationId, 0);
    await stream.positions(1);
    // Each insertion of an event waits a little, so that transactions overlap as much as they can.
    await database.execute(
      `CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
         'BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NEW; END'`,
    );
    await database.execute(
      "CREATE TRIGGER dawdle BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION dawdle()",
    );
    const writing = Promise.all(
      upTo(20).map((n) => rename(n % 2 === 0 ? one : two, organizationId, `Name ${n}`)),
    );
    expect(await stream.positions(20)).toEqual(upTo(21, 2));
    await writing;
    const log = await two.app.context.storage.events.list(parseId<OrganizationId>(organizationId), 0, 100);
    expect(log.map(({ position }) => position)).toEqual(upTo(21));
  });
});
