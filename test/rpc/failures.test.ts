// What callers are told when something is wrong with the message or with the service: never more than they need.

import { Code } from "@connectrpc/connect";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { StorageError, type StorageFault } from "../../src/storage/errors.ts";
import { protocols, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { rejection } from "./support/expect.ts";
import { fieldOf, send } from "./support/raw.ts";

let server: TestServer;
let tenant: TestTenant;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await server.tenant();
});

afterAll(() => server[Symbol.asyncDispose]());

const getOrganization = "/gitpod.v1.OrganizationService/GetOrganization";

function failWith(error: unknown): void {
  vi.spyOn(server.app.context.storage.organizations, "get").mockRejectedValueOnce(error);
}

const call = (headers: Record<string, string> = {}) =>
  send(server, getOrganization, {
    token: tenant.token,
    headers,
    body: { organizationId: tenant.organizationId },
  });

describe("a defect", () => {
  it.each([
    [
      "an error with a path, SQL and a secret in it",
      new Error("SELECT token FROM /var/lib/x: orgsvc_pat_canary"),
    ],
    ["an error with causes", new Error("outer canary", { cause: new TypeError("inner canary") })],
    ["a value that is no error", "canary"],
    ["undefined", undefined],
  ])("is answered with the request's id and nothing else, and logged once: %s", async (_what, error) => {
    failWith(error);
    const logged = server.logs.length;
    const answer = await call({ "X-Request-Id": "the-id-of-this-request" });
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.text)).toEqual({
      code: "internal",
      message: "internal error, request the-id-of-this-request",
    });
    const lines = server.logs.slice(logged).filter((line) => line.includes("a call failed on a defect"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('"requestId":"the-id-of-this-request"');
  });

  it("is answered so over every protocol", async () => {
    for (const protocol of protocols) {
      failWith(new Error("canary"));
      const client = server.client(OrganizationService, { token: tenant.token, protocol });
      const error = await rejection(client.getOrganization({ organizationId: tenant.organizationId }));
      expect(error.code).toBe(Code.Internal);
      expect(error.rawMessage).toMatch(/^internal error, request [0-9a-f-]{36}$/);
      expect([...error.metadata.values()].join()).not.toContain("canary");
    }
  });

  it("in the database is one: a row that cannot be understood", async () => {
    const broken = await server.tenant();
    server.sql("UPDATE organizations SET tier = 'canary' WHERE id = ?", broken.organizationId);
    const { organizationId, token } = broken;
    const answer = await send(server, getOrganization, { token, body: { organizationId } });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain("canary");
    expect(answer.text).not.toContain("tier");
  });
});

describe("a fault of storage", () => {
  const faults: readonly (readonly [StorageFault, number, string, string])[] = [
    [
      { kind: "unavailable", reason: "canary" },
      503,
      "unavailable",
      "the database is not available at the moment: try again",
    ],
    [{ kind: "not_found", entity: "organization" }, 404, "not_found", "organization not found"],
    [{ kind: "already_exists", entity: "record" }, 409, "already_exists", "record already exists"],
    [
      { kind: "referenced", entity: "record" },
      400,
      "failed_precondition",
      "record is still referred to: remove what refers to it first",
    ],
  ];

  it.each(faults)("has its code and words of its own: $kind", async (fault, status, code, message) => {
    failWith(new StorageError(fault, { cause: new Error("canary") }));
    const answer = await call();
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({ code, message });
  });

  it("is logged with its reason when the database was unavailable, which the caller is not told", async () => {
    failWith(new StorageError({ kind: "unavailable", reason: "the disk is full" }));
    const logged = server.logs.length;
    const answer = await call({ "X-Request-Id": "another-id" });
    expect(answer.text).not.toContain("disk");
    const lines = server.logs.slice(logged).filter((line) => line.includes("the database was not available"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("the disk is full");
    expect(lines[0]).toContain('"requestId":"another-id"');
  });

  it("that passes says when to try again", async () => {
    failWith(new StorageError({ kind: "unavailable", reason: "the disk is full" }));
    expect((await call()).headers.get("Retry-After")).toBe("1");
  });
});

describe("a message that cannot be read", () => {
  const token = "orgsvc_pat_canarycanarycanary";
  const nested = (depth: number) => [`{"a":`.repeat(depth), "1", "}".repeat(depth)].join("");

  it.each([
    ["no JSON", "{ canary"],
    ["JSON that ends early", `{"organizationId":"${token}`],
    ["JSON of another type", '["canary"]'],
    ["a field of another type", '{"organizationId":{"canary":1}}'],
    ["a number for a text", `{"organizationId":12345678901234567890}`],
    ["a field twice", `{"organizationId":"${token}","organization_id":"canary"}`],
    ["no text at all", ""],
    ["null", "null"],
  ])("is invalid_argument, and nothing of it comes back: %s", async (_what, body) => {
    const answer = await send(server, getOrganization, { token: tenant.token, body });
    expect([answer.status, fieldOf(answer, "code")]).toEqual([400, "invalid_argument"]);
    expect(answer.text).not.toContain("canary");
  });

  it.each([101, 10_000, 100_000])("may nest JSON %i levels deep without harm", async (depth) => {
    const logged = server.logs.length;
    const answer = await send(server, getOrganization, { token: tenant.token, body: nested(depth) });
    expect([answer.status, fieldOf(answer, "code")]).toEqual([400, "invalid_argument"]);
    expect(server.logs.slice(logged).join("")).not.toMatch(/RangeError|defect/);
    expect((await call()).status).toBe(200);
  });

  it("may open a million brackets without harm", async () => {
    const answer = await send(server, getOrganization, { token: tenant.token, body: "[".repeat(1_000_000) });
    expect([answer.status, fieldOf(answer, "code")]).toEqual([400, "invalid_argument"]);
    expect((await call()).status).toBe(200);
  });

  it.each([
    ["cut short", [0x0a, 0x24, 0x30]],
    ["of an unknown wire type", [0x0f]],
    ["with a length beyond its end", [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ["with a text that is no UTF-8", [0x0a, 0x02, 0xc3, 0x28]],
  ])("is invalid_argument in protobuf as well: %s", async (_what, bytes) => {
    const response = await fetch(server.url + getOrganization, {
      method: "POST",
      headers: { "Content-Type": "application/proto", Authorization: `Bearer ${tenant.token}` },
      body: Uint8Array.from(bytes),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid_argument" });
  });

  it("may have fields that this version does not know", async () => {
    const body = { organizationId: tenant.organizationId, fieldOfTheFuture: "canary" };
    expect((await send(server, getOrganization, { token: tenant.token, body })).status).toBe(200);
  });
});

describe("text that tries to be code", () => {
  const corpus = [
    "' OR '1'='1",
    "1; DROP TABLE organizations",
    "\\'; --",
    "$(reboot)",
    "../../etc/passwd",
    "%27%20OR%201",
  ];

  it.each(corpus)("is no id: %s", async (organizationId) => {
    const answer = await send(server, getOrganization, { token: tenant.token, body: { organizationId } });
    expect([answer.status, fieldOf(answer, "code")]).toEqual([400, "invalid_argument"]);
    expect(answer.text).not.toContain(organizationId);
  });

  it.each(corpus)("is nothing but text in a name: %s", async (name) => {
    const own = await server.tenant();
    const before = server.rows("SELECT id FROM organizations").length;
    const path = "/gitpod.v1.OrganizationService/UpdateOrganization";
    const body = { organizationId: own.organizationId, name };
    const answer = await send(server, path, { token: own.token, body });
    expect(fieldOf(answer, "organization", "name")).toBe(name);
    expect(server.rows("SELECT id FROM organizations")).toHaveLength(before);
  });
});
