import { createTokenBuckets, type TokenBuckets } from "../../../src/server/rate-limit/token-bucket.ts";

export interface Setup {
  readonly buckets: TokenBuckets;
  readonly clock: { nowMs: number };
}

/** Buckets with a clock that the test moves. */
export function setup(options: { perSecond: number; burst: number; keysMax?: number }): Setup {
  const clock = { nowMs: 1_000_000 };
  return { clock, buckets: createTokenBuckets({ ...options, nowMs: () => clock.nowMs }) };
}

/** Takes so many times, and counts how often it was allowed. */
export function takeMany(buckets: TokenBuckets, key: string, times: number): number {
  let count = 0;
  for (let index = 0; index < times; index += 1) if (buckets.take(key).allowed) count += 1;
  return count;
}
