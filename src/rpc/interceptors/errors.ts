import type { Interceptor } from "@connectrpc/connect";
import type { Logger } from "../../observability/logger.ts";
import { callKey } from "../call.ts";
import { toConnectError } from "../errors.ts";

/** Outermost: whatever is thrown further in leaves as an error of the contract. */
export function createErrorsInterceptor(logger: Logger): Interceptor {
  return (next) => async (req) => {
    const { requestId } = req.contextValues.get(callKey);
    try {
      return await next(req);
    } catch (error) {
      throw toConnectError(error, requestId, logger);
    }
  };
}
