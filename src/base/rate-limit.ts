export type RateVerdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number };

/** Counts one event for a key. */
export interface RateLimit {
  take(key: string): RateVerdict;
}
