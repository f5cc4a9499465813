// Who may watch what, and what of the log each sees, in every protocol.
import { once } from "node:events";
import { create, toJson } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  EventService,
  ResourceType,
  WatchEventsRequestSchema,
  WatchEventsResponseSchema,
} from "../../gen/gitpod/v1/event_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { openGrpcJs } from "../server/support/grpc-js.ts";
import { codecs, protocols, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { expectCode } from "./support/expect.ts";
import { eventsOf } from "./support/raw.ts";
import { rulesOf } from "./support/rules.ts";
import { changed, expectViolation, valueCases } from "./support/violations.ts";
import { lastPosition, textOf, watch, wholeOrganization } from "./support/watch.ts";
import { createSso, createWorld } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ WATCH_STREAMS_PER_ORGANIZATION_MAX: "3" });
});

afterAll(() => server[Symbol.asyncDispose]());

const rename = ({ organizationId, token }: TestTenant, name: string) =>
  server.client(OrganizationService, { token }).updateOrganization({ organizationId, name });

/** Over HTTP/1.1 gRPC cannot be had. */
const ways = protocols.flatMap((protocol) =>
  codecs.flatMap((codec) =>
    (["1.1", "2"] as const)
      .filter((httpVersion) => protocol !== "grpc" || httpVersion === "2")
      .map((httpVersion) => ({ protocol, codec, httpVersion })),
  ),
);

describe.each(ways)("over $protocol in $codec and HTTP/$httpVersion", (way) => {
  it("streams what is in the log and then what comes, each with its position", async () => {
    const tenant = await server.tenant();
    await using stream = watch(server, { ...way, token: tenant.token });
    await stream.opened;
    const { organizationId } = tenant;
    const [first, second] = await stream.take(2);
    expect([first, second].map((change) => change && textOf(change))).toEqual([
      `ORGANIZATION CREATE ${organizationId}`,
      expect.stringMatching(/^PERSONAL_ACCESS_TOKEN CREATE /),
    ]);
    await rename(tenant, "Renamed");
    const [third] = await stream.take(1);
    expect(third).toEqual(
      create(WatchEventsResponseSchema, {
        operation: 2,
        resourceType: ResourceType.ORGANIZATION,
        resourceId: organizationId,
        position: 3n,
      }),
    );
  });

  it("opens without a position where the log ends, and has what is committed from then on", async () => {
    const tenant = await server.tenant();
    await using stream = watch(server, { ...way, token: tenant.token }, { afterPosition: undefined });
    await stream.opened;
    await rename(tenant, "Renamed");
    expect(await stream.positions(1)).toEqual([3]);
  });

  it("refuses who has no token, and a request that breaks a rule", async () => {
    await expectCode(watch(server, { ...way, token: undefined }).take(1), Code.Unauthenticated);
    const { token } = await server.tenant();
    const error = await expectCode(
      watch(server, { ...way, token }, { afterPosition: -1n }).take(1),
      Code.InvalidArgument,
    );
    expect(error.rawMessage).toContain("after_position: ");
  });

  it("ends at the client's own deadline, and at no other", async () => {
    const { token } = await server.tenant();
    const stream = watch(server, { ...way, token }, { afterPosition: 2n }, 100);
    expect((await stream.end())?.code).toBe(Code.DeadlineExceeded);
  });
});

it("is served to an implementation of gRPC that shares no code with ours, its headers first", async () => {
  const tenant = await server.tenant();
  using grpcJs = openGrpcJs(server.url);
  const request = { scope: wholeOrganization, afterPosition: 2n };
  const stream = grpcJs.serverStream(EventService.method.watchEvents, request, { token: tenant.token });
  await once(stream, "metadata");
  await rename(tenant, "Renamed");
  const [change] = await once(stream, "data");
  expect(change).toMatchObject({ resourceId: tenant.organizationId, position: 3n });
  stream.on("error", () => {});
  stream.cancel();
});

describe("the request", () => {
  const rules = rulesOf(WatchEventsRequestSchema);
  const request = create(WatchEventsRequestSchema, { scope: wholeOrganization, afterPosition: 0n });

  it.each(valueCases(rules, "refused"))("is refused for $path ($rule) of $text", async (value) => {
    const { token } = await server.tenant();
    const stream = watch(server, { token }, changed(WatchEventsRequestSchema, request, value));
    await expectViolation(stream.take(1), value);
  });

  it.each(valueCases(rules, "accepted"))("keeps the rules with $path ($rule) of $text", (value) => {
    const accepted = changed(WatchEventsRequestSchema, request, value);
    expect(createValidator().validate(WatchEventsRequestSchema, accepted).kind).toBe("valid");
  });

  it("has to have a scope", async () => {
    const { token } = await server.tenant();
    const call = watch(server, { token }, { scope: { case: undefined } }).take(1);
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toBe("scope: set organization to watch the whole of it");
  });

  it.each(["member", "operator"] as const)("names no environment that there is, to the %s", async (who) => {
    const tenant = await server.tenant();
    const token = who === "operator" ? server.operatorToken : tenant.token;
    const scope = { case: "environmentId", value: crypto.randomUUID() } as const;
    await expectCode(watch(server, { token }, { scope }).take(1), Code.NotFound);
  });

  it("cannot go on behind what the organization has not reached", async () => {
    const { token, organizationId } = await server.tenant();
    const end = await lastPosition(server, organizationId);
    const call = watch(server, { token }, { afterPosition: end + 1n }).take(1);
    const { rawMessage } = await expectCode(call, Code.InvalidArgument);
    expect(rawMessage).toMatch(/^after_position: /);
    await expectCode(
      watch(server, { token }, { afterPosition: 2n ** 63n - 1n }).take(1),
      Code.InvalidArgument,
    );
    await using stream = watch(server, { token }, { afterPosition: end });
    await stream.opened;
  });
});

describe("the organization", () => {
  it("is the caller's, for any role and a read-only token", async () => {
    const admin = await server.tenant();
    const member = await server.colleague(admin, { role: "member", readOnly: true });
    await using stream = watch(server, { token: member.token });
    expect(await stream.positions(2)).toEqual([1, 2]);
  });

  it("may be named by its members, and by nobody else", async () => {
    const { token, organizationId } = await server.tenant();
    const { organizationId: foreign } = await server.tenant();
    await using stream = watch(server, { token }, { organizationId });
    expect(await stream.positions(1)).toEqual([1]);
    const nobodys = crypto.randomUUID();
    const errors = [foreign, nobodys].map((each) =>
      expectCode(watch(server, { token }, { organizationId: each }).take(1), Code.NotFound),
    );
    const [one, other] = await Promise.all(errors);
    expect(one?.rawMessage).toBe(other?.rawMessage);
  });

  it("has to be named by the operator, who may watch any", async () => {
    const { organizationId } = await server.tenant();
    const token = server.operatorToken;
    await expectCode(watch(server, { token }).take(1), Code.InvalidArgument);
    await using stream = watch(server, { token }, { organizationId });
    expect(await stream.positions(2)).toEqual([1, 2]);
  });

  it("is the only one whose changes are seen", async () => {
    const [mine, other] = [await server.tenant(), await server.tenant()];
    await using stream = watch(server, { token: mine.token }, { afterPosition: 2n });
    await stream.opened;
    await rename(other, "Theirs");
    await rename(mine, "Mine");
    const [change] = await stream.take(1);
    expect(change?.resourceId).toBe(mine.organizationId);
  });

  it("cannot be watched by a SCIM token", async () => {
    const { scimToken } = await createWorld(server);
    await expectCode(watch(server, { token: scimToken }).take(1), Code.Unauthenticated);
  });

  it("has so many streams at most, and a place again when one has ended", async () => {
    const tenant = await server.tenant();
    const open = async () => {
      const stream = watch(server, { token: tenant.token });
      await stream.positions(1);
      return stream;
    };
    const [first] = [await open(), await open(), await open()];
    const { rawMessage } = await expectCode(open(), Code.ResourceExhausted);
    expect(rawMessage).toBe("3 streams watch this organization already: end one of them first");
    await using elsewhere = watch(server, { token: (await server.tenant()).token });
    await elsewhere.positions(1);
    await first[Symbol.asyncDispose]();
    await vi.waitFor(open);
  });
});

describe("filters", () => {
  it("let through what one of them matches: kind, resource and who did it", async () => {
    const world = await createWorld(server);
    const { admin, organizationId } = world;
    const operator = { organizationId, token: server.operatorToken, userId: "" };
    const afterPosition = await lastPosition(server, organizationId);
    await using stream = watch(
      server,
      { token: admin.token },
      {
        afterPosition,
        resourceTypeFilters: [
          { resourceType: ResourceType.ORGANIZATION, creatorIds: [admin.userId.toUpperCase()] },
          { resourceType: ResourceType.SSO_CONFIG, resourceIds: [world.freeSsoConfigurationId] },
          { resourceType: ResourceType.ENVIRONMENT },
        ],
      },
    );
    await stream.opened;
    await rename(operator, "By the operator");
    await rename(admin, "By the admin");
    await createSso(server, admin);
    const client = server.client(OrganizationService, { token: admin.token });
    await client.deleteSSOConfiguration({ ssoConfigurationId: world.freeSsoConfigurationId });
    const changes = await stream.take(2);
    expect(changes.map(textOf)).toEqual([
      `ORGANIZATION UPDATE ${organizationId}`,
      `SSO_CONFIG DELETE ${world.freeSsoConfigurationId}`,
    ]);
    expect(changes.map(({ position }) => position)).toEqual([afterPosition + 2n, afterPosition + 4n]);
  });
});

it("refusals are in the log and in no stream", async () => {
  const admin = await server.tenant();
  const member = await server.colleague(admin);
  const afterPosition = await lastPosition(server, admin.organizationId);
  await using stream = watch(server, { token: admin.token }, { afterPosition });
  await stream.opened;
  await expectCode(rename(member, "Not allowed"), Code.PermissionDenied);
  await vi.waitFor(async () =>
    expect(await lastPosition(server, admin.organizationId)).toBe(afterPosition + 1n),
  );
  await rename(admin, "Allowed");
  expect(await stream.positions(1)).toEqual([Number(afterPosition + 2n)]);
});

it("has the position as text in JSON, as 64-bit integers are there", async () => {
  const { token } = await server.tenant();
  await using stream = watch(server, { token });
  const [change] = await stream.take(1);
  const json = change && toJson(WatchEventsResponseSchema, change);
  expect(json).toMatchObject({ position: "1", operation: "RESOURCE_OPERATION_CREATE" });
  expect(EventService.method.watchEvents.methodKind).toBe("server_streaming");
});

it("tells of everything that the audit log has, in its order", async () => {
  const world = await createWorld(server);
  const events = await eventsOf(server, world.organizationId);
  await using stream = watch(server, { token: world.admin.token });
  const changes = await stream.take(events.length);
  expect(changes.map(({ resourceId }) => resourceId)).toEqual(events.map(({ subjectId }) => subjectId));
});
