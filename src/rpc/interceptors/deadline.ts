import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";

export interface DeadlineOptions {
  /** For a call that brings no deadline. */
  readonly defaultMs: number;
  /** A longer wish is cut to this rather than refused: clients set theirs once for all their calls. */
  readonly maxMs: number;
}

/**
 * Ends unary calls at their deadline: Connect only signals it (connect-es#653), and a handler that waits for
 * something else would answer late. Streams end by their own signal.
 */
export function createDeadlineInterceptor({ defaultMs, maxMs }: DeadlineOptions): Interceptor {
  return (next) => async (req) => {
    if (req.stream) return await next(req);
    // Nothing starts for a caller that is already gone.
    req.signal.throwIfAborted();
    const wished = req.header.has("connect-timeout-ms") || req.header.has("grpc-timeout");
    return await within(next(req), req.signal, wished ? maxMs : Math.min(defaultMs, maxMs));
  };
}

async function within<T>(work: Promise<T>, signal: AbortSignal, limitMs: number): Promise<T> {
  // The race may be lost with the work still running: its late failure is nobody's.
  work.catch(() => {});
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(exceeded()), limitMs);
  const onAbort = (): void => reject(toAbortError(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** The reason for a client that left is one of several codes; for a deadline it is Connect's own error. */
function toAbortError(reason: unknown): ConnectError {
  if (reason instanceof ConnectError && reason.code === Code.DeadlineExceeded) return exceeded();
  return new ConnectError("the client ended the call", Code.Canceled);
}

function exceeded(): ConnectError {
  return new ConnectError("the operation timed out", Code.DeadlineExceeded);
}
