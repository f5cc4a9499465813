import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Setup, setup, takeMany } from "./support.ts";

describe("the memory of token buckets", () => {
  it.each([2, 3, 10, 11])("never holds more than %i keys", (keysMax) => {
    const { buckets } = setup({ perSecond: 1, burst: 1, keysMax });
    fc.assert(
      fc.property(fc.nat({ max: 3 * keysMax }), (key) => {
        buckets.take(String(key));
        expect(buckets.size).toBeLessThanOrEqual(keysMax);
      }),
      { numRuns: 500 },
    );
  });

  it("remembers a key through the next keysMax / 2 others, counted from its last use", () => {
    for (const before of [0, 1, 49, 50, 99]) {
      const { buckets } = setup({ perSecond: 1, burst: 1, keysMax: 100 });
      for (let index = 0; index < before; index += 1) buckets.take(`before ${index}`);
      for (let round = 0; round < 5; round += 1) {
        buckets.take("a");
        for (let index = 0; index < 50; index += 1) buckets.take(`${round} ${index}`);
        expect(buckets.peek("a").allowed).toBe(false);
      }
    }
  });

  it("forgets a key after keysMax others", () => {
    const { buckets } = setup({ perSecond: 1, burst: 1, keysMax: 100 });
    buckets.take("a");
    for (let index = 0; index < 100; index += 1) buckets.take(String(index));
    expect(buckets.peek("a")).toEqual({ allowed: true });
  });

  it("stays within 100,000 keys under a flood of a million", () => {
    const { buckets } = setup({ perSecond: 10, burst: 20 });
    const startMs = performance.now();
    let largest = 0;
    for (let index = 0; index < 1_000_000; index += 1) {
      buckets.take(`10.${index}`);
      largest = Math.max(largest, buckets.size);
    }
    expect(largest).toBe(100_000);
    // Generous: it takes about a second; what looks at many keys for each new one takes a minute or hours.
    expect(performance.now() - startMs).toBeLessThan(10_000);
  });

  it("lets go of keys that have been full again for a while, and of no other", () => {
    const { buckets, clock } = setup({ perSecond: 10, burst: 20 });
    for (let index = 0; index < 1_000; index += 1) buckets.take(`old ${index}`);
    clock.nowMs += 1_999;
    buckets.take("a");
    expect(buckets.size).toBe(1_001);
    takeMany(buckets, "b", 20);
    clock.nowMs += 1;
    buckets.take("c");
    expect(buckets.peek("b").allowed).toBe(false);
    clock.nowMs += 2_000;
    buckets.take("d");
    expect(buckets.size).toBe(2);
  });

  it("answers the same as if it never forgot, while the keys are few", () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 2_000 })), { maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        steps,
        (perSecond, burst, uses) => {
          const together = setup({ perSecond, burst });
          const apart = new Map<number, Setup>();
          for (const [key, waitMs] of uses) {
            together.clock.nowMs += waitMs;
            // One key alone is never forgotten: there is no other key whose arrival could make it.
            const alone = apart.get(key) ?? setup({ perSecond, burst });
            apart.set(key, alone);
            alone.clock.nowMs = together.clock.nowMs;
            expect(together.buckets.take(String(key))).toEqual(alone.buckets.take(String(key)));
          }
        },
      ),
    );
  });
});
