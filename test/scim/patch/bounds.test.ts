import { describe, expect, it } from "vitest";
import { ScimError } from "../../../src/scim/error.ts";
import type { JsonObject, JsonValue } from "../../../src/scim/json.ts";
import { limits } from "../../../src/scim/limits.ts";
import { applyPatch } from "../../../src/scim/patch/apply.ts";
import { parsePatch } from "../../../src/scim/patch/parse.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { messageOf } from "./support.ts";

const { User, Group } = resourceTypes;

function refusalOf(act: () => unknown): ScimError {
  try {
    act();
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error("it was not refused");
}

const refusedPatch = (operations: readonly JsonValue[]) =>
  refusalOf(() => parsePatch(User, messageOf(operations)));
const times = <Item>(count: number, make: (index: number) => Item): Item[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("the number of operations", () => {
  const operation = { op: "add", path: "title", value: "Guide" };

  it("can be the maximum", () => {
    expect(parsePatch(User, messageOf(times(limits.patchOperationsMax, () => operation))).edits).toHaveLength(
      limits.patchOperationsMax,
    );
  });

  it("cannot be more, whatever they are", () => {
    expect(refusedPatch(times(limits.patchOperationsMax + 1, () => 7))).toMatchObject({
      status: 413,
      scimType: "tooMany",
    });
  });
});

describe("the number of values", () => {
  const members = (count: number) => times(count, (index) => ({ value: `m${index}` }));
  const half = limits.patchValuesMax / 2;

  it("can be the maximum, over all operations", () => {
    const operations = [
      { op: "add", path: "members", value: members(half) },
      { op: "remove", path: "members", value: members(half) },
    ];
    expect(parsePatch(Group, messageOf(operations)).members).toMatchObject({ remove: { length: half } });
  });

  it.each([
    ["in one list", [{ op: "add", path: "members", value: members(limits.patchValuesMax + 1) }]],
    ["in lists together", times(3, () => ({ op: "add", path: "members", value: members(half) }))],
    ["without a path", times(3, () => ({ op: "add", value: { members: members(half) } }))],
    ["in an extension", times(3, () => ({ op: "add", value: { "urn:x": { list: members(half) } } }))],
  ])("cannot be more %s", (_where, operations) => {
    const refusal = refusalOf(() => parsePatch(Group, messageOf(operations)));
    expect(refusal).toMatchObject({ status: 413, scimType: "tooMany" });
  });
});

describe("the work of a PATCH", () => {
  const user: JsonObject = {
    userName: "babs",
    roles: times(limits.elementsMax, (index) => ({ value: `r${index}` })),
  };
  const select = { op: "replace", path: 'roles[value eq "r1"].display', value: "R" };
  const apply = (operations: readonly JsonValue[]) => () =>
    applyPatch(User, parsePatch(User, messageOf(operations)), user);
  const enough = limits.patchVisitsMax / limits.elementsMax;

  it("can be a hundred filters over a thousand values", () => {
    expect(apply(times(enough, () => select))()).not.toBe(user);
  });

  it("is refused beyond that", () => {
    expect(refusalOf(apply(times(enough + 1, () => select)))).toMatchObject({
      status: 413,
      scimType: "tooMany",
    });
  });

  it("leaves no more values than an attribute can have", () => {
    const add = { op: "add", path: "roles", value: [{ value: "one more" }] };
    expect(refusalOf(apply([add]))).toMatchObject({ status: 400, scimType: "invalidValue" });
  });

  it("can replace as many values as an attribute can have", () => {
    const value = times(limits.elementsMax, (index) => ({ value: `s${index}` }));
    expect(apply([{ op: "replace", path: "roles", value }])()).toEqual({ userName: "babs", roles: value });
  });
});

describe("a path", () => {
  it("cannot be longer than a filter", () => {
    const path = `emails[value eq "${"x".repeat(limits.filterMaxLength)}"]`;
    expect(refusedPatch([{ op: "remove", path }])).toMatchObject({ status: 400, scimType: "invalidPath" });
  });

  it("cannot nest its filter deeper than a filter", () => {
    const depth = limits.filterMaxDepth + 1;
    const path = `emails[${"(".repeat(depth)}value pr${")".repeat(depth)}]`;
    expect(refusedPatch([{ op: "remove", path }])).toMatchObject({ status: 400, scimType: "invalidFilter" });
  });
});

describe("a refusal", () => {
  const secret = "correct-horse-battery-staple";

  it("says in which operation the fault is", () => {
    const operations = [
      { op: "add", path: "title", value: "Guide" },
      { op: "add", path: "favoriteColor", value: "red" },
    ];
    expect(refusedPatch(operations).message).toMatch(/^Operation 2: .*favoriteColor/);
  });

  it.each<[string, JsonObject]>([
    ["of a wrong type", { op: "add", path: "name", value: secret }],
    ["of an attribute without a path", { op: "add", value: { active: secret } }],
    ["in a filter", { op: "add", path: `emails[value eq "${secret}"].nothing`, value: 1 }],
    ["that is the whole operation", { op: secret }],
    ["in a long path", { op: "add", path: `${secret}${"x".repeat(64)}`, value: 1 }],
  ])("does not repeat a value %s", (_what, operation) => {
    expect(refusedPatch([operation]).message).not.toContain(secret);
  });

  it("for want of a target does not repeat what was looked for", () => {
    const operation = { op: "replace", path: `emails[value eq "${secret}"].display`, value: "x" };
    const patch = parsePatch(User, messageOf([operation]));
    const refusal = refusalOf(() => applyPatch(User, patch, { userName: "babs" }));
    expect(refusal.message).toBe("emails has no value that the path selects.");
  });
});
