import type { Interceptor } from "@connectrpc/connect";
import { callKey } from "../call.ts";

/** Notes that the message was parsed: interceptors run only then (see `input-errors.ts`). */
export const parsedInterceptor: Interceptor = (next) => (req) => {
  if (!req.stream) req.contextValues.get(callKey).parsed = true;
  return next(req);
};
