import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { type Codec, startTestServer, type TestServer, type TestTenant } from "../support/server.ts";
import { callWith, encode, nameOf, type Outcome, outcomeOf, shapes } from "./support/calls.ts";
import { canary, readableParts } from "./support/canary.ts";
import { httpVersions, openWire, type Wire } from "./support/wire.ts";

const { updateOrganization, createSSOConfiguration } = OrganizationService.method;

let server: TestServer;
let tenant: TestTenant;
let wires: Record<string, Wire>;

beforeAll(async () => {
  server = await startTestServer();
  tenant = await server.tenant();
  wires = Object.fromEntries(httpVersions.map((version) => [version, openWire(server.url, version)]));
});
afterAll(async () => {
  for (const wire of Object.values(wires)) wire[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

const goodRequest = () => ({
  organizationId: tenant.organizationId,
  name: "Good name",
  inviteDomains: { domains: ["example.com"] },
});

afterEach(async () => {
  for (const { shape, outcome } of await send(
    "binary",
    encode("binary", updateOrganization.input, goodRequest()),
  ))
    expect(outcome.code, `a good request afterwards, ${shape}`).toBe("ok");
  expect(server.logs.filter((line) => line.includes(canary))).toEqual([]);
  expect(server.logs.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

/** The same bytes as an UpdateOrganization request in every protocol and HTTP version that has the codec. */
async function send(
  codec: Codec,
  bytes: Uint8Array,
  method: typeof updateOrganization | typeof createSSOConfiguration = updateOrganization,
) {
  const results: { readonly shape: string; readonly outcome: Outcome }[] = [];
  for (const shape of shapes.filter((each) => each.codec === codec)) {
    const wire = wires[shape.httpVersion];
    if (wire === undefined) throw new Error("no wire");
    const answer = await wire.ask(callWith(shape, method, bytes, { token: tenant.token }));
    results.push({ shape: nameOf(shape), outcome: outcomeOf(shape, method, answer) });
  }
  return results;
}

async function expectInvalid(codec: Codec, bytes: Uint8Array): Promise<void> {
  for (const { shape, outcome } of await send(codec, bytes)) {
    expect(outcome, shape).toMatchObject({ code: "invalid_argument" });
    expect(readableParts(outcome.answer), shape).not.toContain(canary);
  }
}

describe("malformed JSON is invalid_argument, and not repeated", () => {
  const id = () => `"organizationId":"${tenant.organizationId}"`;
  const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

  test.each<[string, () => string | Buffer]>([
    ["nothing", () => ""],
    ["white space", () => " \n"],
    ["a word", () => canary],
    ["an unfinished object", () => `{"name":"${canary}"`],
    ["an unfinished string", () => `{"name":"${canary}`],
    ["a trailing comma", () => `{${id()},"name":"${canary}",}`],
    ["something after the end", () => `{${id()}} ${canary}`],
    ["single quotes", () => `{'name':'${canary}'}`],
    ["a comment", () => `{${id()}/*${canary}*/}`],
    ["null", () => "null"],
    ["a number", () => "1"],
    ["a string", () => `"${canary}"`],
    ["an array", () => `["${canary}"]`],
    ["UTF-16", () => Buffer.from(`{${id()},"name":"${canary}"}`, "utf16le")],
    ["protobuf", () => encode("binary", updateOrganization.input, { ...goodRequest(), name: canary })],
    ["a number for a string", () => `{${id()},"name":12345}`],
    ["a number too large for any", () => `{${id()},"name":1e999}`],
    ["a bool for a string", () => `{${id()},"name":true}`],
    ["an object for a string", () => `{${id()},"name":{"${canary}":"${canary}"}}`],
    ["an array for a string", () => `{${id()},"name":["${canary}"]}`],
    ["a string for a message", () => `{${id()},"inviteDomains":"${canary}"}`],
    ["an array for a message", () => `{${id()},"inviteDomains":["${canary}"]}`],
    ["a string for a list", () => `{${id()},"inviteDomains":{"domains":"${canary}"}}`],
    ["an object for a list", () => `{${id()},"inviteDomains":{"domains":{"${canary}":1}}}`],
    ["null in a list", () => `{${id()},"inviteDomains":{"domains":[null]}}`],
    ["a lone surrogate", () => `{${id()},"name":"${canary}\\ud800"}`],
    ["NUL in a text", () => `{${id()},"name":"${canary}\\u0000"}`],
    ["a raw line feed in a text", () => `{${id()},"name":"${canary}\n"}`],
    ["the same key twice", () => `{${id()},"name":"${canary}","name":"other"}`],
    ["one field under both its names", () => `{${id()},"organization_id":"${tenant.organizationId}"}`],
    ["10,000 levels where a string belongs", () => `{"organizationId":${nested(10_000, '{"a":', "1}")}`],
    ["10,000 levels in a list", () => `{${id()},"inviteDomains":{"domains":${nested(10_000, "[", "]")}}}`],
    ["300,000 levels that never close", () => "[".repeat(300_000)],
  ])("%s", async (_name, json) => {
    await expectInvalid("json", Buffer.from(json()));
  });
});

describe("JSON that is only odd is read as the specification says", () => {
  const id = () => `"organizationId":"${tenant.organizationId}"`;

  test.each<[string, () => string]>([
    ["unknown fields", () => `{${id()},"${canary}":"${canary}"}`],
    ["an unknown field of 101 levels", () => `{${id()},"x":${'{"a":'.repeat(101)}1${"}".repeat(101)}}`],
    ["an unknown field of 10,000 levels", () => `{${id()},"x":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
    [
      "names of properties that objects inherit",
      () => `{${id()},"__proto__":{"name":1},"constructor":1,"toString":2}`,
    ],
    ["null for a field", () => `{${id()},"name":null,"inviteDomains":null}`],
    ["names as in the proto", () => `{"organization_id":"${tenant.organizationId}"}`],
    ["a byte order mark", () => `\ufeff{${id()}}`],
  ])("%s", async (_name, json) => {
    for (const { shape, outcome } of await send("json", Buffer.from(json()))) {
      expect(outcome, shape).toMatchObject({ code: "ok" });
      expect(readableParts(outcome.answer), shape).not.toContain(canary);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe("malformed protobuf is invalid_argument, and not repeated", () => {
  const good = () => encode("binary", updateOrganization.input, goodRequest());
  const name = (bytes: Uint8Array) => Buffer.concat([Buffer.of(0x12, bytes.length), bytes]);
  /** Varint of field number and wire type, for fields below 16. */
  const tag = (field: number, wireType: number) => Buffer.of((field << 3) | wireType);

  test.each<[string, () => Buffer]>([
    ["a text that is no UTF-8", () => Buffer.concat([good(), name(Buffer.of(0xff, 0xfe))])],
    ["a text with an encoded surrogate", () => Buffer.concat([good(), name(Buffer.of(0xed, 0xa0, 0x80))])],
    ["a text with an overlong form", () => Buffer.concat([good(), name(Buffer.of(0xc0, 0xaf))])],
    ["a text with NUL", () => Buffer.concat([good(), name(Buffer.from(`${canary}\0`))])],
    ["a field number of zero", () => Buffer.from([0, 0])],
    ["wire type 6", () => Buffer.concat([good(), tag(2, 6), Buffer.from(canary)])],
    ["wire type 7", () => Buffer.concat([good(), tag(2, 7), Buffer.from(canary)])],
    ["a varint without end", () => Buffer.alloc(64, 0xff)],
    ["a length beyond the end", () => Buffer.concat([good(), Buffer.of(0x12, 0x7f), Buffer.from(canary)])],
    ["a length of 2 GiB", () => Buffer.concat([good(), Buffer.of(0x12, 0xff, 0xff, 0xff, 0xff, 0x07)])],
    [
      "a length that is negative",
      () => Buffer.concat([good(), Buffer.of(0x12), Buffer.alloc(9, 0xff), Buffer.of(1)]),
    ],
    ["an inner message cut short", () => Buffer.concat([good(), Buffer.of(0x1a, 0x05, 0x0a, 0x10, 0x41)])],
    ["a group that ends before it began", () => Buffer.concat([good(), tag(15, 4)])],
    ["a group without end", () => Buffer.concat([good(), tag(15, 3)])],
    ["200,000 groups, each in the other", () => Buffer.concat([good(), Buffer.alloc(200_000, tag(15, 3))])],
    ["JSON", () => Buffer.from(JSON.stringify({ ...goodRequest(), name: canary }))],
    ["a word", () => Buffer.from(canary)],
    ["zeros", () => Buffer.alloc(1_000)],
  ])("%s", async (_name, bytes) => {
    await expectInvalid("binary", bytes());
  });

  test("every beginning of a good message, if it is not a message itself", async () => {
    const whole = encode("binary", updateOrganization.input, { ...goodRequest(), name: canary });
    for (let length = 0; length < whole.length; length += 1) {
      for (const { shape, outcome } of await send("binary", whole.subarray(0, length))) {
        expect(["ok", "invalid_argument"], `${shape}, ${length} bytes`).toContain(outcome.code);
      }
    }
    const { outcome } = (await send("binary", whole.subarray(0, whole.length - 1)))[0] ?? {};
    expect(outcome).toMatchObject({ code: "invalid_argument" });
  });
});

describe("a well-formed message that breaks the rules is invalid_argument", () => {
  test.each<Codec>(["json", "binary"])("and neither text nor details repeat it, in %s", async (codec) => {
    const bytes = encode(codec, createSSOConfiguration.input, {
      organizationId: canary,
      clientId: "",
      clientSecret: "",
      issuerUrl: `not a uri ${canary}`,
      emailDomain: "x",
      emailDomains: [canary, canary, "x"],
      displayName: canary.repeat(20),
      additionalScopes: [canary.repeat(20), ""],
      claimsExpression: canary.repeat(1_000),
    });

    for (const { shape, outcome } of await send(codec, bytes, createSSOConfiguration)) {
      expect(outcome, shape).toMatchObject({ code: "invalid_argument" });
      expect(outcome.message, shape).toContain("organization_id");
      expect(readableParts(outcome.answer), shape).not.toContain(canary);
    }
  });

  test("and the domain's own rules repeat nothing either", async () => {
    for (const issuerUrl of [`ftp://${canary}.example`, `https://${canary}@example.com`, `urn:${canary}`]) {
      const bytes = encode("json", createSSOConfiguration.input, {
        organizationId: tenant.organizationId,
        clientId: "client",
        clientSecret: canary,
        issuerUrl,
        emailDomains: ["example.com"],
      });
      for (const { shape, outcome } of await send("json", bytes, createSSOConfiguration)) {
        expect(outcome.message, `${shape}, ${issuerUrl}`).not.toContain(canary);
      }
    }
  });
});
