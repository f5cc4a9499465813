import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMembersFold } from "../../../src/scim/patch/members-fold.ts";
import { type MembersPatch, parsePatch } from "../../../src/scim/patch/parse.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { messageOf } from "./support.ts";

type Step = readonly [op: "add" | "remove" | "replace", ids: readonly string[]];

const ids = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 4 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.tuple(fc.constantFrom("add" as const, "remove" as const, "replace" as const), ids),
  { maxLength: 6 },
);

function folded(all: readonly Step[]): MembersPatch | undefined {
  const fold = createMembersFold();
  for (const [op, each] of all) fold[op](each);
  return fold.result();
}

/** What the steps do to a group one by one. */
function stepped(members: readonly string[], all: readonly Step[]): Set<string> {
  let current = new Set(members);
  for (const [op, each] of all) {
    if (op === "replace") current = new Set(each);
    for (const id of each) {
      if (op === "remove") current.delete(id);
      else current.add(id);
    }
  }
  return current;
}

function changed(members: readonly string[], patch: MembersPatch | undefined): Set<string> {
  if (patch === undefined) return new Set(members);
  if (patch.kind === "replace") return new Set(patch.members);
  return stepped(members, [
    ["remove", patch.remove],
    ["add", patch.add],
  ]);
}

describe("a fold of member operations", () => {
  it("does to any group what the operations do to it one by one", () => {
    fc.assert(
      fc.property(ids, steps, (members, all) => {
        expect(changed(members, folded(all))).toEqual(stepped(members, all));
      }),
      { numRuns: 2_000 },
    );
  });

  it("has no id in both lists, nor twice in one", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const patch = folded(all);
        const named = patch?.kind === "delta" ? [...patch.add, ...patch.remove] : (patch?.members ?? []);
        expect(new Set(named).size).toBe(named.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes 200,000 steps of one id each in well under the time that copying the list at each would", () => {
    const fold = createMembersFold();
    const startMs = performance.now();
    for (let index = 0; index < 100_000; index += 1) {
      fold.add([`m${index}`]);
      fold.remove([`m${index - 50}`]);
    }
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(fold.result()).toMatchObject({ add: { length: 50 }, remove: { length: 100_000 } });
  });
});

describe("a PATCH of a group", () => {
  it("takes 1,000 operations on 10,000 members in order", () => {
    const groups = Array.from({ length: 1_000 }, (_, index) =>
      Array.from({ length: 10 }, (_, each) => ({ value: `m${index}-${each}`, $ref: null })),
    );
    const sent = groups.map((value, index) => ({
      op: index % 2 === 0 ? "Add" : "Remove",
      path: "members",
      value,
    }));
    const startMs = performance.now();
    const { edits, members } = parsePatch(resourceTypes.Group, messageOf(sent));
    expect(performance.now() - startMs).toBeLessThan(2_000);
    expect(edits).toEqual([]);
    expect(members).toMatchObject({ kind: "delta", add: { length: 5_000 }, remove: { length: 5_000 } });
  });
});
