/**
 * A method with its permission and its handler, which cannot be had without each other. A service is a record over
 * all its method names: a method without an entry does not compile.
 */
import type {
  DescMessage,
  DescMethod,
  DescMethodUnary,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect";
import { type AnyId, type OrganizationId, parseId } from "../base/ids.ts";
import type { DomainContext } from "../domain/context.ts";
import { DomainError, notFoundError } from "../domain/errors.ts";
import { authorize, requireOperator, requireWritable } from "../domain/permissions.ts";
import type { Principal } from "../domain/principal.ts";
import type { Role } from "../storage/records.ts";
import type { LocatableKind } from "../storage/storage.ts";
import { type Call, callKey, type OwnCall, type ScopedCall } from "./call.ts";
import { idempotencyOf } from "./idempotency.ts";
import type { StreamServices } from "./stream-services.ts";

/** What a method asks of its caller, in words that tests and documentation can read. */
export type Rule =
  /** No credential is needed. */
  | { readonly kind: "public" }
  /** Any principal; the handler acts on the caller alone. */
  | { readonly kind: "authenticated" }
  | { readonly kind: "operator" }
  /** The organization that the request names, or that owns what it names, with at least the role. */
  | { readonly kind: "organization"; readonly role: Role; readonly of: LocatableKind }
  /** The caller's own organization; the operator may name one, or mean all. */
  | { readonly kind: "own" };

export interface Endpoint {
  readonly method: DescMethod;
  readonly rule: Rule;
  register(router: ConnectRouter, context: DomainContext, streams: StreamServices): void;
}

/** Every method of a service, by its local name. */
export type Endpoints<Service extends { readonly method: object }> = {
  readonly [Name in keyof Service["method"]]: Endpoint;
};

type Handle<I extends DescMessage, O extends DescMessage, C extends Call> = (
  context: DomainContext,
  request: MessageShape<I>,
  call: C,
) => Promise<MessageInitShape<O>>;

/** The handler of a method, as its own file declares it. */
export type Handler<M extends DescMethod, C extends Call> =
  M extends DescMethodUnary<infer I, infer O> ? Handle<I, O, C> : never;

export function authenticated<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handler: Handle<I, O, Call>,
): Endpoint {
  return unary(method, { kind: "authenticated" }, async (_context, _request, call) => call, handler);
}

export function operatorOnly<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  handler: Handle<I, O, Call>,
): Endpoint {
  const admit = async (_context: DomainContext, _request: MessageShape<I>, call: Call): Promise<Call> => {
    requireOperator(call.principal);
    return call;
  };
  return unary(method, { kind: "operator" }, admit, handler);
}

/**
 * `idOf` takes the id of an `of` from the request: whose it is decides. It answers undefined for what the caller looks for
 * in their own organization.
 */
export function inOrganization<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  role: Role,
  of: LocatableKind,
  idOf: (request: MessageShape<I>) => string | undefined,
  handler: Handle<I, O, ScopedCall>,
): Endpoint {
  const admit = admitInOrganization(role, of, idOf);
  return unary(method, { kind: "organization", role, of }, admit, handler);
}

/** How `inOrganization` admits. */
export function admitInOrganization<Request>(
  role: Role,
  of: LocatableKind,
  idOf: (request: Request) => string | undefined,
): (context: DomainContext, request: Request, call: Call) => Promise<ScopedCall> {
  return async ({ storage }, request, call) => {
    const id = idOf(request);
    const owner =
      id === undefined
        ? organizationOf(call.principal)
        : await storage.locator.organizationOf(of, parseId<AnyId>(id));
    return { ...call, organizationId: authorize(call.principal, role, of, owner) };
  };
}

/** @throws invalid_argument for the operator, who has none */
function organizationOf(principal: Principal): OrganizationId {
  if (principal.kind === "user") return principal.organizationId;
  throw new DomainError("invalid_argument", "the operator belongs to no organization: use the id");
}

/** `idOf` takes the organization that the request may name: "" when it names none. */
export function inOwnOrganization<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  idOf: (request: MessageShape<I>) => string,
  handler: Handle<I, O, OwnCall>,
): Endpoint {
  const admit = async (context: DomainContext, request: MessageShape<I>, call: Call): Promise<OwnCall> => ({
    ...call,
    organizationId: await ownOrganization(context, call.principal, idOf(request)),
  });
  return unary(method, { kind: "own" }, admit, handler);
}

async function ownOrganization(
  { storage }: DomainContext,
  principal: Principal,
  named: string,
): Promise<OrganizationId | undefined> {
  if (named === "") return principal.kind === "operator" ? undefined : principal.organizationId;
  const id = parseId<OrganizationId>(named);
  const owner = await storage.locator.organizationOf("organization", id);
  if (owner === undefined) throw notFoundError("organization");
  return authorize(principal, "member", "organization", owner);
}

function unary<I extends DescMessage, O extends DescMessage, C extends Call>(
  method: DescMethodUnary<I, O>,
  rule: Rule,
  admit: (context: DomainContext, request: MessageShape<I>, call: Call) => Promise<C>,
  handler: Handle<I, O, C>,
): Endpoint {
  const changes = method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
  return {
    method,
    rule,
    register(router, context) {
      const implementation = async (
        request: MessageShape<I>,
        handlerContext: HandlerContext,
      ): Promise<MessageInitShape<O>> => {
        const call = {
          ...callOf(handlerContext),
          idempotency: changes
            ? idempotencyOf(context.keyring, handlerContext.requestHeader, method, request)
            : undefined,
        };
        const admitted = await admit(context, request, call);
        if (changes) requireWritable(call.principal);
        return await handler(context, request, admitted);
      };
      router.rpc(method, implementation);
    },
  };
}

export function callOf(context: HandlerContext): Call {
  const { principal, requestId } = context.values.get(callKey);
  // The gate refuses a call without a principal before its body is read; this holds if the gate is ever left out.
  if (principal === undefined) throw new ConnectError("missing credentials", Code.Unauthenticated);
  return { principal, requestId, responseHeader: context.responseHeader };
}
