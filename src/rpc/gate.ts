/** Decides by the headers alone, before a body is read: who calls, and whether they call too often. */
import type { DescService } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import type { Authentication, Authenticator } from "../auth/authenticate.ts";
import { type RateLimits, type RateVerdict, takeForCaller } from "../base/rate-limit.ts";
import { DomainError } from "../domain/errors.ts";
import type { RefusalLog } from "../domain/events/refusals.ts";
import type { Principal } from "../domain/principal.ts";
import type { Logger } from "../observability/logger.ts";
import { type CallState, callKey } from "./call.ts";
import { toConnectError } from "./errors.ts";
import { correctInputErrors, refuseBadBase64 } from "./input-errors.ts";

export interface GateOptions {
  readonly authenticator: Authenticator;
  /** Told of credentials that are known and open nothing. */
  readonly refusals: Pick<RefusalLog, "note">;
  readonly publicServices: ReadonlySet<DescService>;
  readonly limits: RateLimits;
  readonly logger: Logger;
}

export function createGate(options: GateOptions): (context: HandlerContext) => Promise<void> {
  const { authenticator, publicServices, logger } = options;

  async function admit(context: HandlerContext, call: CallState): Promise<void> {
    if (publicServices.has(context.service)) return;
    const authentication = await authenticator.authenticate(context.requestHeader.get("Authorization"));
    if (!authentication.ok) {
      if (authentication.credential !== undefined) {
        options.refusals.note(authentication.credential, "authentication_failed", call.requestId);
      }
      throw refusal(authentication, options.limits.failedAuthPerIp.take(call.clientIp));
    }
    call.principal = authentication.principal;
    limit(authentication.principal, authentication.credentialKey);
  }

  /** The operator is not limited: the limits keep one tenant from slowing another. */
  function limit(principal: Principal, credentialKey: string): void {
    if (principal.kind === "operator") return;
    const verdict = takeForCaller(options.limits, credentialKey, principal.organizationId);
    if (!verdict.allowed) throw tooMany("too many requests", verdict.retryAfterSeconds);
  }

  return async (context) => {
    const call = context.values.get(callKey);
    correctInputErrors(context);
    try {
      await admit(context, call);
      refuseBadBase64(context);
    } catch (error) {
      // The message was never looked at: what is thrown here is no fault of its form.
      call.parsed = true;
      throw toConnectError(error, call.requestId, logger);
    }
  };
}

function refusal({ reason }: Authentication & { ok: false }, verdict: RateVerdict): DomainError {
  if (!verdict.allowed) return tooMany("too many failed attempts to authenticate", verdict.retryAfterSeconds);
  return new DomainError(
    "unauthenticated",
    reason === "missing"
      ? "missing credentials: send the header `Authorization: Bearer <token>`"
      : "the token opens nothing here: it is unknown, expired, revoked, or of another kind",
  );
}

function tooMany(what: string, retryAfterSeconds: number): DomainError {
  return new DomainError("resource_exhausted", `${what}: try again in ${retryAfterSeconds} s`, {
    retryAfterSeconds,
  });
}
