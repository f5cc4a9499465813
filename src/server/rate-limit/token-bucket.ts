/**
 * Token buckets in memory, one per key: `burst` requests at once, and `perSecond` of them come back.
 *
 * Keys live in two generations. A use moves a key into the young one; when that is half of `keysMax`, or as old as an
 * empty bucket takes to fill, it becomes the old one and the old one is dropped whole. By age that loses nothing,
 * since whoever is dropped has a full bucket, which is the same as none. By size it means that a key is kept for
 * at least the next `keysMax / 2` other keys, and at worst gets its burst again after more. No timer, no scan:
 * deleting a Map's first key again and again, the usual way, takes V8 longer with each key (36 s for a million).
 */

export interface TokenBucketOptions {
  /** Whole or not; 0 switches the limit off. */
  readonly perSecond: number;
  /** At least 1, unless the limit is off. */
  readonly burst: number;
  readonly nowMs: () => number;
  readonly keysMax?: number;
}

export type TakeResult =
  | { readonly allowed: true }
  /** After so many seconds a request is allowed again, if no other comes before it. */
  | { readonly allowed: false; readonly retryAfterSeconds: number };

export interface TokenBuckets {
  /** Takes one token when there is one. A refusal takes nothing, so waiting always helps. */
  take(key: string): TakeResult;
  /** What `take` would answer, without taking: for a limit that counts failures and must be asked before the try. */
  peek(key: string): TakeResult;
  /** Number of keys in memory. */
  readonly size: number;
}

interface Bucket {
  tokens: number;
  updatedMs: number;
}

const keysMaxDefault = 100_000;
const allowed: TakeResult = { allowed: true };
/** Refilling by fractions loses a little each time; a client that waited as told must not be refused for that. */
const rounding = 1e-6;

export function createTokenBuckets(options: TokenBucketOptions): TokenBuckets {
  check(options);
  return options.perSecond === 0 ? unlimited : limited(options);
}

const unlimited: TokenBuckets = { take: () => allowed, peek: () => allowed, size: 0 };

function limited({ perSecond, burst, nowMs, keysMax = keysMaxDefault }: TokenBucketOptions): TokenBuckets {
  const buckets = createGenerations({
    sizeMax: Math.floor(keysMax / 2),
    ageMaxMs: (burst / perSecond) * 1_000,
  });

  const tokensAt = (bucket: Bucket, atMs: number): number => {
    // A clock that was set back gives nothing, and takes nothing either.
    const elapsedMs = Math.max(0, atMs - bucket.updatedMs);
    return Math.min(burst, bucket.tokens + (elapsedMs / 1_000) * perSecond);
  };

  const verdict = (tokens: number): TakeResult => {
    if (tokens >= 1 - rounding) return allowed;
    return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((1 - tokens) / perSecond)) };
  };

  return {
    take(key) {
      const atMs = nowMs();
      const bucket = buckets.use(key, atMs) ?? buckets.add(key, { tokens: burst, updatedMs: atMs });
      const tokens = tokensAt(bucket, atMs);
      const result = verdict(tokens);
      bucket.tokens = result.allowed ? Math.max(0, tokens - 1) : tokens;
      bucket.updatedMs = atMs;
      return result;
    },
    peek(key) {
      const bucket = buckets.find(key);
      return bucket === undefined ? allowed : verdict(tokensAt(bucket, nowMs()));
    },
    get size() {
      return buckets.size();
    },
  };
}

interface Generations {
  find(key: string): Bucket | undefined;
  /** Finds the bucket and keeps it young. */
  use(key: string, atMs: number): Bucket | undefined;
  /** Only for a key that `use` has just not found. */
  add(key: string, bucket: Bucket): Bucket;
  size(): number;
}

function createGenerations({ sizeMax, ageMaxMs }: { sizeMax: number; ageMaxMs: number }): Generations {
  let young = new Map<string, Bucket>();
  let old = new Map<string, Bucket>();
  let bornMs: number | undefined;

  const renew = (atMs: number): void => {
    // Also after the clock was set back, so that it does not have to catch up first.
    if (bornMs === undefined || atMs < bornMs) bornMs = atMs;
    if (young.size < sizeMax && atMs - bornMs < ageMaxMs) return;
    old = young;
    young = new Map();
    bornMs = atMs;
  };

  return {
    find: (key) => young.get(key) ?? old.get(key),
    use(key, atMs) {
      const known = young.get(key);
      if (known !== undefined) return known;
      const returning = old.get(key);
      renew(atMs);
      if (returning === undefined) return undefined;
      old.delete(key);
      young.set(key, returning);
      return returning;
    },
    add(key, bucket) {
      young.set(key, bucket);
      return bucket;
    },
    size: () => young.size + old.size,
  };
}

function check({ perSecond, burst, keysMax = keysMaxDefault }: TokenBucketOptions): void {
  if (!Number.isFinite(perSecond) || perSecond < 0) throw new RangeError(`perSecond is ${perSecond}`);
  if (perSecond > 0 && !(Number.isFinite(burst) && burst >= 1)) throw new RangeError(`burst is ${burst}`);
  if (!Number.isInteger(keysMax) || keysMax < 2) throw new RangeError(`keysMax is ${keysMax}`);
}
