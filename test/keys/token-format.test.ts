import { describe, expect, it } from "vitest";
import { mintToken, type TokenKind, tokenKindOf } from "../../src/keys/token-format.ts";

const kinds: readonly TokenKind[] = ["scim", "pat", "op"];
const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe.each(kinds)("a token of the kind %s", (kind) => {
  const token = mintToken(kind);

  it("has a prefix that a secret scanner can match, and 49 letters and digits", () => {
    expect(token).toMatch(new RegExp(`^orgsvc_${kind}_[0-9A-Za-z]{49}$`));
  });

  it("is known again as that kind", () => {
    expect(tokenKindOf(token)).toBe(kind);
  });

  it("is none with any one character replaced by any other", () => {
    for (const [index, character] of [...token].entries()) {
      for (const replacement of [...alphabet, "_"].filter((each) => each !== character)) {
        const altered = token.slice(0, index) + replacement + token.slice(index + 1);
        if (tokenKindOf(altered) !== undefined) expect.unreachable(altered);
      }
    }
  });

  it("is none with two neighbours swapped, a character lost, or one too many", () => {
    for (let index = 0; index < token.length - 1; index += 1) {
      const [one = "", two = ""] = token.slice(index, index + 2);
      const swapped = token.slice(0, index) + two + one + token.slice(index + 2);
      if (one !== two) expect(tokenKindOf(swapped)).toBeUndefined();
      expect(tokenKindOf(token.slice(0, index) + token.slice(index + 1))).toBeUndefined();
      expect(tokenKindOf(token.slice(0, index) + one + token.slice(index))).toBeUndefined();
    }
  });

  it("is none under the prefix of another kind", () => {
    for (const other of kinds.filter((each) => each !== kind)) {
      expect(tokenKindOf(token.replace(`_${kind}_`, `_${other}_`))).toBeUndefined();
    }
  });

  it.each([" ", "\n", "\0", "=", "."])("is none with %j before or after it", (more) => {
    expect(tokenKindOf(token + more)).toBeUndefined();
    expect(tokenKindOf(more + token)).toBeUndefined();
  });
});

describe("the checksum", () => {
  // Written down so that the form can never change by accident: tokens that are out there must stay valid.
  it.each([
    ["orgsvc_scim_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg42CDeY", "scim"],
    ["orgsvc_pat_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg2HFhgF", "pat"],
    ["orgsvc_op_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg4KpH7c", "op"],
  ] as const)("of %s holds", (token, kind) => {
    expect(tokenKindOf(token)).toBe(kind);
  });
});

describe("what is no token", () => {
  it.each([
    "",
    "orgsvc_",
    "orgsvc_pat_",
    `orgsvc_pat_${"0".repeat(49)}`,
    `orgsvc_svc_${"0".repeat(49)}`,
    `orgsvc_toString_${"0".repeat(49)}`,
    `ORGSVC_PAT_${"0".repeat(49)}`,
    "x".repeat(60),
    "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
  ])("has no kind: %j", (text) => {
    expect(tokenKindOf(text)).toBeUndefined();
  });
});

describe("many tokens", () => {
  const tokens = Array.from({ length: 2000 }, () => mintToken("pat"));
  const digits = tokens.map((token) => token.slice("orgsvc_pat_".length, -6)).join("");

  it("are all different", () => {
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it("have every digit about equally often", () => {
    const expected = digits.length / alphabet.length;
    const chiSquare = [...alphabet]
      .map((digit) => digits.split(digit).length - 1)
      .reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 61 degrees of freedom: a fair source exceeds 140 less than once in ten million runs. A plain remainder of
    // a byte would favour eight digits by a quarter, and come to about 800.
    expect(chiSquare).toBeLessThan(140);
  });

  it("have every digit about equally often at each place", () => {
    for (let place = 0; place < 43; place += 1) {
      const at = new Set(tokens.map((token) => token.charAt("orgsvc_pat_".length + place)));
      expect(at.size).toBe(alphabet.length);
    }
  });
});
