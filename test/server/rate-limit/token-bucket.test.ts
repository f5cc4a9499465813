import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setup, takeMany } from "./support.ts";

describe("a token bucket", () => {
  it.each([1, 2, 200])("allows a burst of exactly %i and refuses one more", (burst) => {
    const { buckets } = setup({ perSecond: 50, burst });
    expect(takeMany(buckets, "a", burst)).toBe(burst);
    expect(buckets.take("a")).toEqual({ allowed: false, retryAfterSeconds: 1 });
  });

  it("gives back one request per interval and not a millisecond sooner", () => {
    const { buckets, clock } = setup({ perSecond: 50, burst: 3 });
    takeMany(buckets, "a", 3);
    clock.nowMs += 19;
    expect(buckets.take("a").allowed).toBe(false);
    clock.nowMs += 1;
    expect(takeMany(buckets, "a", 2)).toBe(1);
  });

  it("never holds more than its burst, however long nobody came", () => {
    const { buckets, clock } = setup({ perSecond: 50, burst: 5 });
    takeMany(buckets, "a", 5);
    clock.nowMs += 1e12;
    expect(takeMany(buckets, "a", 100)).toBe(5);
  });

  it("allows exactly burst + seconds × rate under a steady flood", () => {
    const { buckets, clock } = setup({ perSecond: 50, burst: 200 });
    let count = 0;
    for (let index = 0; index < 10_000; index += 1) {
      count += takeMany(buckets, "a", 1);
      clock.nowMs += 1;
    }
    expect(count).toBe(200 + 499);
  });

  it("tells a slow limit's wait in whole seconds, rounded up", () => {
    const { buckets, clock } = setup({ perSecond: 0.1, burst: 1 });
    buckets.take("a");
    expect(buckets.take("a")).toEqual({ allowed: false, retryAfterSeconds: 10 });
    clock.nowMs += 2_500;
    expect(buckets.take("a")).toEqual({ allowed: false, retryAfterSeconds: 8 });
    clock.nowMs += 7_499;
    expect(buckets.take("a")).toEqual({ allowed: false, retryAfterSeconds: 1 });
    clock.nowMs += 1;
    expect(buckets.take("a").allowed).toBe(true);
  });

  it("allows whoever waited as long as the refusal said, after any history", () => {
    const steps = fc.array(fc.nat({ max: 3_000 }), { maxLength: 60 });
    const rates = fc.double({ min: 0.01, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 20 }), steps, (perSecond, burst, waits) => {
        const { buckets, clock } = setup({ perSecond, burst });
        for (const waitMs of waits) {
          clock.nowMs += waitMs;
          buckets.take("a");
        }
        takeMany(buckets, "a", burst + 1);
        const refused = buckets.peek("a");
        if (refused.allowed) return;
        expect(Number.isInteger(refused.retryAfterSeconds)).toBe(true);
        expect(refused.retryAfterSeconds).toBeGreaterThanOrEqual(1);
        clock.nowMs += refused.retryAfterSeconds * 1_000;
        expect(buckets.take("a")).toEqual({ allowed: true });
      }),
    );
  });

  it("never allows more than burst + elapsed × rate, on a clock that only advances", () => {
    const steps = fc.array(fc.nat({ max: 500 }), { maxLength: 100 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 20 }),
        steps,
        (perSecond, burst, waits) => {
          const { buckets, clock } = setup({ perSecond, burst });
          const startMs = clock.nowMs;
          let count = 0;
          for (const waitMs of waits) {
            clock.nowMs += waitMs;
            count += takeMany(buckets, "a", 3);
          }
          const most = burst + ((clock.nowMs - startMs) / 1_000) * perSecond;
          expect(count).toBeLessThanOrEqual(most + 0.001);
        },
      ),
    );
  });

  it("keeps keys apart", () => {
    const { buckets } = setup({ perSecond: 1, burst: 2 });
    expect(takeMany(buckets, "a", 5)).toBe(2);
    expect(takeMany(buckets, "b", 5)).toBe(2);
    expect(takeMany(buckets, "__proto__", 5)).toBe(2);
    expect(takeMany(buckets, "", 5)).toBe(2);
  });

  it("peeks without taking", () => {
    const { buckets } = setup({ perSecond: 1, burst: 1 });
    for (let index = 0; index < 5; index += 1) expect(buckets.peek("a")).toEqual({ allowed: true });
    expect(buckets.size).toBe(0);
    buckets.take("a");
    expect(buckets.peek("a")).toEqual({ allowed: false, retryAfterSeconds: 1 });
    expect(buckets.size).toBe(1);
  });

  it("is off at a rate of 0, and remembers nobody", () => {
    const { buckets } = setup({ perSecond: 0, burst: 0 });
    expect(takeMany(buckets, "a", 10_000)).toBe(10_000);
    expect(buckets.peek("a")).toEqual({ allowed: true });
    expect(buckets.size).toBe(0);
  });

  it.each([
    { perSecond: -1, burst: 1 },
    { perSecond: Number.NaN, burst: 1 },
    { perSecond: Number.POSITIVE_INFINITY, burst: 1 },
    { perSecond: 1, burst: 0.5 },
    { perSecond: 1, burst: Number.NaN },
    { perSecond: 1, burst: 1, keysMax: 0 },
  ])("refuses to exist with %o", (options) => {
    expect(() => setup(options)).toThrow(RangeError);
  });
});

describe("a clock that goes backwards", () => {
  it("gives no request for free, starves nobody, and counts on from its new time", () => {
    const { buckets, clock } = setup({ perSecond: 1, burst: 2 });
    takeMany(buckets, "a", 2);
    clock.nowMs -= 3_600_000;
    expect(buckets.take("a")).toEqual({ allowed: false, retryAfterSeconds: 1 });
    clock.nowMs += 1_000;
    expect(takeMany(buckets, "a", 5)).toBe(1);
  });

  it("never makes a wait that is not a whole number of seconds, wherever the clock jumps", () => {
    const jumps = fc.array(fc.integer({ min: -1e9, max: 1e9 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(jumps, (byMs) => {
        const { buckets, clock } = setup({ perSecond: 3, burst: 2 });
        for (const jumpMs of byMs) {
          clock.nowMs += jumpMs;
          for (let index = 0; index < 3; index += 1) {
            const result = buckets.take("a");
            if (!result.allowed) expect(result.retryAfterSeconds).toBe(1);
          }
          expect(takeMany(buckets, "a", 3)).toBe(0);
        }
      }),
    );
  });
});
