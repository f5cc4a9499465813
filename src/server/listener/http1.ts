import * as http from "node:http";
import * as https from "node:https";
import { Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Dispatch } from "./dispatch.ts";
import { checkingIntervalMs, headersTimeoutMs, LINGER_MS, TCP_KEEP_ALIVE_DELAY_MS } from "./limits.ts";
import type { ListenerLimits, ListenerOptions, ReportFault } from "./types.ts";

/**
 * The HTTP/1 half. Its server is the one that listens: Node enforces headersTimeout and requestTimeout only on
 * a server that got 'listening'.
 */
export interface Http1Side {
  readonly server: http.Server;
  /** Takes the listener off that Node installed for `event`, to be called by us once we know it should be. */
  takeOver(event: "connection" | "secureConnection"): (socket: Socket) => void;
  /** Announces a socket before it is given to Node's listener. Returns it. */
  track(socket: Socket): Socket;
  /** Stops listening, and asks clients to leave with their last response. */
  beginDrain(): void;
  /** Closes connections without a request; to be called again and again until none is left. */
  sweepIdle(): void;
  endDrain(): void;
}

type InFlight = Map<Duplex, Set<http.ServerResponse>>;

export function createHttp1(options: ListenerOptions, dispatch: Dispatch, report: ReportFault): Http1Side {
  const { limits } = options;
  const server = createServer(options);
  const inFlight: InFlight = new Map();
  let draining = false;

  server.on("request", (req, res) => {
    if (!enter(inFlight, limits, req, res)) return;
    if (draining) res.shouldKeepAlive = false;
    dispatch(req, res);
  });
  server.on("tlsClientError", (error: Error, socket: Socket) => {
    report(error);
    socket.destroy();
  });
  endStalledResponses(server, inFlight, limits);
  answerClientErrors(server, inFlight, report);

  return {
    server,
    takeOver: (event) => takeOver(server, event),
    track: (socket) => {
      inFlight.set(socket, new Set());
      socket.once("close", () => inFlight.delete(socket));
      return socket;
    },
    beginDrain: () => {
      draining = true;
      for (const responses of inFlight.values()) closeAfterLast(responses);
      // http.Server.close would also stop the timer behind headersTimeout and requestTimeout, and so give a
      // slow client the whole grace.
      NetServer.prototype.close.call(server, () => undefined);
    },
    sweepIdle: () => server.closeIdleConnections(),
    endDrain: () => void server.close(() => undefined),
  };
}

/** Counts a request as in flight until its response closes; cuts a connection that has too many. */
function enter(
  inFlight: InFlight,
  limits: ListenerLimits,
  req: http.IncomingMessage,
  res: http.ServerResponse,
): boolean {
  const responses = inFlight.get(req.socket);
  // Node runs all pipelined requests at once, without any bound of its own.
  if (responses === undefined || responses.size >= limits.http2StreamsMax) {
    req.socket.destroy();
    return false;
  }
  responses.add(res);
  res.once("close", () => responses.delete(res));
  return true;
}

function createServer({ limits, tls }: ListenerOptions): http.Server {
  const shared: http.ServerOptions = {
    maxHeaderSize: limits.headersMaxBytes,
    headersTimeout: headersTimeoutMs(limits),
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: checkingIntervalMs(limits),
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
    noDelay: true,
  };
  const server =
    tls === undefined
      ? http.createServer(shared)
      : https.createServer({
          ...shared,
          ...tls,
          ALPNProtocols: ["h2", "http/1.1"],
          minVersion: "TLSv1.2",
          handshakeTimeout: limits.firstByteTimeoutMs,
        });
  // Node's own listener would answer a failed handshake as if it were a bad request, into the broken TLS.
  server.removeAllListeners("tlsClientError");
  // One more than allowed, so that a Node that drops the excess still shows that there was some.
  server.maxHeadersCount = limits.headersMaxCount + 1;
  return server;
}

function takeOver(server: http.Server, event: string): (socket: Socket) => void {
  const [installed] = server.listeners(event);
  if (installed === undefined) throw new Error(`Node has no '${event}' listener to take over.`);
  server.removeAllListeners(event);
  return (socket) => void Reflect.apply(installed, server, [socket]);
}

/** "Connection: close" ends a connection after the response that carries it, so only the last may. */
function closeAfterLast(responses: Set<http.ServerResponse>): void {
  const last = [...responses].at(-1);
  if (last !== undefined && !last.headersSent) last.shouldKeepAlive = false;
}

/**
 * 'timeout' means that no byte moved. Between requests it ends a keep-alive connection; during a response it
 * is fatal only if something is waiting to be read by the client, because a handler may take its time.
 */
function endStalledResponses(server: http.Server, inFlight: InFlight, limits: ListenerLimits): void {
  // Later than Node's own check of requestTimeout, so that a slow request still gets its 408.
  server.timeout = limits.requestTimeoutMs + 2 * checkingIntervalMs(limits);
  server.on("timeout", (socket) => {
    const busy = (inFlight.get(socket)?.size ?? 0) > 0;
    if (!busy || socket.writableLength > 0) socket.destroy();
  });
}

function answerClientErrors(server: http.Server, inFlight: InFlight, report: ReportFault): void {
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    report(error);
    // Repeated for each chunk that follows the bad one.
    if (socket.writableEnded) return;
    const responses = [...(inFlight.get(socket) ?? [])];
    if (!socket.writable || !mayAnswer(responses)) {
      socket.destroy();
      return;
    }
    socket.end(`HTTP/1.1 ${statusLineFor(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    setTimeout(() => socket.destroy(), LINGER_MS).unref();
  });
}

/** An answer written past Node must not be taken for the one to an earlier request, nor land inside it. */
function mayAnswer(responses: readonly http.ServerResponse[]): boolean {
  return responses.every((res) => !res.headersSent && !res.req.complete) && responses.length <= 1;
}

function statusLineFor(code: string | undefined): string {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "408 Request Timeout";
    case "HPE_HEADER_OVERFLOW":
      return "431 Request Header Fields Too Large";
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return "413 Content Too Large";
    default:
      return "400 Bad Request";
  }
}
