// What ends a stream, and with which error: nothing that is newer than the end of a credential comes after it.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { type OrganizationId, parseId } from "../../src/base/ids.ts";
import { protocols, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { newAudit } from "../support/storage-records.ts";
import { recordsOf } from "./support/people.ts";
import { lastPosition, watch } from "./support/watch.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ WATCH_STREAMS_PER_ORGANIZATION_MAX: "1" });
});

afterAll(() => server[Symbol.asyncDispose]());

const organizations = (token: string) => server.client(OrganizationService, { token });
const rename = (organizationId: string, name: string) =>
  organizations(server.operatorToken).updateOrganization({ organizationId, name });

/** A colleague of an admin who watches from where the log ends. */
async function colleagueWatching() {
  const admin = await server.tenant();
  const colleague = await server.colleague(admin);
  const afterPosition = await lastPosition(server, admin.organizationId);
  const stream = watch(server, { token: colleague.token }, { afterPosition });
  await stream.opened;
  return { admin, colleague, stream };
}

/** What is committed after the credential's end is acknowledged. */
async function commitMore({ organizationId }: TestTenant): Promise<void> {
  for (const name of ["After one", "After two"]) await rename(organizationId, name);
}

describe("a stream ends with unauthenticated, and without the changes that follow", () => {
  it("when its token is deleted", async () => {
    const { admin, colleague, stream } = await colleagueWatching();
    const [record] = await recordsOf(server, colleague.userId);
    const client = server.client(UserService, { token: admin.token });
    await client.deletePersonalAccessToken({ personalAccessTokenId: record?.id ?? "" });
    await commitMore(admin);
    expect(await stream.end()).toMatchObject({
      code: Code.Unauthenticated,
      rawMessage:
        "the token opens nothing any more: it was deleted or has expired, or its owner may no longer use it",
    });
  });

  it("when its owner is suspended", async () => {
    const { admin, colleague, stream } = await colleagueWatching();
    const client = server.client(UserService, { token: admin.token });
    await client.setSuspended({ userId: colleague.userId, suspended: true });
    await commitMore(admin);
    expect((await stream.end())?.code).toBe(Code.Unauthenticated);
  });

  it("when its owner is suspended and nothing else happens", async () => {
    const { admin, colleague, stream } = await colleagueWatching();
    const client = server.client(UserService, { token: admin.token });
    await client.setSuspended({ userId: colleague.userId, suspended: true });
    expect((await stream.end())?.code).toBe(Code.Unauthenticated);
  });

  it("when its token expires", async () => {
    const { admin, stream } = await colleagueWatching();
    server.clock.advance(31 * 24 * 60 * 60 * 1_000);
    await commitMore(admin);
    expect((await stream.end())?.code).toBe(Code.Unauthenticated);
  });

  it("when it is the operator's, and replaced", async () => {
    await using own = await startTestServer();
    const { organizationId, token } = await own.tenant();
    const stream = watch(own, { token: own.operatorToken }, { organizationId, afterPosition: 2n });
    await stream.opened;
    own.sql("UPDATE instance SET value = 'another' WHERE key = 'operator_token_hash'");
    await own.client(OrganizationService, { token }).updateOrganization({ organizationId, name: "After" });
    expect((await stream.end())?.code).toBe(Code.Unauthenticated);
  });
});

it("a slow client gets nothing newer than the end of its credential either", async () => {
  const { admin, colleague, stream } = await colleagueWatching();
  const before = await lastPosition(server, admin.organizationId);
  await rename(admin.organizationId, "Before");
  expect(await stream.positions(1)).toEqual([Number(before) + 1]);
  server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", colleague.userId);
  await commitMore(admin);
  expect((await stream.end())?.code).toBe(Code.Unauthenticated);
});

describe("the deletion of the organization", () => {
  it("is the last change that its members see, and the end", async () => {
    const { admin, stream } = await colleagueWatching();
    const { organizationId } = admin;
    await rename(organizationId, "Before the end");
    await organizations(admin.token).deleteOrganization({ organizationId });
    const changes = await stream.take(2);
    expect(changes.map(({ operation, resourceId }) => [operation, resourceId])).toEqual([
      [2, organizationId],
      [3, organizationId],
    ]);
    expect(await stream.end()).toBeUndefined();
  });

  it("is the last change that the operator sees, and the end", async () => {
    const { organizationId } = await server.tenant();
    const stream = watch(server, { token: server.operatorToken }, { organizationId, afterPosition: 2n });
    await stream.opened;
    await organizations(server.operatorToken).deleteOrganization({ organizationId });
    expect(await stream.positions(1)).toEqual([3]);
    expect(await stream.end()).toBeUndefined();
  });
});

describe("a stop of the service", () => {
  it.each(protocols)("ends streams with unavailable over %s, and waits for none", async (protocol) => {
    await using own = await startTestServer({ SHUTDOWN_GRACE_MS: "60000" });
    const tenants = [await own.tenant(), await own.tenant()];
    const streams = tenants.map(({ token }) => watch(own, { token, protocol }, { afterPosition: 2n }));
    await Promise.all(streams.map(({ opened }) => opened));
    const stopped = own.app.close();
    for (const stream of streams) {
      expect(await stream.end()).toMatchObject({
        code: Code.Unavailable,
        rawMessage: "the service is stopping: connect again and go on from the last position",
      });
    }
    await expect(stopped).resolves.toEqual({ forced: false });
  });
});

describe("nothing else ends a stream", () => {
  it.each(["1.1", "2"] as const)(
    "neither the deadlines of calls nor the timeouts of connections, over HTTP/%s",
    async (httpVersion) => {
      await using own = await startTestServer({
        RPC_DEADLINE_DEFAULT_MS: "50",
        RPC_DEADLINE_MAX_MS: "50",
        HEADERS_TIMEOUT_MS: "100",
        REQUEST_TIMEOUT_MS: "100",
        KEEP_ALIVE_TIMEOUT_MS: "100",
        HTTP2_IDLE_TIMEOUT_MS: "100",
      });
      const { organizationId, token } = await own.tenant();
      await using stream = watch(own, { token, httpVersion }, { afterPosition: 2n });
      await stream.opened;
      await new Promise((resolve) => setTimeout(resolve, 700));
      const id = parseId<OrganizationId>(organizationId);
      await own.app.context.storage.organizations.update(id, { name: "At last" }, newAudit());
      expect(await stream.positions(1)).toEqual([3]);
    },
  );
});

describe("a client that leaves", () => {
  it.each([...protocols, "HTTP/1.1"] as const)("gives its place free over %s", async (way) => {
    const { token } = await server.tenant();
    const options = way === "HTTP/1.1" ? ({ token, httpVersion: "1.1" } as const) : { token, protocol: way };
    const stream = watch(server, options);
    await stream.positions(2);
    await stream[Symbol.asyncDispose]();
    await vi.waitFor(() => watch(server, options).positions(2));
  });

  it("leaves no error in the log", async () => {
    const { token } = await server.tenant();
    const logged = server.logs.length;
    const stream = watch(server, { token });
    await stream.positions(2);
    await stream[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(server.logs.slice(logged).join()).toContain("WatchEvents"));
    expect(server.logs.slice(logged).filter((line) => /"level":"(?:warn|error)"/.test(line))).toEqual([]);
  });
});
