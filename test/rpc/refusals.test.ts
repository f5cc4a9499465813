// Credentials that are known and refused are in their organization's audit log, counted, and beside the requests.
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AuditLogEntryKind, EventService, ResourceType } from "../../gen/gitpod/v1/event_pb.ts";
import { Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { mintToken } from "../../src/keys/token-format.ts";
import { protocols, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { isAlive, recordsOf } from "./support/people.ts";
import { fieldOf, send } from "./support/raw.ts";
import { watch } from "./support/watch.ts";
import { createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The refusals in the organization's log, from the first, when there are so many. */
async function refusalsOf(organizationId: string, count: number) {
  const client = server.client(EventService, { token: server.operatorToken });
  return await vi.waitFor(async () => {
    const { entries } = await client.listAuditLogs({ organizationId, pagination: { pageSize: 100 } });
    const refusals = entries.filter(({ kind }) => kind === AuditLogEntryKind.CREDENTIAL_ACCESS).toReversed();
    expect(refusals).toHaveLength(count);
    return refusals;
  });
}

const rename = ({ organizationId, token }: TestTenant) =>
  server.client(OrganizationService, { token }).updateOrganization({ organizationId, name: "Renamed" });

/** Every event of everybody. */
const eventCount = () => server.rows("SELECT 1 FROM events").length;

describe("a token that is known and opens nothing", () => {
  it.each([
    ["it has expired", async () => void server.clock.advance(31 * dayMs)],
    [
      "its owner is suspended",
      async ({ userId }: TestTenant) =>
        server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", userId),
    ],
  ])("is noted when %s: whose it is, and which", async (_why, kill) => {
    const admin = await server.tenant();
    const colleague = await server.colleague(admin);
    const [record] = await recordsOf(server, colleague.userId);
    await kill(colleague);
    expect(await isAlive(server, colleague.token)).toBe(false);
    const [entry] = await refusalsOf(admin.organizationId, 1);
    expect(entry).toMatchObject({
      actorId: colleague.userId,
      actorPrincipal: Principal.USER,
      subjectId: record?.id,
      subjectType: ResourceType.PERSONAL_ACCESS_TOKEN,
      action: "authentication_failed",
    });
    expect(entry?.occurrences).toBeUndefined();
  });

  it("is noted once a minute, with the number of times", async () => {
    const admin = await server.tenant();
    const { token, userId } = await server.colleague(admin);
    server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", userId);
    for (let n = 0; n < 50; n += 1) expect(await isAlive(server, token)).toBe(false);
    await refusalsOf(admin.organizationId, 1);
    server.clock.advance(minuteMs);
    expect(await isAlive(server, token)).toBe(false);
    const entries = await refusalsOf(admin.organizationId, 2);
    expect(entries.map(({ occurrences }) => occurrences)).toEqual([undefined, 50]);
  });
});

describe("what a member may not do", () => {
  it.each(protocols)("is noted over %s", async (protocol) => {
    const admin = await server.tenant();
    const member = await server.colleague(admin);
    const { organizationId } = admin;
    const client = server.client(OrganizationService, { token: member.token, protocol });
    await expectCode(client.deleteOrganization({ organizationId }), Code.PermissionDenied);
    const [entry] = await refusalsOf(organizationId, 1);
    expect(entry).toMatchObject({
      actorId: member.userId,
      actorPrincipal: Principal.USER,
      subjectType: ResourceType.PERSONAL_ACCESS_TOKEN,
      action: "permission_denied",
    });
  });

  it("is noted when it is the token that may only read", async () => {
    const admin = await server.tenant();
    const token = await server.tokenFor(admin, { readOnly: true });
    await expectCode(rename({ ...admin, token }), Code.PermissionDenied);
    const [entry] = await refusalsOf(admin.organizationId, 1);
    expect(entry).toMatchObject({ actorId: admin.userId, action: "permission_denied" });
  });

  it("is noted in their own organization, whichever they asked for", async () => {
    const [mine, other] = [await server.tenant({ role: "member" }), await server.tenant()];
    const client = server.client(OrganizationService, { token: mine.token });
    await expectCode(client.createOrganization({ name: "Mine" }), Code.PermissionDenied);
    await refusalsOf(mine.organizationId, 1);
    await expectCode(rename({ ...other, token: mine.token }), Code.NotFound);
    await refusalsOf(other.organizationId, 0);
  });
});

describe("a SCIM token", () => {
  const users = (token: string) => send(server, "/scim/v2/Users", { method: "GET", token });

  it("is noted when it has expired", async () => {
    const { organizationId, scimConfigurationId, scimToken } = await createWorld(server);
    server.clock.advance(366 * dayMs);
    expect((await users(scimToken)).status).toBe(401);
    const [entry] = await refusalsOf(organizationId, 1);
    expect(entry).toMatchObject({
      actorId: scimConfigurationId,
      actorPrincipal: Principal.SERVICE_ACCOUNT,
      subjectId: scimConfigurationId,
      subjectType: ResourceType.SCIM_CONFIGURATION,
      action: "authentication_failed",
    });
  });

  it("is noted when its configuration is disabled", async () => {
    const { organizationId, scimConfigurationId, scimToken, admin } = await createWorld(server);
    const client = server.client(OrganizationService, { token: admin.token });
    await client.updateSCIMConfiguration({ scimConfigurationId, enabled: false });
    expect((await users(scimToken)).status).toBe(403);
    const [entry] = await refusalsOf(organizationId, 1);
    expect(entry).toMatchObject({ actorId: scimConfigurationId, action: "permission_denied" });
  });
});

describe("nothing is noted", () => {
  it("of tokens that nobody knows, and of none", async () => {
    const before = eventCount();
    for (const token of ["unknown", mintToken("pat"), mintToken("op"), mintToken("scim")]) {
      expect(await isAlive(server, token)).toBe(false);
      expect((await send(server, "/scim/v2/Users", { method: "GET", token })).status).toBe(401);
    }
    await send(server, "/gitpod.v1.OrganizationService/GetOrganization");
    expect(eventCount()).toBe(before);
  });

  it("of a stream's end: it was no attempt", async () => {
    const admin = await server.tenant();
    const colleague = await server.colleague(admin);
    const stream = watch(server, { token: colleague.token });
    await stream.opened;
    await stream.positions(3);
    server.sql("UPDATE members SET status = 'suspended' WHERE user_id = ?", colleague.userId);
    await rename(admin);
    expect((await stream.end())?.code).toBe(Code.Unauthenticated);
    await refusalsOf(admin.organizationId, 0);
  });
});

it("the answer is the same, and as quick, when no event can be written", async () => {
  const admin = await server.tenant();
  const member = await server.colleague(admin);
  const call = async () => {
    const path = "/gitpod.v1.OrganizationService/UpdateOrganization";
    const body = { organizationId: admin.organizationId, name: "Renamed" };
    return await send(server, path, { token: member.token, body });
  };
  server.sql("CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'made to fail'); END");
  try {
    expect(fieldOf(await call(), "code")).toBe("permission_denied");
  } finally {
    server.sql("DROP TRIGGER refuse");
  }
  server.clock.advance(minuteMs);
  await call();
  const [entry] = await refusalsOf(admin.organizationId, 1);
  expect(entry?.occurrences).toBe(2);
});
