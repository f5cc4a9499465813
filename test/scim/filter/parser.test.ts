import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFilter } from "../../../src/scim/filter/parser.ts";
import { parsePath } from "../../../src/scim/filter/path.ts";
import { limits } from "../../../src/scim/limits.ts";
import { expressions, paths, styles } from "./support/expressions.ts";
import { printFilter, printPath } from "./support/print.ts";

const seed = process.env.FUZZ_SEED === undefined ? 20_260_101 : Number(process.env.FUZZ_SEED);

describe("a filter", () => {
  it(`that was printed is parsed to what it was (FUZZ_SEED=${seed})`, () => {
    fc.assert(
      fc.property(expressions, styles, (expression, style) => {
        const text = printFilter(expression, style);
        fc.pre(text.length <= limits.filterMaxLength);
        expect(parseFilter(text)).toEqual(expression);
      }),
      { seed, numRuns: 2_000 },
    );
  });

  it("binds not before and, and and before or", () => {
    const test = (attributePath: string) => ({
      kind: "present",
      subject: { attributePath, filter: undefined, subAttribute: undefined },
    });
    expect(parseFilter("a pr or not (b pr) and c pr or d pr")).toEqual({
      kind: "or",
      terms: [test("a"), { kind: "and", terms: [{ kind: "not", term: test("b") }, test("c")] }, test("d")],
    });
  });

  it.each([
    ["a eq 1.5e-3", { type: "number", text: "1.5e-3" }],
    ["a eq 12345678901234567890", { type: "number", text: "12345678901234567890" }],
    ["a eq -0", { type: "number", text: "-0" }],
    ["a eq 007", { type: "string", value: "007" }],
    ["a eq +1", { type: "string", value: "+1" }],
    ["a eq 1.", { type: "string", value: "1." }],
    ["a eq TRUE", { type: "boolean", value: true }],
    ["a eq False", { type: "boolean", value: false }],
    ["a eq NuLL", { type: "null" }],
    ["a eq nullable", { type: "string", value: "nullable" }],
    ['a eq "true"', { type: "string", value: "true" }],
    ['a eq ""', { type: "string", value: "" }],
    ['a eq "\\u00e9\\"\\/\\\\\\n"', { type: "string", value: 'é"/\\\n' }],
    ['a eq "\\ud83d\\ude00"', { type: "string", value: "😀" }],
    ["a eq O'Malley", { type: "string", value: "O'Malley" }],
    ["a eq jyoung@example.com", { type: "string", value: "jyoung@example.com" }],
    ["a eq a\\u0041", { type: "string", value: "a\\u0041" }],
    ["a eq and", { type: "string", value: "and" }],
    ['a eq"x"', { type: "string", value: "x" }],
  ])("%s compares with %j", (text, value) => {
    expect(parseFilter(text)).toMatchObject({ kind: "compare", operator: "eq", value });
  });

  it("can have an attribute that is called as a keyword is", () => {
    expect(parseFilter("not pr and or pr")).toMatchObject({
      kind: "and",
      terms: [{ subject: { attributePath: "not" } }, { subject: { attributePath: "or" } }],
    });
  });
});

describe("a path", () => {
  it(`that was printed is parsed to what it was (FUZZ_SEED=${seed})`, () => {
    fc.assert(
      fc.property(paths, styles, (path, style) => {
        const text = printPath(path, style);
        fc.pre(text.length <= limits.filterMaxLength);
        expect(parsePath(text)).toEqual(path);
      }),
      { seed, numRuns: 1_000 },
    );
  });
});
