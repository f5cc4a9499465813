import { ConnectError, type Interceptor } from "@connectrpc/connect";
import type { Logger } from "../../observability/logger.ts";
import { callKey } from "../call.ts";
import { toConnectError } from "../errors.ts";

/** Outermost: whatever is thrown further in leaves as an error of the contract. */
export function createErrorsInterceptor(logger: Logger): Interceptor {
  return (next) => async (req) => {
    const call = req.contextValues.get(callKey);

    /** A stream's messages, which are made, and may fail, after this interceptor has returned. */
    async function* guarded<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
      try {
        yield* messages;
      } catch (error) {
        // Connect's own tell of a bad message, and what follows the end of a call is nobody's fault.
        if (error instanceof ConnectError || req.signal.aborted) throw error;
        call.parsed = true;
        throw toConnectError(error, call.requestId, logger);
      }
    }

    try {
      const response = await next(req);
      return response.stream ? { ...response, message: guarded(response.message) } : response;
    } catch (error) {
      throw toConnectError(error, call.requestId, logger);
    }
  };
}
