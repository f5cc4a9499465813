import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { createDispatch } from "./dispatch.ts";
import { createDrain } from "./drain.ts";
import { createHttp1, type Http1Side } from "./http1.ts";
import { createHttp2, type Http2Side } from "./http2.ts";
import { checkLimits } from "./limits.ts";
import { type Protocol, sniff } from "./sniff.ts";
import { createSocketRegistry, type SocketRegistry } from "./sockets.ts";
import type { Listener, ListenerOptions, ReportFault } from "./types.ts";

export type { Listener, ListenerLimits, ListenerOptions, NodeRequest, NodeResponse } from "./types.ts";

/** One TCP port that speaks HTTP/1.1 and HTTP/2, in clear or in TLS; see README.md. */
export function createListener(options: ListenerOptions): Listener {
  checkLimits(options.limits);
  const report = createReport(options);
  const dispatch = createDispatch(options, report);
  const http1 = createHttp1(options, dispatch, report);
  const http2 = createHttp2(options, dispatch, report);
  const registry = createSocketRegistry(options.limits);
  const drain = createDrain(registry, http1, http2);
  let drained = false;

  acceptConnections(options, http1, http2, registry, report);
  return {
    listen: async () => {
      if (drained) throw new Error("A listener that was drained does not listen again.");
      return await listen(http1, options, report);
    },
    drain: (graceMs) => {
      drained = true;
      return drain(graceMs);
    },
    stats: () => ({ sockets: registry.size(), http2Sessions: http2.sessionCount() }),
  };
}

/** TCP accept, then TLS if there is any, then the sniff, then the protocol: each step may be the last. */
function acceptConnections(
  { tls, limits }: ListenerOptions,
  http1: Http1Side,
  http2: Http2Side,
  registry: SocketRegistry,
  report: ReportFault,
): void {
  const serveHttp1 = http1.takeOver(tls === undefined ? "connection" : "secureConnection");

  function decide(socket: Socket): void {
    sniff(socket, limits.firstByteTimeoutMs, (protocol) => {
      registry.settle(socket);
      if (!isAgreed(socket, protocol)) socket.destroy();
      else if (protocol === "h2") http2.serve(socket);
      else serveHttp1(http1.track(socket));
    });
  }

  let accepted = decide;
  if (tls !== undefined) {
    accepted = http1.takeOver("connection");
    http1.server.on("secureConnection", (socket: Socket) => {
      socket.on("error", report);
      decide(socket);
    });
  }
  http1.server.on("connection", (socket: Socket) => {
    socket.on("error", report);
    // Counted before the handshake, so that handshakes are under the caps too.
    if (registry.admit(socket)) accepted(socket);
    else socket.destroy();
  });
}

/** In TLS, HTTP/2 is only for those who agreed on it (RFC 9113 section 3.2); in clear there is only the preface. */
function isAgreed(socket: Socket, protocol: Protocol): boolean {
  if (!(socket instanceof TLSSocket)) return true;
  return protocol === (socket.alpnProtocol === "h2" ? "h2" : "http/1.1");
}

function listen(
  { server }: Http1Side,
  { host, port }: ListenerOptions,
  report: ReportFault,
): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      server.on("error", report);
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === "string") reject(new Error("not a TCP port"));
      else resolve({ host: address.address, port: address.port });
    });
  });
}

/**
 * The hook is for logs: whatever it throws must not reach an event handler of Node. One fault arrives here as
 * the error of a stream, a session and a socket, and is passed on once.
 */
function createReport({ onConnectionError }: ListenerOptions): ReportFault {
  const reported = new WeakSet<Error>();
  return (error) => {
    if (reported.has(error)) return;
    reported.add(error);
    try {
      onConnectionError?.(error);
    } catch {
      // Nowhere to report a failing report to.
    }
  };
}
