/** The one table from domain errors to RPC codes. What is not in it is a defect: logged here once, and not told. */
import { Code, ConnectError } from "@connectrpc/connect";
import { DomainError, type DomainErrorKind, fromStorageError } from "../domain/errors.ts";
import type { Logger } from "../observability/logger.ts";

const codes: Readonly<Record<DomainErrorKind, Code>> = {
  invalid_argument: Code.InvalidArgument,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  permission_denied: Code.PermissionDenied,
  unauthenticated: Code.Unauthenticated,
  resource_exhausted: Code.ResourceExhausted,
  deadline_exceeded: Code.DeadlineExceeded,
  unavailable: Code.Unavailable,
};

export function toConnectError(thrown: unknown, requestId: string, logger: Logger): ConnectError {
  if (thrown instanceof ConnectError) return thrown;
  const error = fromStorageError(thrown);
  if (error instanceof DomainError) {
    // Not the caller's doing, and told without its reason, which the operator needs.
    if (error.kind === "unavailable") {
      const what = error === thrown ? "something that a call needs" : "the database";
      logger.warn({ err: error.cause, requestId }, `${what} was not available`);
    }
    return fromDomainError(error);
  }
  logger.error({ err: error, requestId }, "a call failed on a defect");
  return new ConnectError(`internal error, request ${requestId}`, Code.Internal);
}

function fromDomainError(error: DomainError): ConnectError {
  const metadata = new Headers();
  // RFC 6750 section 3: a 401 says how to authenticate.
  if (error.kind === "unauthenticated") metadata.set("WWW-Authenticate", "Bearer");
  if (error.retryAfterSeconds !== undefined) metadata.set("Retry-After", String(error.retryAfterSeconds));
  return new ConnectError(error.message, codes[error.kind], metadata, undefined, error);
}
