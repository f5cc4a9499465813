import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/config/secret.ts";

describe("a secret", () => {
  const secret = new Secret("hunter2");

  it("is reached by reveal and nothing else", () => {
    expect(secret.reveal()).toBe("hunter2");
    expect(Object.keys(secret)).toEqual([]);
  });

  it.each([
    ["a template", `${secret}`],
    ["concatenation", `key: ${String(secret)}`],
    ["JSON", JSON.stringify({ nested: [secret] })],
    ["inspect", inspect({ nested: secret }, { showHidden: true, depth: null })],
    ["format", format("%s %o %O %j", secret, secret, secret, secret)],
    ["a copy", JSON.stringify({ ...secret })],
  ])("does not show in %s", (_, text) => {
    expect(text).not.toContain("hunter2");
  });

  it("prints as [redacted]", () => {
    expect(String(secret)).toBe("[redacted]");
    expect(inspect(secret)).toBe("[redacted]");
    expect(JSON.stringify(secret)).toBe('"[redacted]"');
  });
});
