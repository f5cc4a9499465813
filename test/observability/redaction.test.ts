import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  looksLikeToken,
  redacted,
  redactFields,
  redactText,
  redactValue,
  withoutTokens,
} from "../../src/observability/redaction.ts";
import { createCollectingLogger } from "./collecting-logger.ts";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const tails = fc.string({ unit: fc.constantFrom(...base62), minLength: 49, maxLength: 49 });
const tokens = fc
  .tuple(fc.constantFrom("scim", "pat", "op"), tails)
  .map(([kind, tail]) => `orgsvc_${kind}_${tail}`);
const tokenTail = /[0-9A-Za-z]{49}/;
const token = `orgsvc_pat_${"Ab3".repeat(16)}Z`;

/** Puts a text somewhere inside a value, at a random depth, among random neighbours. */
function nestings(text: string): fc.Arbitrary<unknown> {
  const leaves = fc.constantFrom<unknown>(
    text,
    `${text}.`,
    `before ${text} after`,
    `x=${text}&y=1`,
    `"${text}"`,
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "medium", withCrossShrink: true },
      leaves,
      fc.tuple(fc.anything(), tie("value")),
      fc.record({ a: fc.anything(), b: tie("value") }),
      tie("value").map((inner) => new Map<unknown, unknown>([[text, inner]])),
      tie("value").map((inner) => new Set([inner])),
      tie("value").map((inner) => ({ [`key ${text}`]: inner })),
      tie("value").map((inner) => ({ toJSON: () => inner })),
      tie("value").map((inner) => new Error(`failed with ${text}`, { cause: inner })),
      tie("value").map((inner) => Object.assign(new TypeError("x"), { detail: inner, text })),
      tie("value").map((inner) => new AggregateError([inner], text)),
    ),
  }));
  return value;
}

describe("redacting values", () => {
  it("lets no token through in any nesting, whatever stands around it", () => {
    const cases = tokens.chain((text) => fc.tuple(fc.constant(text), nestings(text)));
    fc.assert(
      fc.property(cases, ([text, value]) => {
        const out = inspect(redactValue({ value }), {
          depth: null,
          maxStringLength: null,
          maxArrayLength: null,
        });
        expect(out).not.toContain(text);
        expect(out).not.toMatch(tokenTail);
      }),
      { numRuns: 1_000 },
    );
  });

  it("lets no token reach a log line, in the message, the fields or a child's fields", () => {
    const cases = tokens.chain((text) => fc.tuple(fc.constant(text), nestings(text)));
    fc.assert(
      fc.property(cases, ([text, value]) => {
        const { logger, lines, entries } = createCollectingLogger();
        logger.child({ requestId: "r", value }).error({ err: new Error(text), value }, `message ${text}`);
        expect(entries()).toHaveLength(1);
        expect(lines.join("")).not.toContain(text);
      }),
      { numRuns: 300 },
    );
  });

  it("never throws and always answers something that JSON can write", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withTypedArray: true }),
        (value) => {
          expect(() => JSON.stringify(redactValue({ value }))).not.toThrow();
        },
      ),
    );
  });

  it.each([
    "authorization",
    "Authorization",
    "proxy-authorization",
    "token",
    "accessToken",
    "ADMIN_TOKEN",
    "client_secret",
    "clientSecret",
    "secret",
    "password",
    "cookie",
    "Set-Cookie",
    "x-api-key",
    "ENCRYPTION_KEY",
  ])("replaces the value of a key named %s at any depth, whatever its type", (key) => {
    for (const value of ["hunter2", 7, ["hunter2"], { a: "hunter2" }, null]) {
      expect(redactValue({ a: [{ b: { [key]: value } }] })).toEqual({ a: [{ b: { [key]: redacted } }] });
      expect(redactFields({ [key]: value })).toEqual({ [key]: redacted });
    }
    expect(redactValue(new Map([[key, "hunter2"]]))).toEqual({ [key]: redacted });
  });

  it("keeps what identifies a credential without being one", () => {
    const fields = { tokenId: "0190-7f", organizationId: "o", status: 401, ok: true, none: null };
    expect(redactFields(fields)).toEqual(fields);
  });

  it("keeps an error's type, message, stack, code and causes, without the secrets in them", () => {
    class StorageError extends Error {
      readonly code = "SQLITE_FULL";
    }
    const error = new StorageError("write failed", { cause: new Error(`Bearer ${token} refused`) });
    expect(redactValue(error)).toEqual({
      type: "StorageError",
      message: "write failed",
      stack: expect.stringContaining("write failed"),
      code: "SQLITE_FULL",
      cause: { type: "Error", message: `${redacted} refused`, stack: expect.stringContaining("refused") },
    });
    expect(redactValue(new AggregateError([new Error("one")], "all"))).toMatchObject({
      errors: [{ message: "one" }],
    });
  });

  it("prints the number of bytes and never the bytes", () => {
    expect(redactValue([Buffer.from("hunter2"), new Uint8Array(3), new ArrayBuffer(2)])).toEqual([
      "[7 bytes]",
      "[3 bytes]",
      "[2 bytes]",
    ]);
  });

  it("survives cycles, depth, width, shared parts and members that throw", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(redactValue(cycle)).toEqual({ self: "[circular]" });

    let deep: unknown = "bottom";
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(JSON.stringify(redactValue(deep))).toContain("[cut]");

    const wide = redactValue(Array.from({ length: 201 }, (_, index) => index));
    expect(wide).toHaveLength(201);
    expect(wide).toContain("[1 more]");

    let shared: unknown = { leaf: true };
    for (let level = 0; level < 10; level += 1) shared = Array.from({ length: 100 }, () => shared);
    expect(JSON.stringify(redactValue(shared)).length).toBeLessThan(1_000_000);

    const throwing = {
      get bad(): string {
        throw new Error("no");
      },
    };
    expect(redactValue({ throwing, after: 1 })).toEqual({ throwing: "[unreadable]", after: 1 });
  });

  it("keeps a key named __proto__ a key", () => {
    const out = redactValue(JSON.parse('{"__proto__":{"polluted":true}}'));
    expect(JSON.stringify(out)).toBe('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
  });
});

describe("redacting text", () => {
  it.each([
    [`token ${token} refused`, `token ${redacted} refused`],
    [`cut ${token.slice(0, 30)}`, `cut ${redacted}`],
    [`glued ${token}abc.def`, `glued ${redacted}.def`],
    ["sent Bearer abc.def-ghi twice", `sent ${redacted} twice`],
    ["BEARER  abc", redacted],
    ["?a=1&client_secret=hunter2&b=2", `?a=1&client_secret=${redacted}&b=2`],
    ["access_token=hunter2", `access_token=${redacted}`],
    ['near {"client_secret": "hunter2", "a": 1}', `near {"client_secret": "${redacted}", "a": 1}`],
    ['near {"clientSecret":"hunt\\"er2"}', `near {"clientSecret":"${redacted}"}`],
    ['unfinished "password":"hunter2', `unfinished "password":"${redacted}`],
    ["{ clientSecret: 'hunter2' }", `{ clientSecret: '${redacted}' }`],
    ['{\\"clientSecret\\":\\"hunt\\\\\\"er2\\"}', `{\\"clientSecret\\":\\"${redacted}\\"}`],
    ["Authorization: Basic aHVudGVyMg==\r\nHost: a", `Authorization: ${redacted}\r\nHost: a`],
    ["postgres://user:hunter2@db:5432/x", `postgres://${redacted}@db:5432/x`],
  ])("replaces the secret in %j and nothing else", (text, expected) => {
    expect(redactText(text)).toBe(expected);
  });

  it.each([
    "",
    "plain text",
    "orgsvc_pat_",
    "https://example.com/a?b=c",
    "secretary",
    "the token has expired",
  ])("leaves %j as it is", (text) => {
    expect(redactText(text)).toBe(text);
  });

  it("cuts a text after 16,384 characters, and a token across the cut still goes", () => {
    expect(redactText("x".repeat(16_384))).toHaveLength(16_384);
    expect(redactText("x".repeat(16_385))).toMatch(/x{16384} \[…cut\]$/);
    const across = `${" ".repeat(16_350)}${token}`;
    expect(redactText(across).trimStart()).toBe(`${redacted} […cut]`);
  });

  it.each([
    "Bearer ".repeat(100_000),
    `"token`.repeat(100_000),
    `token":"\\`.repeat(50_000),
    "://a".repeat(100_000),
  ])("takes bounded time for hostile text %#", (text) => {
    const startMs = performance.now();
    redactText(text);
    expect(performance.now() - startMs).toBeLessThan(500);
  });

  it("knows a token of each kind, and a part of one", () => {
    fc.assert(
      fc.property(tokens, (text) => looksLikeToken(text) && looksLikeToken(`a.${text.slice(0, 24)}`)),
    );
    expect(looksLikeToken("orgsvc_other_abc")).toBe(false);
  });

  it("takes the tokens out of a text that quotes a request, and leaves the rest as it is", () => {
    const quoted = `The filter names ${token}, not x.${token.slice(0, 24)}; send \`Authorization: Bearer <token>\``;
    expect(withoutTokens(quoted)).toBe(
      `The filter names ${redacted}, not x.${redacted}; send \`Authorization: Bearer <token>\``,
    );
  });

  it("leaves out an error's detail, in which PostgreSQL tells a row", () => {
    const error = Object.assign(new Error("refused"), { code: "23514", detail: "Failing row contains (x)" });
    expect(redactValue(error)).toMatchObject({ code: "23514", message: "refused" });
    expect(JSON.stringify(redactValue(error))).not.toContain("Failing row");
  });
});
