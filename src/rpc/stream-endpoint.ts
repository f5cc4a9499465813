/** A method that answers with a stream, with its permission, which has to hold for as long as the stream lasts. */
import type {
  DescMessage,
  DescMethod,
  DescMethodServerStreaming,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import type { DomainContext } from "../domain/context.ts";
import { DomainError } from "../domain/errors.ts";
import type { EventFeed } from "../domain/events/feed.ts";
import { authorize } from "../domain/permissions.ts";
import type { Role } from "../storage/records.ts";
import type { LocatableKind } from "../storage/storage.ts";
import { callKey, type ScopedCall } from "./call.ts";
import { admitInOrganization, callOf, type Endpoint } from "./endpoint.ts";
import type { ServingState } from "./serving.ts";

/** A call that was admitted once, and has to be again now and then. */
export interface StreamCall extends ScopedCall {
  /**
   * Aborted when the client is gone or out of time, and when the service stops; its reason is what the stream ends with.
   */
  readonly signal: AbortSignal;
  /** Tells the client, by the headers of the response, that the stream is open. */
  readonly opened: () => void;
  /** @throws unauthenticated, or what else the caller would be refused with now */
  readonly reauthorize: () => Promise<void>;
}

type Handle<I extends DescMessage, O extends DescMessage> = (
  context: DomainContext & { readonly feed: EventFeed },
  request: MessageShape<I>,
  call: StreamCall,
) => AsyncIterable<MessageInitShape<O>>;

/** The handler of a method, as its own file declares it. */
export type StreamHandler<M extends DescMethod> =
  M extends DescMethodServerStreaming<infer I, infer O> ? Handle<I, O> : never;

/** As `inOrganization`, of a method that changes nothing: a read-only token may call it. */
export function streamInOrganization<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  role: Role,
  of: LocatableKind,
  idOf: (request: MessageShape<I>) => string | undefined,
  handler: Handle<I, O>,
): Endpoint {
  const admit = admitInOrganization(role, of, idOf);
  return {
    method,
    rule: { kind: "organization", role, of },
    register(router, context, { feed, serving, authenticator }) {
      async function* stream(
        request: MessageShape<I>,
        handlerContext: HandlerContext,
      ): AsyncGenerator<MessageInitShape<O>> {
        const call = await admit(context, request, callOf(handlerContext));
        const signal = untilStop(handlerContext.signal, serving);
        const reauthorize = async (): Promise<void> => {
          const header = handlerContext.requestHeader.get("Authorization");
          const authentication = await authenticator.authenticate(header);
          if (!authentication.ok) throw dead();
          authorize(authentication.principal, role, of, call.organizationId);
        };
        const opened = (): void => {
          handlerContext.values.get(callKey).sendHead?.(handlerContext.responseHeader);
        };
        yield* handler({ ...context, feed }, request, { ...call, signal, opened, reauthorize });
      }
      router.rpc(method, stream);
    },
  };
}

/** Aborted with the call, and with an error that tells the client to come again when the service stops. */
function untilStop(signal: AbortSignal, serving: ServingState): AbortSignal {
  const controller = new AbortController();
  void serving.stopOr(signal).then(() => controller.abort(signal.aborted ? signal.reason : stopping()));
  return controller.signal;
}

function stopping(): ConnectError {
  return new ConnectError(
    "the service is stopping: connect again and go on from the last position",
    Code.Unavailable,
  );
}

function dead(): DomainError {
  return new DomainError(
    "unauthenticated",
    "the token opens nothing any more: it was deleted or has expired, or its owner may no longer use it",
  );
}
