import { Code, ConnectError, type Interceptor } from "@connectrpc/connect";
import type { RefusalLog } from "../../domain/events/refusals.ts";
import { callKey } from "../call.ts";

/** Outermost, where every error has its code: notes what a person was not permitted to do. */
export function createRefusalsInterceptor(refusals: Pick<RefusalLog, "note">): Interceptor {
  return (next) => async (req) => {
    const { principal, requestId } = req.contextValues.get(callKey);

    function note(error: unknown): void {
      if (!(error instanceof ConnectError) || error.code !== Code.PermissionDenied) return;
      // The operator belongs to no organization, and nothing is denied to it.
      if (principal?.kind !== "user") return;
      const { id, organizationId, tokenId } = principal;
      const actor = { actorId: id, actorPrincipal: "user" } as const;
      const subject = { subjectType: "personal_access_token", subjectId: tokenId } as const;
      refusals.note({ organizationId, ...actor, ...subject }, "permission_denied", requestId);
    }

    async function* noting<T>(messages: AsyncIterable<T>): AsyncGenerator<T> {
      try {
        yield* messages;
      } catch (error) {
        note(error);
        throw error;
      }
    }

    try {
      const response = await next(req);
      return response.stream ? { ...response, message: noting(response.message) } : response;
    } catch (error) {
      note(error);
      throw error;
    }
  };
}
