import type { Interceptor } from "@connectrpc/connect";
import { type CallState, callKey } from "../call.ts";

/** Notes that the message was parsed: interceptors run only then (see `input-errors.ts`). */
export const parsedInterceptor: Interceptor = (next) => (req) => {
  const call = req.contextValues.get(callKey);
  if (req.stream) return next({ ...req, message: noting(req.message, call) });
  call.parsed = true;
  return next(req);
};

/** In a stream each message is parsed on its own: while one is awaited, what fails may be its form again. */
async function* noting<T>(messages: AsyncIterable<T>, call: CallState): AsyncGenerator<T> {
  for await (const message of messages) {
    call.parsed = true;
    yield message;
    call.parsed = false;
  }
  call.parsed = true;
}
