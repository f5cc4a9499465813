import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createKeyring } from "../../src/keys/keyring.ts";

const masterKey = Buffer.alloc(32, 7);
const keyring = createKeyring(masterKey);
const other = createKeyring(Buffer.alloc(32, 8));

describe("a keyring", () => {
  it.each([0, 16, 31, 33, 64])("needs a master key of 32 bytes: %i are refused", (length) => {
    expect(() => createKeyring(new Uint8Array(length))).toThrow(RangeError);
  });

  it("gives each job a key of its own: no output of one job says anything of another's", () => {
    const outputs = [
      keyring.hashToken("x").toString("hex"),
      keyring.sign("x").toString("hex"),
      keyring.check,
    ];
    for (const output of outputs) {
      for (const different of outputs.filter((each) => each !== output)) {
        expect(different.startsWith(output.slice(0, 16))).toBe(false);
      }
      expect(output).not.toContain(masterKey.toString("hex").slice(0, 16));
    }
  });
});

describe("the hash of a token", () => {
  it("is 32 bytes, the same each time", () => {
    expect(keyring.hashToken("token")).toHaveLength(32);
    expect(keyring.hashToken("token")).toEqual(createKeyring(masterKey).hashToken("token"));
  });

  it("is another for every token and for every key", () => {
    expect(keyring.hashToken("token")).not.toEqual(keyring.hashToken("tokeN"));
    expect(keyring.hashToken("token")).not.toEqual(other.hashToken("token"));
  });

  it("is none that can be computed without the key", () => {
    expect(keyring.hashToken("token")).not.toEqual(createHash("sha256").update("token").digest());
  });
});

describe("a sealed secret", () => {
  const binding = "table/organization/row/column";
  const sealed = keyring.seal("the secret", binding);
  const [version = "", nonce = "", body = ""] = sealed.split(".");

  it.each(["", "x", "the secret", "Ünïcödé 👩‍👩‍👧‍👦", "\0\u0001", "x".repeat(100_000)])(
    "opens to what was sealed: %j",
    (text) => {
      expect(keyring.unseal(keyring.seal(text, binding), binding)).toBe(text);
    },
  );

  it("does not show the secret, and is another each time", () => {
    expect(Buffer.from(body, "base64url").includes("the secret")).toBe(false);
    expect(keyring.seal("the secret", binding)).not.toBe(sealed);
  });

  it.each(["", "table/organization/row/colum", "table/organization/other/column", "table/other/row/column"])(
    "does not open where it was moved to: %j",
    (elsewhere) => {
      expect(() => keyring.unseal(sealed, elsewhere)).toThrow();
    },
  );

  it("does not open with another key", () => {
    expect(() => other.unseal(sealed, binding)).toThrow();
  });

  it("does not open with any one bit flipped", () => {
    for (const part of ["nonce", "body"] as const) {
      const bytes = Buffer.from(part === "nonce" ? nonce : body, "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = flipped.toString("base64url");
        const forged = part === "nonce" ? [version, text, body] : [version, nonce, text];
        expect(() => keyring.unseal(forged.join("."), binding)).toThrow();
      }
    }
  });

  it("does not open with a shortened tag, which Node alone would accept down to four bytes", () => {
    const bytes = Buffer.from(body, "base64url");
    for (let cut = 1; cut <= 12; cut += 1) {
      const forged = [version, nonce, bytes.subarray(0, -cut).toString("base64url")].join(".");
      expect(() => keyring.unseal(forged, binding)).toThrow();
    }
    // Sealed, the empty text is a tag and nothing else: its beginning is the right tag, but short.
    const [, emptyNonce = "", tag = ""] = keyring.seal("", binding).split(".");
    for (const length of [0, 4, 8, 12, 13, 14, 15]) {
      const short = Buffer.from(tag, "base64url").subarray(0, length).toString("base64url");
      expect(() => keyring.unseal([version, emptyNonce, short].join("."), binding)).toThrow();
    }
  });

  it("does not open with the nonce or the text of another", () => {
    const [, otherNonce = "", otherBody = ""] = keyring.seal("other text", binding).split(".");
    expect(() => keyring.unseal([version, otherNonce, body].join("."), binding)).toThrow();
    expect(() => keyring.unseal([version, nonce, otherBody].join("."), binding)).toThrow();
  });

  it.each([
    ["nothing", ""],
    ["a word", "secret"],
    ["another version", `v2.${nonce}.${body}`],
    ["no version", `.${nonce}.${body}`],
    ["no nonce", `v1..${body}`],
    ["a short nonce", `v1.${nonce.slice(0, -2)}.${body}`],
    ["no body", `v1.${nonce}.`],
    ["a part too many", `${sealed}.${body}`],
    ["the secret itself", "the secret"],
  ])("is nothing else: %s does not open", (_what, text) => {
    expect(() => keyring.unseal(text, binding)).toThrow();
  });

  it("says nothing of the secret when it does not open", () => {
    const messages = [sealed.slice(0, -3), "the secret"].map((text) => {
      try {
        return keyring.unseal(text, "elsewhere");
      } catch (error) {
        return String(error);
      }
    });
    expect(messages.join()).not.toContain("the secret");
  });
});

describe("a signature", () => {
  const signature = keyring.sign("message");

  it("holds for the message that was signed", () => {
    expect(keyring.verify("message", signature)).toBe(true);
  });

  it("holds for no other message and no other key", () => {
    expect(keyring.verify("Message", signature)).toBe(false);
    expect(other.verify("message", signature)).toBe(false);
  });

  it("does not hold with any one bit flipped", () => {
    for (let bit = 0; bit < signature.length * 8; bit += 1) {
      const flipped = Buffer.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(keyring.verify("message", flipped)).toBe(false);
    }
  });

  it.each([0, 1, 15, 17, 32])("of %i bytes does not hold, and throws nothing", (length) => {
    expect(keyring.verify("message", Buffer.concat([signature, randomBytes(32)]).subarray(0, length))).toBe(
      false,
    );
  });
});

describe("the key check", () => {
  it("is the same for the same key and another for another", () => {
    expect(createKeyring(masterKey).check).toBe(keyring.check);
    expect(other.check).not.toBe(keyring.check);
  });
});
