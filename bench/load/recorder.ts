/** Collects what callers see, from the end of the ramp to the end of the run. */
import { percentile } from "../statistics.ts";

export interface LoadResult {
  readonly requests: number;
  /** Answers that were not the success of their protocol, and connections that broke. */
  readonly failures: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Recorder {
  record(latencyMs: number, ok: boolean): void;
  start(): void;
  finish(): LoadResult;
}

export function createRecorder(): Recorder {
  let startMs: number | undefined;
  let failures = 0;
  const latenciesMs: number[] = [];
  return {
    record(latencyMs, ok) {
      // A failure counts even in the ramp: nothing may fail here.
      if (!ok) failures += 1;
      else if (startMs !== undefined) latenciesMs.push(latencyMs);
    },
    start() {
      startMs = performance.now();
    },
    finish() {
      const seconds = (performance.now() - (startMs ?? 0)) / 1000;
      return {
        requests: latenciesMs.length,
        failures,
        seconds,
        p50Ms: percentile(latenciesMs, 0.5),
        p99Ms: percentile(latenciesMs, 0.99),
      };
    },
  };
}
