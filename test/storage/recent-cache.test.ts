import { describe, expect, it } from "vitest";
import { createRecentCache } from "../../src/storage/recent-cache.ts";

describe("a recent cache", () => {
  it("answers what was set last for a key, and nothing for others", () => {
    const cache = createRecentCache<number>(2);
    cache.set("a", 1);
    cache.set("a", 2);
    expect([cache.get("a"), cache.get("b")]).toEqual([2, undefined]);
  });

  it("drops what was not asked for the longest once there are too many", () => {
    const cache = createRecentCache<number>(3);
    for (const [at, key] of ["a", "b", "c"].entries()) cache.set(key, at);
    cache.get("a");
    cache.set("b", 10);
    cache.set("d", 3);
    expect(["a", "b", "c", "d"].map((key) => cache.get(key))).toEqual([0, 10, undefined, 3]);
  });

  it("keeps all of its size when one of them is set again", () => {
    const cache = createRecentCache<number>(2);
    cache.set("a", 1);
    cache.set("b", 2);
    cache.set("b", 3);
    expect([cache.get("a"), cache.get("b")]).toEqual([1, 3]);
  });
});
