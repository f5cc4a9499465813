// What holds of every PATCH. fast-check prints the seed of a run that fails.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScimError } from "../../../src/scim/error.ts";
import type { JsonObject } from "../../../src/scim/json.ts";
import { applyPatch } from "../../../src/scim/patch/apply.ts";
import { parsePatch } from "../../../src/scim/patch/parse.ts";
import { parseDocument, toDocument } from "../../../src/scim/resource/document.ts";
import { parseResource } from "../../../src/scim/resource/parse-resource.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { hostileOperations, operations, repeatable, users } from "./arbitraries.ts";
import { frozen, messageOf } from "./support.ts";

const type = resourceTypes.User;
const runs = { numRuns: 2_000 };

/** Undefined when it is refused, which must be a refusal of the client's request. */
function patched(user: JsonObject, sent: readonly JsonObject[]): JsonObject | undefined {
  try {
    return applyPatch(type, parsePatch(type, frozen(messageOf(sent))), frozen(user));
  } catch (error) {
    if (error instanceof ScimError && error.status === 400) return undefined;
    throw error;
  }
}

/** The text that is stored, which does not depend on the order of names. */
function documentOf(user: JsonObject | undefined): string | undefined {
  return user && toDocument(type, user);
}

describe("a PATCH", () => {
  it("changes nothing of what it is given, and is refused with 400 or done", () => {
    fc.assert(
      fc.property(users, fc.array(operations, { maxLength: 5 }), (user, sent) => {
        const before = JSON.stringify([user, sent]);
        patched(user, sent);
        return JSON.stringify([user, sent]) === before;
      }),
      runs,
    );
  });

  it("leaves attributes in canonical form", () => {
    fc.assert(
      fc.property(users, fc.array(operations, { maxLength: 3 }), (user, sent) => {
        const result = patched(user, sent);
        if (result === undefined) return;
        const stored = parseDocument(toDocument(type, result));
        expect(parseResource(type, stored).attributes).toEqual(result);
      }),
      runs,
    );
  });

  it("comes back with the same object exactly when the document stays the same", () => {
    fc.assert(
      fc.property(users, fc.array(operations, { maxLength: 3 }), (user, sent) => {
        const result = patched(user, sent);
        if (result === undefined) return true;
        return (result === user) === (documentOf(result) === documentOf(user));
      }),
      runs,
    );
  });

  it("of several operations does what they do one after the other, or nothing", () => {
    fc.assert(
      fc.property(users, operations, operations, (user, first, second) => {
        const between = patched(user, [first]);
        const apart = between && patched(between, [second]);
        expect(documentOf(patched(user, [first, second]))).toBe(documentOf(apart));
      }),
      runs,
    );
  });

  it("that is sent twice does what it does once", () => {
    fc.assert(
      fc.property(users, repeatable, (user, operation) => {
        const once = patched(user, [operation]);
        if (once !== undefined) expect(patched(once, [operation])).toBe(once);
      }),
      runs,
    );
  });

  it("of repeatable operations is mostly done, so that the properties say something", () => {
    const done = fc.sample(fc.tuple(users, repeatable), { numRuns: 500, seed: 1 });
    const results = done.map(([user, operation]) => ({ user, result: patched(user, [operation]) }));
    expect(results.filter(({ result }) => result !== undefined).length).toBeGreaterThan(400);
    expect(results.filter(({ user, result }) => result !== user).length).toBeGreaterThan(200);
  });

  it("has at most one primary value afterwards", () => {
    fc.assert(
      fc.property(users, fc.array(operations, { maxLength: 4 }), (user, sent) => {
        const text = documentOf(patched(user, sent)) ?? "";
        const lists = [...text.matchAll(/"(?:emails|roles)":\[.*?\]/g)].map(([list]) => list);
        return lists.every((list) => list.split('"primary":true').length <= 2);
      }),
      runs,
    );
  });

  it("with hostile names changes no prototype", () => {
    const before = [Object.prototype, Array.prototype, Function.prototype].map(Reflect.ownKeys);
    fc.assert(
      fc.property(users, fc.array(hostileOperations, { maxLength: 3 }), (user, sent) => {
        const result = patched(user, sent);
        expect(JSON.stringify(result ?? {})).not.toContain("polluted");
        expect(Object.getPrototypeOf(result ?? {})).toBe(Object.prototype);
      }),
      runs,
    );
    expect([Object.prototype, Array.prototype, Function.prototype].map(Reflect.ownKeys)).toEqual(before);
  });
});
