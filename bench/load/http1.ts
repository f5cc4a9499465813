/** HTTP/1.1 with keep-alive, by autocannon: a connection for each caller. */
import autocannon, { type Client } from "autocannon";
import type { Load } from "./call.ts";
import type { Recorder } from "./recorder.ts";

const sampleMs = 50;
/** Longer than any run: `stop` ends it. */
const durationSeconds = 3600;
const acceptMs = 50;

export interface Http1Load {
  /** Callers take turns over them. */
  readonly urls: readonly string[];
  readonly callers: number;
  /** Called with each connection before its first request. */
  readonly setupClient: (client: Client) => void;
  readonly isSuccess: (status: number) => boolean;
}

export function startHttp1Load(
  { urls, callers, setupClient, isSuccess }: Http1Load,
  recorder: Recorder,
): Load {
  const run = autocannon({
    url: urls,
    method: "POST",
    setupClient,
    connections: callers,
    duration: durationSeconds,
    sampleInt: sampleMs,
  });
  // autocannon's own histogram counts whole milliseconds.
  run.on("response", (_client, status, _bytes, ms) => recorder.record(ms, isSuccess(status)));
  letAllIn();
  return {
    async stop() {
      run.stop();
      const { errors, timeouts } = await run;
      for (let failure = 0; failure < errors + timeouts; failure += 1) recorder.record(0, false);
    },
  };
}

/**
 * A busy Node accepts one connection in each turn of its event loop (libuv 1.52), so that the last of 64 callers would
 * wait for seconds while the first ones are served. The kernel connects them all while this process stands still, and
 * the server, which has nothing to answer yet, takes them in.
 */
function letAllIn(): void {
  // Sockets begin to connect in the next tick: this one comes after theirs.
  process.nextTick(() => Atomics.wait(never, 0, 0, acceptMs));
}

const never = new Int32Array(new SharedArrayBuffer(4));
