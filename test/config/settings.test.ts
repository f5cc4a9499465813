import { describe, expect, it } from "vitest";
import { describeSettings } from "../../src/config/describe.ts";
import { allSettings } from "../../src/config/settings.ts";
import { accepted, refusal } from "./support.ts";

/** What else to set so that only the bound under test decides. */
const companions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  REQUEST_TIMEOUT_MS: { HEADERS_TIMEOUT_MS: "100" },
  HEADERS_TIMEOUT_MS: { REQUEST_TIMEOUT_MS: "3600000" },
  RPC_DEADLINE_MAX_MS: { RPC_DEADLINE_DEFAULT_MS: "10" },
  RPC_DEADLINE_DEFAULT_MS: { RPC_DEADLINE_MAX_MS: "3600000" },
};

const integers = allSettings().flatMap(({ name, range }) =>
  range === undefined ? [] : [{ name, ...range }],
);

describe("every whole number", () => {
  it("is in the table of these cases", () => {
    expect(integers).toHaveLength(29);
  });

  it.each(integers)("$name takes $min and $max", ({ name, min, max }) => {
    for (const value of [min, max]) accepted({ ...companions[name], [name]: String(value) });
  });

  it.each(integers)("$name refuses one less than $min and one more than $max", ({ name, min, max }) => {
    const below = refusal({ ...companions[name], [name]: String(min - 1) });
    expect(below).toMatch(
      new RegExp(`^${name}: "${min - 1}" is below the minimum of ${min}; use a whole number`),
    );
    const above = refusal({ ...companions[name], [name]: String(max + 1) });
    expect(above).toMatch(
      new RegExp(`^${name}: "${max + 1}" is above the maximum of ${max}; use a whole number`),
    );
  });

  it.each([
    "1.5",
    "1e3",
    "0x10",
    "+5",
    "-0",
    "007",
    " 8",
    "8 ",
    "８",
    "NaN",
    "Infinity",
    "1_000",
    "1,000",
    "true",
  ])("refuses %j", (text) => {
    for (const { name } of integers) {
      expect(refusal({ ...companions[name], [name]: text })).toContain("is not a plain whole number");
    }
  });

  it("refuses a number of a thousand digits", () => {
    expect(refusal({ PORT: "9".repeat(1_000) })).toContain("is above the maximum of 65535");
  });
});

describe("the registry", () => {
  it("has each name once, in the style of the environment", () => {
    const names = allSettings().map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Z0-9_]*[A-Z0-9]$/);
  });

  it.each(allSettings())(
    "writes the default of $name the same way twice",
    ({ defaultText, defaultValue, parse }) => {
      if (defaultText === "") expect(defaultValue).toBeUndefined();
      else expect(parse(defaultText)).toEqual({ ok: true, value: defaultValue });
    },
  );

  it("gives a table row per setting, with all that --help needs on one line", () => {
    const rows = describeSettings();
    expect(rows).toHaveLength(allSettings().length);
    expect(rows[0]).toEqual({
      name: "PORT",
      default: "8080",
      unit: "",
      allowed: "a whole number from 0 to 65535",
      description: "Port to listen on; 0 takes any free one.",
      secret: false,
    });
    for (const { allowed, description } of rows) {
      expect(allowed).toMatch(/^[^\n|]+$/);
      expect(description).toMatch(/^[A-Z][^\n|]+\.$/i);
    }
  });
});
