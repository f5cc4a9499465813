import type * as http from "node:http";
import type * as http2 from "node:http2";

/** A request as the handler gets it: Node's own objects, of either protocol. */
export type NodeRequest = http.IncomingMessage | http2.Http2ServerRequest;
export type NodeResponse = http.ServerResponse | http2.Http2ServerResponse;

/** All are positive integers. What each one bounds, and with what answer, is in README.md. */
export interface ListenerLimits {
  readonly headersMaxBytes: number;
  readonly headersMaxCount: number;
  /** From accept (and again from the end of a TLS handshake) until the connection has begun to speak. */
  readonly firstByteTimeoutMs: number;
  /** Whole request head, HTTP/1. Never more than requestTimeoutMs, which bounds the head too. */
  readonly headersTimeoutMs: number;
  /** Whole request, HTTP/1; whole request body, HTTP/2. Also how long an HTTP/1 response may be unread. */
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Requests in flight on one connection: streams of a session, pipelined requests of a socket. */
  readonly http2StreamsMax: number;
  readonly http2ResetBurst: number;
  readonly http2ResetRatePerSecond: number;
  /** How long a session may have no stream, a PING no answer, and a written response no taker. */
  readonly http2IdleTimeoutMs: number;
  readonly http2SessionMemoryMaxMiB: number;
  readonly socketsMax: number;
  readonly socketsPerIpMax: number;
}

export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  readonly limits: ListenerLimits;
  /** What it throws (or, if it is async, rejects with) becomes a 500 or a cut response. */
  readonly handler: (req: NodeRequest, res: NodeResponse) => void;
  /** True for a request whose body may stay open (bidi streaming, so HTTP/2 only): no body timer. */
  readonly isLongLived?: (req: NodeRequest) => boolean;
  /** Socket and session faults, which clients cause at will: for debug logs only. */
  readonly onConnectionError?: (error: Error) => void;
  readonly onHandlerError?: (error: unknown) => void;
}

export interface Listener {
  /** Rejects with the bind error, and after drain() was called. */
  listen(): Promise<{ host: string; port: number }>;
  /**
   * Stops gracefully: refuses new connections, lets requests in flight finish, closes the rest, and destroys
   * what is left after graceMs. Resolves when every socket is gone and says whether that took force.
   * A further call cannot lengthen the grace, only shorten it (a second SIGTERM may pass 0).
   */
  drain(graceMs: number): Promise<{ forced: boolean }>;
  readonly stats: () => { sockets: number; http2Sessions: number };
}

/** Takes faults that are the client's doing; see ListenerOptions.onConnectionError. */
export type ReportFault = (error: Error) => void;
