import type { Socket } from "node:net";

/** What every HTTP/2 client sends first (RFC 9113 section 3.4). */
export const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export type Protocol = "http/1.1" | "h2";

/** Undecided while all that came is the beginning of the preface. */
export function protocolOf(seen: Buffer): Protocol | undefined {
  const compared = Math.min(seen.length, HTTP2_PREFACE.length);
  if (seen.compare(HTTP2_PREFACE, 0, compared, 0, compared) !== 0) return "http/1.1";
  return compared === HTTP2_PREFACE.length ? "h2" : undefined;
}

/**
 * Waits until the peer has shown what it speaks, then calls `decided` with all bytes put back for the next
 * reader. A peer that stays silent, stops inside the preface or leaves is cut, and `decided` is not called.
 */
export function sniff(socket: Socket, timeoutMs: number, decided: (protocol: Protocol) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const cut = () => socket.destroy();
  const timer = setTimeout(cut, timeoutMs).unref();

  function stop(): void {
    clearTimeout(timer);
    socket.off("readable", read);
    socket.off("end", cut);
    socket.off("close", stop);
  }

  function read(): void {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    seen = seen.length === 0 ? chunk : Buffer.concat([seen, chunk]);
    const protocol = protocolOf(seen);
    if (protocol === undefined) return;
    stop();
    socket.unshift(seen);
    decided(protocol);
  }

  socket.on("readable", read);
  socket.on("end", cut);
  socket.on("close", stop);
}
