/** What is known of one call besides its message; carried in Connect's context values, from the gate to the handler. */
import { type ContextKey, createContextKey } from "@connectrpc/connect";
import type { AnyId, OrganizationId } from "../base/ids.ts";
import type { Caller, Principal } from "../domain/principal.ts";
import type { ActorPrincipal } from "../storage/records.ts";

/** Filled in as the call goes on. The listener makes one for each request. */
export interface CallState {
  readonly requestId: string;
  readonly clientIp: string;
  principal: Principal | undefined;
  /** Who acts when it is no principal of RPCs: for the log. */
  actor: { readonly kind: ActorPrincipal; readonly id: AnyId } | undefined;
  /** The message was read and parsed: what fails after that is not the message's form. */
  parsed: boolean;
  /** The code that the caller got, for the log. */
  code: string | undefined;
  /** Sends a stream's headers before its first message, which may be long in coming; undefined where nothing can. */
  sendHead: ((headers: Headers) => void) | undefined;
}

export function createCallState(requestId: string, clientIp: string): CallState {
  const unknown = { principal: undefined, actor: undefined, code: undefined, sendHead: undefined };
  return { requestId, clientIp, parsed: false, ...unknown };
}

export const callKey: ContextKey<CallState> = createContextKey(createCallState("", ""), {
  description: "call state",
});

/** What a handler gets: an authenticated caller with the permission that the method's rule asks for. */
export interface Call extends Caller {
  readonly responseHeader: Headers;
}

/** A call whose rule found the organization that it acts in. */
export interface ScopedCall extends Call {
  readonly organizationId: OrganizationId;
}

/** A call in the caller's own organization. The operator has none unless the request names one. */
export interface OwnCall extends Call {
  readonly organizationId: OrganizationId | undefined;
}

/** For responses that carry a secret: no cache on the way may keep it. */
export function forbidStoring({ responseHeader }: Call): void {
  responseHeader.set("Cache-Control", "no-store");
}
