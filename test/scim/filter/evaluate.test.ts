import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Condition, Operator } from "../../../src/scim/filter/condition.ts";
import { evaluate, evaluateElement, type FilterDocument } from "../../../src/scim/filter/evaluate.ts";

const seed = process.env.FUZZ_SEED === undefined ? 20_260_101 : Number(process.env.FUZZ_SEED);

const document: FilterDocument = {
  id: "u1",
  search: { title: "guide", emails: [{ value: "a", type: "work" }, { value: "b" }] },
  timesMs: { "meta.created": 1_000, "meta.lastModified": 2_000 },
};

function compare(key: string, operator: Operator, value: string): Condition {
  return { kind: "compare", key, operator, value };
}

describe("text", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary", maxLength: 4 }),
    fc.constantFrom("", "a", "ﬁ", "😀", "z"),
  );

  it(`is ordered as its bytes of UTF-8 are (FUZZ_SEED=${seed})`, () => {
    const signs = new Set<number>();
    fc.assert(
      fc.property(texts, texts, (actual, expected) => {
        const sign = Buffer.compare(Buffer.from(actual), Buffer.from(expected));
        signs.add(sign);
        const outcome = (operator: Operator) =>
          evaluateElement(compare("value", operator, expected), { value: actual });
        expect(outcome("gt")).toBe(sign > 0);
        expect(outcome("ge")).toBe(sign >= 0);
        expect(outcome("lt")).toBe(sign < 0);
        expect(outcome("le")).toBe(sign <= 0);
        expect(outcome("eq")).toBe(sign === 0);
      }),
      { seed, numRuns: 2_000 },
    );
    expect(signs.size).toBe(3);
  });

  it("that is absent satisfies no comparison", () => {
    for (const operator of ["eq", "co", "sw", "ew", "gt", "ge", "lt", "le"] as const) {
      expect(evaluate(compare("nickName", operator, ""), document)).toBe(false);
      expect(evaluate({ kind: "not", term: compare("nickName", operator, "") }, document)).toBe(true);
    }
  });

  it("is not found under what every object has", () => {
    expect(evaluate({ kind: "present", key: "constructor" }, document)).toBe(false);
    expect(evaluate({ kind: "present", key: "__proto__" }, document)).toBe(false);
    expect(
      evaluate({ kind: "element", list: "toString", where: { kind: "constant", value: true } }, document),
    ).toBe(false);
  });

  it("is no list, nor a list text", () => {
    expect(evaluate({ kind: "present", key: "emails" }, document)).toBe(false);
    expect(
      evaluate({ kind: "element", list: "title", where: { kind: "constant", value: true } }, document),
    ).toBe(false);
  });
});

describe("the id", () => {
  it("is the resource's", () => {
    expect(evaluate(compare("id", "eq", "u1"), document)).toBe(true);
    expect(evaluate(compare("id", "eq", "u2"), document)).toBe(false);
    expect(evaluate({ kind: "present", key: "id" }, document)).toBe(true);
  });
});

describe("a time", () => {
  it.each([
    ["eq", [false, true, false]],
    ["gt", [true, false, false]],
    ["ge", [true, true, false]],
    ["lt", [false, false, true]],
    ["le", [false, true, true]],
  ] as const)("that is 1000 satisfies %s 999, 1000 and 1001: %j", (operator, expected) => {
    const outcomes = [999, 1_000, 1_001].map((valueMs) =>
      evaluate({ kind: "time", key: "meta.created", operator, valueMs }, document),
    );
    expect(outcomes).toEqual(expected);
  });

  it("is the one that is asked for", () => {
    const condition = { kind: "time", operator: "eq", valueMs: 2_000 } as const;
    expect(evaluate({ ...condition, key: "meta.created" }, document)).toBe(false);
    expect(evaluate({ ...condition, key: "meta.lastModified" }, document)).toBe(true);
  });
});

describe("a list", () => {
  const work = compare("type", "eq", "work");

  it("must have one element that satisfies all of the condition", () => {
    const both = (value: string): Condition => ({
      kind: "element",
      list: "emails",
      where: { kind: "and", terms: [work, compare("value", "eq", value)] },
    });
    expect(evaluate(both("a"), document)).toBe(true);
    expect(evaluate(both("b"), document)).toBe(false);
  });

  it("has no element when it is absent", () => {
    const any: Condition = { kind: "constant", value: true };
    expect(evaluate({ kind: "element", list: "emails", where: any }, document)).toBe(true);
    expect(evaluate({ kind: "element", list: "phoneNumbers", where: any }, document)).toBe(false);
  });

  it("cannot be asked of an element, and no time either", () => {
    expect(() => evaluateElement({ kind: "element", list: "emails", where: work }, { value: "a" })).toThrow(
      "emails",
    );
    expect(() =>
      evaluateElement({ kind: "time", key: "meta.created", operator: "eq", valueMs: 0 }, { value: "a" }),
    ).toThrow("meta.created");
  });
});

describe("constants, and, or, not", () => {
  const yes: Condition = { kind: "constant", value: true };
  const no: Condition = { kind: "constant", value: false };

  it("are what they are called", () => {
    expect(evaluate(yes, document)).toBe(true);
    expect(evaluate(no, document)).toBe(false);
    expect(evaluate({ kind: "not", term: no }, document)).toBe(true);
    expect(evaluate({ kind: "and", terms: [yes, no] }, document)).toBe(false);
    expect(evaluate({ kind: "and", terms: [yes, yes] }, document)).toBe(true);
    expect(evaluate({ kind: "or", terms: [no, yes] }, document)).toBe(true);
    expect(evaluate({ kind: "or", terms: [no, no] }, document)).toBe(false);
  });
});
