import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { createTokenBucket, LINGER_MS } from "./limits.ts";
import type { ListenerLimits } from "./types.ts";

/**
 * Sees to it that a session ends although its peer is idle, never reads, has vanished, or opens streams only
 * to have them reset. Node has no such timers, and its own limit on resets lets many more handlers run (457 to
 * 1,300 where this one stops at 201, for a burst of 200).
 */
export function guardSession(session: ServerHttp2Session, socket: Socket, limits: ListenerLimits): void {
  const streams = new Map<ServerHttp2Stream, number>();
  const periodMs = limits.http2IdleTimeoutMs;
  const takeReset = createTokenBucket(limits.http2ResetBurst, limits.http2ResetRatePerSecond, () =>
    performance.now(),
  );
  let pingUnanswered = false;
  let timer = setTimeout(onIdle, periodMs).unref();

  function rearm(onTime: () => void): void {
    clearTimeout(timer);
    if (!socket.destroyed) timer = setTimeout(onTime, periodMs).unref();
  }

  /** PINGs of the peer do not postpone this: only a stream is use. */
  function onIdle(): void {
    // Second time: GOAWAY was sent, or could not be, and the peer has not left.
    if (session.closed || session.destroyed) {
      socket.destroy();
      return;
    }
    rearm(onIdle);
    session.close();
  }

  function onBusyPeriod(): void {
    // A closing session can no longer ask with PING, so it gets one period to finish.
    if (session.closed || session.destroyed || pingUnanswered) {
      socket.destroy();
      return;
    }
    pingUnanswered = true;
    session.ping((error) => {
      if (error === null) pingUnanswered = false;
    });
    endStalledStreams(streams);
    rearm(onBusyPeriod);
  }

  session.on("stream", (stream) => {
    if (streams.size === 0) rearm(onBusyPeriod);
    streams.set(stream, 0);
    stream.once("close", () => {
      streams.delete(stream);
      if (streams.size === 0) rearm(onIdle);
      if (stream.rstCode === constants.NGHTTP2_NO_ERROR || takeReset() || session.destroyed) return;
      session.destroy(new Error("too many stream resets"), constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
  });
  socket.once("close", () => clearTimeout(timer));
  // 'finish' is our FIN: all is written, and there is nothing more to say to a peer that keeps its half open.
  socket.once("finish", () => void setTimeout(() => socket.destroy(), LINGER_MS).unref());
}

/**
 * A stream whose unsent bytes have not changed for a whole period has a reader that opens no window. The
 * session may look alive all the while, so its PING says nothing about this.
 */
function endStalledStreams(streams: Map<ServerHttp2Stream, number>): void {
  for (const [stream, unsentBefore] of streams) {
    const unsent = stream.bufferSize;
    if (unsent > 0 && unsent === unsentBefore) stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    else streams.set(stream, unsent);
  }
}
