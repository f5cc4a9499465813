import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { asError, type Dispatch } from "./dispatch.ts";
import { guardSession } from "./http2-session.ts";
import { guardBody } from "./http2-stream.ts";
import type { ListenerLimits, ListenerOptions, ReportFault } from "./types.ts";

/** The HTTP/2 half: a server that never listens and lives on the sockets that it is handed. */
export interface Http2Side {
  serve(socket: Socket): void;
  /** GOAWAY to all: streams in flight go on, no new ones. */
  beginDrain(): void;
  readonly sessionCount: () => number;
}

export function createHttp2(options: ListenerOptions, dispatch: Dispatch, report: ReportFault): Http2Side {
  const { limits } = options;
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer(serverOptions(limits), (req, res) => {
    guardBody(req, limits, options.isLongLived);
    dispatch(req, res);
  });
  // What Node would answer by itself, but without bounding the body that may follow.
  server.on("connect", refuseWith(405, limits));
  server.on("checkExpectation", refuseWith(417, limits));
  guardCompatibilityLayer(server, report);
  server.on("sessionError", report);

  function serve(socket: Socket): void {
    // http.Server accepts with allowHalfOpen, and http2 does not end its half when the client does: without
    // this every session stays in CLOSE-WAIT once its client has left.
    socket.allowHalfOpen = false;
    const onSession = (session: http2.ServerHttp2Session) => {
      sessions.add(session);
      session.once("close", () => sessions.delete(session));
      guardSession(session, socket, limits);
    };
    server.once("session", onSession);
    try {
      server.emit("connection", socket);
    } catch (error) {
      report(asError(error));
      socket.destroy();
    } finally {
      server.off("session", onSession);
    }
  }

  return {
    serve,
    beginDrain: () => {
      for (const session of [...sessions]) session.close();
    },
    sessionCount: () => sessions.size,
  };
}

function refuseWith(status: number, limits: ListenerLimits) {
  return (req: http2.Http2ServerRequest, res: http2.Http2ServerResponse) => {
    guardBody(req, limits);
    res.statusCode = status;
    res.end();
  };
}

/** Pseudo-header fields count as pairs in Node: method, scheme, authority, path and (RFC 8441) protocol. */
const PSEUDO_FIELDS_MAX = 5;

function serverOptions(limits: ListenerLimits): http2.ServerOptions {
  return {
    settings: {
      maxConcurrentStreams: limits.http2StreamsMax,
      // Node ends the stream with ENHANCE_YOUR_CALM above this size.
      maxHeaderListSize: limits.headersMaxBytes,
      enablePush: false,
    },
    // Room for one field too many, which dispatch answers with 431; beyond, Node ends the stream.
    maxHeaderListPairs: limits.headersMaxCount + PSEUDO_FIELDS_MAX + 1,
    maxSessionMemory: limits.http2SessionMemoryMaxMiB,
    streamResetBurst: limits.http2ResetBurst,
    streamResetRate: limits.http2ResetRatePerSecond,
    maxSessionInvalidFrames: limits.http2ResetBurst,
  };
}

/**
 * Node's compatibility layer throws for a stream that is gone before its request event, for one that asked for
 * "Expect: 100-continue" and was reset in the same packet: ERR_HTTP2_INVALID_STREAM, uncaught, which would be
 * the end of the process (seen with Node 24.21, and only with bytes that were put back, as sniffing does).
 */
function guardCompatibilityLayer(server: http2.Http2Server, report: ReportFault): void {
  const [installed] = server.listeners("stream");
  if (installed === undefined) throw new Error("Node has no 'stream' listener to guard.");
  server.removeAllListeners("stream");
  server.on("stream", (stream, ...rest) => {
    stream.on("error", report);
    if (stream.destroyed || stream.closed) return;
    try {
      Reflect.apply(installed, server, [stream, ...rest]);
    } catch (error) {
      report(asError(error));
      stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
}
