import * as http from "node:http";
import { constants } from "node:http2";
import type { ListenerOptions, NodeRequest, NodeResponse, ReportFault } from "./types.ts";

export type Dispatch = (req: NodeRequest, res: NodeResponse) => void;

/** Hands requests to the handler in such a way that neither can take the process down. */
export function createDispatch(options: ListenerOptions, report: ReportFault): Dispatch {
  const { handler, limits } = options;

  function fail(res: NodeResponse, error: unknown): void {
    try {
      options.onHandlerError?.(error);
    } catch {
      // There is nobody left to tell, and the client still needs an end.
    }
    try {
      if (!res.headersSent) answer(res, 500, "internal error\n");
      else if (!res.writableEnded) cut(res);
    } catch (second) {
      report(asError(second));
      cut(res);
    }
  }

  return (req, res) => {
    // Without a listener, an 'error' on either (a client that left, a write after the end) ends the process.
    req.on("error", report);
    res.on("error", report);
    try {
      if (fieldCount(req) > limits.headersMaxCount) {
        answer(res, 431, "too many header fields\n");
        return;
      }
      // Typed void, but an async function is assignable to that, and its rejection would end the process.
      const returned: unknown = handler(req, res);
      if (returned instanceof Promise) returned.catch((error: unknown) => fail(res, error));
    } catch (error) {
      fail(res, error);
    }
  };
}

/** Not all Node versions refuse fields over maxHeadersCount: some drop them silently. So count them here. */
function fieldCount(req: NodeRequest): number {
  let count = req.rawHeaders.length / 2;
  if (req.httpVersionMajor < 2) return count;
  for (let at = 0; at < req.rawHeaders.length; at += 2) {
    if (!req.rawHeaders[at]?.startsWith(":")) break;
    count -= 1;
  }
  return count;
}

/** A complete response of the listener's own; what the handler had prepared is dropped. */
function answer(res: NodeResponse, status: number, text: string): void {
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  if (res instanceof http.ServerResponse) res.shouldKeepAlive = false;
  res.statusCode = status;
  res.setHeader("content-type", "text/plain; charset=utf-8");
  res.end(text);
}

/** Ends a response so that the client can tell that it is incomplete. */
export function cut(res: NodeResponse): void {
  if (res instanceof http.ServerResponse) res.destroy();
  else res.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error("not an Error was thrown", { cause: thrown });
}
