import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accepted, refusal } from "./support.ts";

const good = "d34db33f8a7c6e5d4f3a2b1c0d9e8f7a";

describe("ADMIN_TOKEN", () => {
  it("takes 32 and 512 characters and refuses 31 and 513", () => {
    const long = Array.from({ length: 16 }, (_, index) => good.slice(index) + good.slice(0, index)).join("");
    for (const ADMIN_TOKEN of [good, long]) {
      expect(accepted({ ADMIN_TOKEN }).secrets.adminToken?.reveal()).toBe(ADMIN_TOKEN);
    }
    expect(refusal({ ADMIN_TOKEN: good.slice(1) })).toContain(
      "it is shorter than 32 characters; make one with: openssl",
    );
    expect(refusal({ ADMIN_TOKEN: `${long}x` })).toContain("it is longer than 512 characters");
  });

  it.each([`${good}\n`, `${good} `, ` ${good}`, `${good}\t${good}`, `${good}\u0000`, `${good}\u00a0`])(
    "refuses a blank or a control character in %j",
    (ADMIN_TOKEN) => {
      expect(refusal({ ADMIN_TOKEN })).toContain(
        "it has a blank, a line end or a control character; remove it",
      );
    },
  );

  it("refuses what a header cannot carry", () => {
    expect(refusal({ ADMIN_TOKEN: `${good}é` })).toContain("a character that a header cannot carry");
  });

  it.each([
    "a".repeat(40),
    "ab".repeat(20),
    "changeme".repeat(5),
    "0123456789abcdef0123456789abcdef",
    "0123456789abcdefghijklmnopqrstuvwxyz",
    "zyxwvutsrqponmlkjihgfedcba9876543210",
    "CHANGE_ME_CHANGE_ME_CHANGE_ME_1234567",
    "replace-with-32-or-more-random-characters",
    "your-admin-token-goes-here-0123456789",
    "placeholder-placeholder-8471920-xyz",
    "this.is.my.Super.Secret.value.for.prod",
  ])("refuses %s, which is easy to guess", (ADMIN_TOKEN) => {
    expect(refusal({ ADMIN_TOKEN })).toBe(
      "ADMIN_TOKEN: it is easy to guess; make one with: openssl rand -hex 32",
    );
  });

  it("takes whatever a random generator makes", () => {
    const bytes = fc.constant(undefined).map(() => randomBytes(32));
    fc.assert(
      fc.property(bytes, fc.constantFrom("hex", "base64", "base64url"), (key, encoding) => {
        const ADMIN_TOKEN = key.toString(encoding);
        expect(accepted({ ADMIN_TOKEN }).secrets.adminToken?.reveal()).toBe(ADMIN_TOKEN);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("ENCRYPTION_KEY", () => {
  // Encodes to + and / in base64, to - and _ in base64url.
  const key = Buffer.from("fbefbefbefbe00112233445566778899aabbccddeeff0123456789abcdeffbff", "hex");
  const base64 = key.toString("base64");

  it.each([
    key.toString("hex"),
    key.toString("hex").toUpperCase(),
    base64,
    base64.replace("=", ""),
    key.toString("base64url"),
    `${key.toString("base64url")}=`,
  ])("reads 32 bytes from %s", (ENCRYPTION_KEY) => {
    expect(accepted({ ENCRYPTION_KEY }).secrets.encryptionKey?.reveal()).toEqual(key);
  });

  it.each([
    key.subarray(1).toString("hex"),
    `${key.toString("hex")}00`,
    `${key.toString("hex").slice(1)}g`,
    key.subarray(1).toString("base64"),
    Buffer.concat([key, key.subarray(0, 1)]).toString("base64"),
    `${base64}=`,
    `${base64}\n`,
    ` ${base64}`,
    `${base64.slice(0, 42)}9=`,
    `-${base64.slice(1)}`,
    "correct horse battery staple",
  ])("refuses %j", (ENCRYPTION_KEY) => {
    expect(refusal({ ENCRYPTION_KEY })).toContain(
      "it is not 32 bytes as base64, base64url or 64 hex digits; make one",
    );
  });

  it.each(["00".repeat(32), "ff".repeat(32), "0123".repeat(16)])(
    "refuses %s, which is easy to guess",
    (text) => {
      expect(refusal({ ENCRYPTION_KEY: text })).toContain("it is easy to guess");
    },
  );
});
