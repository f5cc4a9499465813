import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../src/scim/limits.ts";
import { parseJson } from "../../src/scim/parse-json.ts";

const invalidSyntax = expect.objectContaining({ status: 400, scimType: "invalidSyntax" });

function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + close.repeat(depth);
}

describe("JSON", () => {
  it("is what JSON.parse says it is", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8 }), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    "",
    " ",
    "{",
    '{"a":}',
    "{'a':1}",
    "[1,]",
    "undefined",
    "NaN",
    '"\u0001"',
    "{} {}",
    "\uFEFF{}",
    '"',
  ])("%j is none", (text) => {
    expect(() => parseJson(text)).toThrow(invalidSyntax);
  });

  it("is not repeated by the error", () => {
    expect(() => parseJson('{"password":"hunter2",}')).toThrow(/^The body is not well-formed JSON\.$/);
  });

  it("keeps __proto__ as a name like any other", () => {
    const value = parseJson('{"__proto__":{"a":1}}');
    expect(Object.entries(value ?? {})).toEqual([["__proto__", { a: 1 }]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe("nesting", () => {
  it.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("of %s is allowed up to the limit", (_what, open, close) => {
    const at = (depth: number) => nested(depth, open, close).replace(":}", ":1}");
    expect(() => parseJson(at(limits.jsonMaxDepth))).not.toThrow();
    expect(() => parseJson(at(limits.jsonMaxDepth + 1))).toThrow(/nested deeper than 32/);
  });

  it("of a million levels is refused at once, well-formed or not", () => {
    expect(() => parseJson(nested(1_000_000, "[", "]"))).toThrow(/nested deeper/);
    expect(() => parseJson("[".repeat(1_000_000))).toThrow(/nested deeper/);
    expect(() => parseJson('{"a":'.repeat(1_000_000))).toThrow(/nested deeper/);
  });

  it("is not what stands in text", () => {
    const texts = ["[".repeat(100), '"'.concat("[".repeat(100)), `\\"${"{".repeat(100)}`, "\\".repeat(7)];
    for (const text of texts) expect(parseJson(JSON.stringify([text, text]))).toEqual([text, text]);
  });

  it("is not what lies side by side", () => {
    expect(parseJson(`[${"[[]],".repeat(100)}[]]`)).toHaveLength(101);
  });

  it("is found behind text that ends in a backslash", () => {
    const text = `["\\\\",${nested(limits.jsonMaxDepth, "[", "]")}]`;
    expect(() => parseJson(text)).toThrow(/nested deeper/);
  });
});
