import type { Http1Side } from "./http1.ts";
import type { Http2Side } from "./http2.ts";
import type { SocketRegistry } from "./sockets.ts";

const SWEEP_INTERVAL_MS = 50;

type Drain = (graceMs: number) => Promise<{ forced: boolean }>;

/** See Listener.drain for what is promised. */
export function createDrain(registry: SocketRegistry, http1: Http1Side, http2: Http2Side): Drain {
  let gone: Promise<void> | undefined;
  let forced = false;

  async function begin(): Promise<void> {
    http1.beginDrain();
    http2.beginDrain();
    // A connection that has said nothing is in the middle of nothing.
    for (const socket of registry.unsettled()) socket.destroy();
    // Once is not enough: a response whose head was already out could not ask its client to leave.
    const sweep = setInterval(() => http1.sweepIdle(), SWEEP_INTERVAL_MS).unref();
    http1.sweepIdle();
    try {
      await registry.whenEmpty();
    } finally {
      clearInterval(sweep);
      http1.endDrain();
    }
  }

  return async (graceMs) => {
    gone ??= begin();
    const force = setTimeout(() => {
      forced = true;
      registry.destroyAll();
    }, graceMs).unref();
    await gone;
    clearTimeout(force);
    return { forced };
  };
}
