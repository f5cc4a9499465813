// The audit log as an admin and the operator read it: its entries, its filters, its order, and where its pages end.
import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  AuditLogEntryKind,
  type ListAuditLogsResponse_AuditLogEntry as Entry,
  EventService,
  type ListAuditLogsRequestSchema,
  ResourceType,
} from "../../gen/gitpod/v1/event_pb.ts";
import { Principal } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { SortOrder } from "../../gen/gitpod/v1/pagination_pb.ts";
import { startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { fillLog } from "./support/log.ts";
import { eventsOf, fieldOf, send } from "./support/raw.ts";
import { createSso, createWorld, type World } from "./support/world.ts";

let server: TestServer;
let world: World;
let firstMs: number;

/** The log of one organization: by the operator when it was made; a minute later by its admin. */
beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  firstMs = server.clock.nowMs();
  server.clock.advance(60_000);
  const { organizationId, admin } = world;
  for (const name of ["One", "Two"]) {
    server.clock.advance(1_000);
    await server
      .client(OrganizationService, { token: admin.token })
      .updateOrganization({ organizationId, name });
  }
});

afterAll(() => server[Symbol.asyncDispose]());

type Request = Omit<MessageInitShape<typeof ListAuditLogsRequestSchema>, "$typeName" | "pagination">;
const audit = (token: string) => server.client(EventService, { token });

async function entriesOf(request: Request, token = world.admin.token): Promise<readonly Entry[]> {
  return (await audit(token).listAuditLogs({ pagination: { pageSize: 100 }, ...request })).entries;
}

const actionsOf = async (request: Request) => (await entriesOf(request)).map(({ action }) => action);

/** As in `SSO_CONFIG <id>`, of every event from the newest. */
const idsFromNewest = async () =>
  (await eventsOf(server, world.organizationId)).map(({ id }) => id).toReversed();

describe("an entry", () => {
  it("says who did what to which resource, and when", async () => {
    const [newest] = await entriesOf({});
    expect(newest).toMatchObject({
      actorId: world.admin.userId,
      actorPrincipal: Principal.USER,
      subjectId: world.organizationId,
      subjectType: ResourceType.ORGANIZATION,
      action: "updated",
      createdAt: timestampFromMs(server.clock.nowMs()),
      kind: AuditLogEntryKind.RESOURCE_CHANGE,
    });
    expect(newest?.occurrences).toBeUndefined();
  });

  it("names the operator as a service account", async () => {
    const oldest = (await entriesOf({})).at(-1);
    expect(oldest).toMatchObject({ action: "created", actorPrincipal: Principal.SERVICE_ACCOUNT });
  });

  it("is the event, by its id", async () => {
    expect((await entriesOf({})).map(({ id }) => id)).toEqual(await idsFromNewest());
  });
});

describe("the order", () => {
  it.each([
    ["unless it is said", undefined],
    ["by an empty field", { field: "" }],
    ["by createdAt", { field: "createdAt" }],
    ["by created_at, descending", { field: "created_at", order: SortOrder.DESC }],
  ])("is from the newest %s", async (_what, sort) => {
    const ids = (await entriesOf(sort === undefined ? {} : { sort })).map(({ id }) => id);
    expect(ids).toEqual(await idsFromNewest());
  });

  it("is from the oldest when that is asked for", async () => {
    const ids = (await entriesOf({ sort: { field: "createdAt", order: SortOrder.ASC } })).map(({ id }) => id);
    expect(ids).toEqual((await idsFromNewest()).toReversed());
  });

  it.each([{ field: "action" }, { field: "CreatedAt" }, { order: 9 }])("is refused by %j", async (sort) => {
    const { token } = world.admin;
    const answer = await send(server, "/gitpod.v1.EventService/ListAuditLogs", { token, body: { sort } });
    expect(fieldOf(answer, "code")).toBe("invalid_argument");
    expect(fieldOf(answer, "message")).toMatch(/^sort\.(?:field|order): must be /);
  });
});

describe("a filter", () => {
  it("by actors", async () => {
    const byAdmin = await actionsOf({ filter: { actorIds: [world.admin.userId, world.member.userId] } });
    expect(byAdmin).toEqual(["updated", "updated"]);
  });

  it.each([
    [[Principal.USER], ["updated", "updated"]],
    [[Principal.RUNNER], []],
    [[Principal.UNSPECIFIED], []],
    [
      [Principal.RUNNER, Principal.USER],
      ["updated", "updated"],
    ],
  ])("by kinds of actor %j", async (actorPrincipals, expected) => {
    expect(await actionsOf({ filter: { actorPrincipals } })).toEqual(expected);
  });

  it("by kinds of actor, where SCIM and the operator are service accounts", async () => {
    const entries = await entriesOf({ filter: { actorPrincipals: [Principal.SERVICE_ACCOUNT] } });
    expect(entries.length).toBe((await idsFromNewest()).length - 2);
  });

  it("by resources", async () => {
    const { ssoConfigurationId, scimConfigurationId } = world;
    const filter = {
      subjectIds: [ssoConfigurationId, scimConfigurationId.toUpperCase(), crypto.randomUUID()],
    };
    const entries = await entriesOf({ filter });
    expect(entries.map(({ subjectId }) => subjectId)).toEqual([scimConfigurationId, ssoConfigurationId]);
  });

  it.each([
    [[ResourceType.SSO_CONFIG], 2],
    [[ResourceType.SSO_CONFIG, ResourceType.SCIM_CONFIGURATION, ResourceType.WEBHOOK], 3],
    [[ResourceType.WEBHOOK], 0],
    [[ResourceType.UNSPECIFIED], 0],
  ])("by kinds of resource %j", async (subjectTypes, count) => {
    expect(await entriesOf({ filter: { subjectTypes } })).toHaveLength(count);
  });

  it("by time, from a moment on and before another", async () => {
    const between = (fromMs: number | undefined, toMs: number | undefined) =>
      actionsOf({
        filter: {
          ...(fromMs === undefined ? {} : { from: timestampFromMs(fromMs) }),
          ...(toMs === undefined ? {} : { to: timestampFromMs(toMs) }),
        },
      });
    const [one, two] = [firstMs + 61_000, firstMs + 62_000];
    expect(await between(one, undefined)).toEqual(["updated", "updated"]);
    expect(await between(one, two)).toEqual(["updated"]);
    expect(await between(one + 1, two)).toEqual([]);
    expect(await between(two, two + 1)).toEqual(["updated"]);
    expect(await between(undefined, one)).toHaveLength((await idsFromNewest()).length - 2);
    expect(await between(two, one)).toEqual([]);
  });

  it("by times that no clock shows", async () => {
    const far = { seconds: 2n ** 63n - 1n, nanos: 0 };
    const long = { seconds: -(2n ** 63n), nanos: 0 };
    expect(await entriesOf({ filter: { from: far } })).toEqual([]);
    expect(await entriesOf({ filter: { from: long, to: far } })).toHaveLength((await idsFromNewest()).length);
  });

  it("asks for a whole millisecond at the earliest at the fraction's end", async () => {
    const one = firstMs + 61_000;
    const from = { ...timestampFromMs(one), nanos: timestampFromMs(one).nanos + 1 };
    expect(await actionsOf({ filter: { from } })).toEqual(["updated"]);
  });

  it("of several kinds has to be passed in each", async () => {
    const filter = { actorIds: [world.admin.userId], subjectIds: [world.ssoConfigurationId] };
    expect(await entriesOf({ filter })).toEqual([]);
  });
});

describe("whose log it is", () => {
  it("has to be said by the operator, who may read any", async () => {
    await expectCode(entriesOf({}, server.operatorToken), Code.InvalidArgument);
    const { organizationId } = world;
    const entries = await entriesOf({ organizationId }, server.operatorToken);
    expect(entries.map(({ id }) => id)).toEqual(await idsFromNewest());
  });

  it("is the admin's own, whether it is named or not", async () => {
    const { organizationId } = world;
    expect(await entriesOf({ organizationId })).toEqual(await entriesOf({}));
  });

  it("is not for members", async () => {
    await expectCode(entriesOf({}, world.member.token), Code.PermissionDenied);
  });
});

describe("a page", () => {
  /** An SSO configuration's creation beneath 12,000 changes of something else. */
  async function longLog(): Promise<{ tenant: TestTenant; sso: string }> {
    const tenant = await server.tenant();
    const sso = await createSso(server, tenant);
    fillLog(server, tenant, 12_000);
    return { tenant, sso };
  }

  it("looks at 5,000 entries at most, and may then be empty with more to come", async () => {
    const { tenant, sso } = await longLog();
    const filter = { subjectTypes: [ResourceType.SSO_CONFIG] };
    const lengths: number[] = [];
    const found: string[] = [];
    let token = "";
    do {
      const page = await audit(tenant.token).listAuditLogs({ filter, pagination: { token } });
      lengths.push(page.entries.length);
      found.push(...page.entries.map(({ subjectId }) => subjectId));
      token = page.pagination?.nextToken ?? "";
    } while (token !== "");
    expect(lengths).toEqual([0, 0, 1]);
    expect(found).toEqual([sso]);
  });

  it("of one resource finds it at once, however much lies above", async () => {
    const { tenant, sso } = await longLog();
    const { entries, pagination } = await audit(tenant.token).listAuditLogs({
      filter: { subjectIds: [sso] },
    });
    expect(entries.map(({ subjectId }) => subjectId)).toEqual([sso]);
    expect(pagination?.nextToken).toBe("");
  });

  it("goes on only in its own order and with its own filter", async () => {
    const { token } = await server.tenant();
    const pagination = {
      pageSize: 1,
      token: (await audit(token).listAuditLogs({ pagination: { pageSize: 1 } })).pagination?.nextToken ?? "",
    };
    await expectCode(
      audit(token).listAuditLogs({ pagination, sort: { field: "", order: SortOrder.ASC } }),
      Code.InvalidArgument,
    );
    const filter = { subjectTypes: [ResourceType.USER] };
    await expectCode(audit(token).listAuditLogs({ pagination, filter }), Code.InvalidArgument);
    const page = await audit(token).listAuditLogs({
      pagination,
      sort: { field: "created_at", order: SortOrder.DESC },
    });
    expect(page.entries.map(({ action }) => action)).toEqual(["created"]);
  });

  it("is not moved by what is appended meanwhile", async () => {
    const tenant = await server.tenant();
    const first = await audit(tenant.token).listAuditLogs({ pagination: { pageSize: 1 } });
    await createSso(server, tenant);
    const token = first.pagination?.nextToken ?? "";
    const second = await audit(tenant.token).listAuditLogs({ pagination: { pageSize: 5, token } });
    expect([...first.entries, ...second.entries].map(({ subjectType }) => subjectType)).toEqual([
      ResourceType.PERSONAL_ACCESS_TOKEN,
      ResourceType.ORGANIZATION,
    ]);
  });
});
