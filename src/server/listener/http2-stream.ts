import { constants, type Http2ServerRequest, type ServerHttp2Stream } from "node:http2";
import type { ListenerLimits, ListenerOptions } from "./types.ts";

/** Makes a request body end in time or with its response, and makes one that was cut off look like it. */
export function guardBody(
  req: Http2ServerRequest,
  limits: ListenerLimits,
  isLongLived?: ListenerOptions["isLongLived"],
): void {
  const { stream } = req;
  if (stream.endAfterHeaders) return;
  failIfAborted(req);
  stream.once("finish", () => releaseWhenSent(stream));
  if (!isLongLived?.(req)) endIfSlow(stream, limits.requestTimeoutMs);
}

/**
 * Node ends the body of a reset stream as if it were complete, so a handler would take the beginning of a
 * message for all of it. HTTP/1 requests fail in this case; now these do, too.
 */
function failIfAborted(req: Http2ServerRequest): void {
  req.stream.once("aborted", () => {
    if (!req.readableEnded) req.destroy(new Error("The client left before the request was complete."));
  });
}

/**
 * An absolute timer from the head of a request to the end of its body. Node has none for HTTP/2: a stalled
 * POST would stay open for ever, and one byte now and then would defeat an idle timer.
 */
function endIfSlow(stream: ServerHttp2Stream, timeoutMs: number): void {
  const timer = setTimeout(() => {
    // All of it has come, and the handler has not read it yet: that is not the client's fault.
    if (stream.state.state === constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE) return;
    // Not a 408: a handler at work on the request would find its response taken, and throw.
    stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }, timeoutMs).unref();
  const stop = () => clearTimeout(timer);
  stream.once("end", stop);
  stream.once("close", stop);
}

const SENT_CHECK_MS = 10;

/**
 * A response is complete and the request is not: what is still to come of it is unwanted (RFC 9113 section 8.1).
 * Left open, the stream would count against the session, and hold up a drain, for as long as the client likes.
 * 'finish' comes before the last frames are sent, and a reset would overtake them: hence the question to nghttp2.
 */
function releaseWhenSent(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return;
  if (stream.state.localClose === 1) stream.close(constants.NGHTTP2_NO_ERROR);
  else setTimeout(() => releaseWhenSent(stream), SENT_CHECK_MS).unref();
}
