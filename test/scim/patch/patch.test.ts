import { describe, expect, it } from "vitest";
import { ScimError } from "../../../src/scim/error.ts";
import type { JsonObject } from "../../../src/scim/json.ts";
import { applyPatch } from "../../../src/scim/patch/apply.ts";
import { type Patch, parsePatch } from "../../../src/scim/patch/parse.ts";
import { toDocument } from "../../../src/scim/resource/document.ts";
import type { ResourceType } from "../../../src/scim/schema/attribute.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { type Case, type Outcome, readTables } from "./cases.ts";
import { frozen } from "./support.ts";

const tables = readTables();

describe("the tables", () => {
  it("have the rows that they should", () => {
    expect(tables.length).toBeGreaterThanOrEqual(12);
    expect(tables.flatMap(({ cases }) => cases).length).toBeGreaterThanOrEqual(200);
  });

  it("name each row of a table once", () => {
    const names = tables.flatMap(({ source, cases }) => cases.map(({ name }) => `${source}: ${name}`));
    expect(new Set(names).size).toBe(names.length);
  });
});

describe.each(tables)("$source", ({ cases }) => {
  it.each(cases)("$name", ({ type, given, body, outcome }: Case) => {
    const resourceType = resourceTypes[type];
    const before = JSON.stringify(given);
    const patch = run(resourceType, body, given);
    if (outcome.kind === "error") expect(patch).toEqual(outcome);
    else expectResult(resourceType, patch, outcome, given);
    expect(JSON.stringify(given)).toBe(before);
  });
});

interface Result {
  readonly patch: Patch;
  readonly attributes: JsonObject;
}

type Refusal = Pick<ScimError, "status" | "scimType"> & { readonly kind: "error" };

function run(type: ResourceType, body: Case["body"], given: JsonObject): Result | Refusal {
  try {
    const patch = parsePatch(type, frozen(body));
    return { patch, attributes: applyPatch(type, patch, frozen(given)) };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    return { kind: "error", status: error.status, scimType: error.scimType };
  }
}

function expectResult(
  type: ResourceType,
  result: Result | Refusal,
  outcome: Exclude<Outcome, { kind: "error" }>,
  given: JsonObject,
): void {
  if (!("patch" in result)) throw new Error(`refused: ${result.status} ${result.scimType}`);
  const { patch, attributes } = result;
  expect(patch.members ?? null).toEqual(outcome.members);
  if (outcome.kind === "unchanged") {
    expect(attributes).toBe(given);
    return;
  }
  expect(attributes).toEqual(outcome.attributes);
  expect(toDocument(type, attributes)).toBe(toDocument(type, outcome.attributes));
  expect(toDocument(type, attributes)).not.toBe(toDocument(type, given));
}
