import type { ListenerLimits } from "./types.ts";

/**
 * How long a connection that we have finished with may stay, so that the peer can read our last words
 * before unread input turns the close into a reset.
 */
export const LINGER_MS = 500;

/** When the kernel starts to probe a silent peer; frees sockets whose peer has vanished. */
export const TCP_KEEP_ALIVE_DELAY_MS = 30_000;

/** Contradictory limits stop the start, with every fault named at once. */
export function checkLimits(limits: ListenerLimits): void {
  const faults = Object.entries(limits)
    .filter(([, value]) => !Number.isSafeInteger(value) || value < 1)
    .map(([name, value]) => `${name} is ${value}`);
  if (faults.length > 0) {
    throw new RangeError(`Listener limits must be positive integers: ${faults.join(", ")}.`);
  }
}

/**
 * Node refuses a headersTimeout above requestTimeout with ERR_OUT_OF_RANGE. The head is part of the request,
 * so the shorter of the two is what such limits already mean.
 */
export function headersTimeoutMs(limits: ListenerLimits): number {
  return Math.min(limits.headersTimeoutMs, limits.requestTimeoutMs);
}

/** How often Node looks for expired HTTP/1 requests: what a request may overstay its timeout by. */
export function checkingIntervalMs(limits: ListenerLimits): number {
  return Math.min(1_000, Math.max(20, Math.ceil(headersTimeoutMs(limits) / 4)));
}

/** A bucket of `burst` tokens that refills at `ratePerSecond`. Returns whether there was one to take. */
export function createTokenBucket(burst: number, ratePerSecond: number, nowMs: () => number): () => boolean {
  let tokens = burst;
  let filledAtMs = nowMs();
  return () => {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - filledAtMs) / 1_000) * ratePerSecond);
    filledAtMs = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
