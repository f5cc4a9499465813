// Idempotency-Key: a creation that is sent again is made once, and answered as before (R16, S7).
import { toBinary, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { startLossyProxy } from "../support/lossy-proxy.ts";
import {
  type ClientOptions,
  codecs,
  protocols,
  startTestServer,
  type TestServer,
} from "../support/server.ts";
import { expectCode, present } from "./support/expect.ts";
import { type BuiltMethod, builtMethods } from "./support/methods.ts";
import { fieldOf, send } from "./support/raw.ts";
import { createWorld, type World } from "./support/world.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server[Symbol.asyncDispose]());

/** Every method that creates something, and whether its answer can be given again. */
const creating: Readonly<Record<string, "repeatable" | "secret">> = {
  "OrganizationService/CreateOrganization": "repeatable",
  "OrganizationService/JoinOrganization": "repeatable",
  "OrganizationService/CreateOrganizationInvite": "repeatable",
  "OrganizationService/CreateSSOConfiguration": "repeatable",
  "OrganizationService/CreateSCIMConfiguration": "secret",
  "OrganizationService/RegenerateSCIMToken": "secret",
  "OrganizationService/CreateDomainVerification": "repeatable",
  "UserService/CreatePersonalAccessToken": "secret",
  "GroupService/CreateGroup": "repeatable",
  "GroupService/CreateMembership": "repeatable",
};

const methods = builtMethods.filter(({ name }) => Object.hasOwn(creating, name));
const repeatable = methods.filter(({ name }) => creating[name] === "repeatable");
const secret = methods.filter(({ name }) => creating[name] === "secret");

const tokenOf = ({ caller }: BuiltMethod, { admin }: World): string =>
  caller === "operator" ? server.operatorToken : admin.token;

const newKey = (): string => crypto.randomUUID();

interface Attempt {
  readonly key: string;
  readonly token: string;
  readonly options?: Omit<ClientOptions, "token">;
}

/** The answer as JSON. */
async function call(
  { method }: BuiltMethod,
  request: ReturnType<BuiltMethod["request"]>,
  { key, token, options = {} }: Attempt,
): Promise<unknown> {
  const transport = server.transport({ ...options, token });
  const headers = { "Idempotency-Key": key };
  const { message } = await transport.unary(method, undefined, undefined, headers, request);
  return toJson(method.output, message);
}

const eventCount = (): number => server.rows("SELECT 1 FROM events").length;

it("is heeded by every method that is called Create, by joining and by regenerating", () => {
  const named = builtMethods.filter(({ name }) => /\/(?:Create|Join|Regenerate)/.test(name));
  expect(Object.keys(creating).toSorted()).toEqual(named.map(({ name }) => name).toSorted());
});

describe.each(repeatable)("$name", (built) => {
  it("sent again under its key has one effect and the same answer, in every protocol and codec", async () => {
    const world = await createWorld(server);
    const request = built.request(world);
    const attempt = { key: newKey(), token: tokenOf(built, world) };
    const first = await call(built, request, attempt);
    const before = eventCount();
    server.clock.advance(60_000);
    for (const protocol of protocols) {
      for (const codec of codecs) {
        const again = await call(built, request, { ...attempt, options: { protocol, codec } });
        expect(again).toEqual(first);
      }
    }
    expect(eventCount()).toBe(before);
  });

  it("sent ten times at once under its key has one effect and one answer", async () => {
    const world = await createWorld(server);
    const request = built.request(world);
    const attempt = { key: newKey(), token: tokenOf(built, world) };
    const before = eventCount();
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(built, request, attempt)));
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(eventCount()).toBe(before + 1);
  });
});

describe.each(secret)("$name", (built) => {
  it("sent again under its key makes no second token and shows none: it says what to do", async () => {
    const world = await createWorld(server);
    const request = built.request(world);
    const attempt = { key: newKey(), token: tokenOf(built, world) };
    expect(JSON.stringify(await call(built, request, attempt))).toContain('"token":"orgsvc_');
    const before = eventCount();
    for (const protocol of protocols) {
      const again = call(built, request, { ...attempt, options: { protocol } });
      const { rawMessage } = await expectCode(again, Code.AlreadyExists);
      expect(rawMessage).toMatch(
        /a token is shown only once: if it was lost, ask for another under a new key/,
      );
    }
    expect(eventCount()).toBe(before);
    const another = await call(built, request, { ...attempt, key: newKey() });
    expect(JSON.stringify(another)).toContain('"token":"orgsvc_');
  });

  it("sent ten times at once under its key shows one token", async () => {
    const world = await createWorld(server);
    const request = built.request(world);
    const attempt = { key: newKey(), token: tokenOf(built, world) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => call(built, request, attempt)),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: Code.AlreadyExists });
    }
  });
});

describe.each(methods)("an answer of $name that got lost", (built) => {
  it("is had by sending the call again: what was made was made once", async () => {
    await using proxy = await startLossyProxy(server.url);
    const world = await createWorld(server);
    const body = JSON.stringify(toJson(built.method.input, built.request(world)));
    const headers = {
      Authorization: `Bearer ${tokenOf(built, world)}`,
      "Content-Type": "application/json",
      "Idempotency-Key": newKey(),
    };
    const attempt = () => fetch(`${proxy.url}/gitpod.v1.${built.name}`, { method: "POST", headers, body });
    const before = eventCount();
    proxy.loseNext();
    await expect(attempt()).rejects.toThrow();
    expect(proxy.lost).toBe(1);
    expect(eventCount()).toBe(before + 1);
    const again = await attempt();
    expect(again.status).toBe(creating[built.name] === "repeatable" ? 200 : 409);
    expect(eventCount()).toBe(before + 1);
    expect(await again.text()).not.toContain("orgsvc_");
  });
});

describe("a key", () => {
  const create = (key: string, name: string, token = server.operatorToken) =>
    server
      .client(OrganizationService, { token })
      .createOrganization({ name }, { headers: { "Idempotency-Key": key } });

  it("is one request's: another is refused, of the same method or of another", async () => {
    const key = newKey();
    const world = await createWorld(server);
    await create(key, "First");
    for (const other of [
      create(key, "Second"),
      server
        .client(UserService, { token: server.operatorToken })
        .createPersonalAccessToken({ userId: world.admin.userId }, { headers: { "Idempotency-Key": key } }),
    ]) {
      const { rawMessage } = await expectCode(other, Code.InvalidArgument);
      expect(rawMessage).toMatch(/^Idempotency-Key: it was used for another request/);
    }
  });

  it("is its caller's: another caller's call has an effect of its own", async () => {
    const world = await createWorld(server);
    const other = await server.colleague(world.admin, { role: "admin" });
    const key = newKey();
    const { organizationId } = world;
    const ids = await Promise.all(
      [world.admin, other].map(async ({ token }) => {
        const client = server.client(OrganizationService, { token });
        const request = { organizationId };
        const { invite } = await client.createOrganizationInvite(request, {
          headers: { "Idempotency-Key": key },
        });
        return present(invite).inviteId;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it("is kept for 24 hours", async () => {
    const key = newKey();
    const first = await create(key, "Kept");
    server.clock.advance(24 * 60 * 60 * 1000 - 1);
    expect((await create(key, "Kept")).organization?.id).toBe(first.organization?.id);
    server.clock.advance(1);
    expect((await create(key, "Kept")).organization?.id).not.toBe(first.organization?.id);
  });

  it("of a call that failed is free: sent again, the call is made", async () => {
    const world = await createWorld(server);
    const { organizationId, ssoConfigurationId } = world;
    const client = server.client(OrganizationService, { token: world.admin.token });
    const headers = { "Idempotency-Key": newKey() };
    const missing = { organizationId, ssoConfigurationId: crypto.randomUUID() };
    await expectCode(client.createSCIMConfiguration(missing, { headers }), Code.NotFound);
    await client.createSCIMConfiguration({ organizationId, ssoConfigurationId }, { headers });
  });

  it("opens nothing to who may no longer make the call", async () => {
    const world = await createWorld(server);
    const { organizationId } = world;
    const other = await server.colleague(world.admin, { role: "admin" });
    const client = server.client(OrganizationService, { token: other.token });
    const headers = { "Idempotency-Key": newKey() };
    await client.createOrganizationInvite({ organizationId }, { headers });
    server.sql("UPDATE members SET role = 'member' WHERE user_id = ?", other.userId);
    await expectCode(client.createOrganizationInvite({ organizationId }, { headers }), Code.PermissionDenied);
  });

  it.each([
    ["empty", ""],
    ["256 characters long", "x".repeat(256)],
    ["with a blank", "a key"],
    ["not ASCII", "schlüssel"],
  ])("that is %s is refused by the header's name, and nothing is made", async (_, key) => {
    const before = eventCount();
    const answer = await send(server, "/gitpod.v1.OrganizationService/CreateOrganization", {
      token: server.operatorToken,
      body: { name: "Refused" },
      headers: { "Idempotency-Key": key },
    });
    expect(answer.status).toBe(400);
    expect(fieldOf(answer, "code")).toBe("invalid_argument");
    expect(fieldOf(answer, "message")).toMatch(/^Idempotency-Key: must be 1 to 255 visible ASCII/);
    expect(eventCount()).toBe(before);
  });

  it("of 255 characters of all that are visible is taken", async () => {
    const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).join("");
    const key = visible.repeat(3).slice(0, 255);
    const first = await create(key, "Long key");
    expect((await create(key, "Long key")).organization?.id).toBe(first.organization?.id);
  });

  it("means nothing to a method that creates nothing, which is safe to repeat by itself", async () => {
    const { organizationId, admin } = await createWorld(server);
    const client = server.client(OrganizationService, { token: admin.token });
    const headers = { "Idempotency-Key": newKey() };
    for (const name of ["One", "Two"]) {
      const { organization } = await client.updateOrganization({ organizationId, name }, { headers });
      expect(organization?.name).toBe(name);
    }
    await client.getOrganization({ organizationId }, { headers });
  });

  it("is the same request's in JSON and in binary, whatever else a client that knows more sends", async () => {
    const { organizationId, admin } = await createWorld(server);
    const path = "/gitpod.v1.OrganizationService/CreateOrganizationInvite";
    const headers = { "Idempotency-Key": newKey() };
    const { token } = admin;
    const json = await send(server, path, { token, headers, body: { organizationId, newField: 1 } });
    const input = OrganizationService.method.createOrganizationInvite.input;
    const known = toBinary(input, { $typeName: input.typeName, organizationId });
    // Field number 1000, a varint.
    const bytes = Buffer.concat([known, Buffer.from([0xc0, 0x3e, 0x01])]);
    const response = await fetch(server.url + path, {
      method: "POST",
      headers: { ...headers, Authorization: `Bearer ${token}`, "Content-Type": "application/proto" },
      body: bytes,
    });
    expect(response.status).toBe(200);
    const binary = Buffer.from(await response.arrayBuffer()).toString("latin1");
    expect(binary).toContain(String(fieldOf(json, "invite", "inviteId")));
  });
});

it("what is kept of calls has no secret in it, and no plain hash of one", async () => {
  const world = await createWorld(server);
  for (const built of methods) {
    await call(built, built.request(world), { key: newKey(), token: tokenOf(built, world) }).catch(
      (error: unknown) => expect(error).toBeInstanceOf(ConnectError),
    );
  }
  const kept = server.rows("SELECT caller_id, key, hex(request_hash) AS hash, result FROM idempotency_keys");
  expect(kept.length).toBeGreaterThan(5);
  const text = JSON.stringify(kept);
  expect(text).not.toMatch(/orgsvc_(?:pat|scim|op)_|another-client-secret|v1\.[\w-]{16}\./);
});
