/** A SCIM request's way: route, credential, rate, permission to provision, handler; whatever is thrown becomes SCIM's error. */
import { type ScimAuthenticator, scimCredentialOf } from "../auth/authenticate-scim.ts";
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import { type RateLimits, takeForCaller } from "../base/rate-limit.ts";
import type { DomainContext } from "../domain/context.ts";
import type { RefusalLog } from "../domain/events/refusals.ts";
import type { Logger } from "../observability/logger.ts";
import { badRequest } from "../scim/error.ts";
import type { ScimConfiguration } from "../storage/records.ts";
import { answerError, HttpError, methodNotAllowed, notFound, toScimError, unauthorized } from "./errors.ts";
import type { ScimSettings } from "./exchange.ts";
import { type Route, routeOf } from "./routes.ts";

export const scimPrefix = "/scim/v2";

export interface ScimOptions {
  readonly context: DomainContext;
  readonly authenticator: ScimAuthenticator;
  /** Told of credentials that are known, and of what they may not do. */
  readonly refusals: Pick<RefusalLog, "note">;
  readonly rateLimits: RateLimits;
  /** The URL under which clients reach the service, without a trailing slash; undefined: each request's own. */
  readonly publicUrl: string | undefined;
  readonly settings: ScimSettings;
  readonly logger: Logger;
}

/** What is known of the request outside: its id and its client; and back, what the log is to say. */
export interface ScimCall {
  readonly requestId: string;
  readonly clientIp: string;
  configuration: ScimConfiguration | undefined;
  /** The scimType of a refusal. */
  code: string | undefined;
}

export interface ScimHandler {
  /** Undefined for a path that is not SCIM's. */
  find(path: string): ScimEndpoint | undefined;
}

/** What a path leads to, looked up once for the answer and for the log. */
export interface ScimEndpoint {
  /** Fit for the log; undefined for a path that leads nowhere. */
  readonly name: string | undefined;
  /** Never rejects. */
  handle(request: HttpRequest, call: ScimCall): Promise<HttpResponse>;
}

function isScimPath(path: string): boolean {
  return path === scimPrefix || path.startsWith(`${scimPrefix}/`);
}

export function createScimHandler(options: ScimOptions): ScimHandler {
  const { context, authenticator, refusals, rateLimits, logger } = options;

  async function respond(
    route: Route | undefined,
    request: HttpRequest,
    call: ScimCall,
  ): Promise<HttpResponse> {
    const base = baseOf(request, options.publicUrl);
    const query = new URLSearchParams(request.query);
    if (route?.kind === "discovery") {
      // A token that is wrong is told so here too: it is how providers test their connection.
      if (request.header("authorization") !== undefined) await authenticate(request, call);
      return methodOf(
        route.methods,
        request.method,
      )({
        base,
        query,
        bodyMaxBytes: options.settings.bodyMaxBytes,
      });
    }
    const configuration = await authenticate(request, call);
    if (route === undefined) throw notFound();
    const handler = methodOf(route.methods, request.method);
    if (!configuration.enabled) {
      refusals.note(scimCredentialOf(configuration), "permission_denied", call.requestId);
      throw new HttpError(403, "this SCIM configuration is disabled: enable it to go on provisioning");
    }
    const caller = { configuration, requestId: call.requestId };
    const toError = (thrown: unknown) => toScimError(thrown, call.requestId, logger);
    return await handler({ context, caller, settings: options.settings, request, query, base, toError });
  }

  async function authenticate(request: HttpRequest, call: ScimCall): Promise<ScimConfiguration> {
    const authentication = await authenticator.authenticate(request.header("authorization"));
    if (!authentication.ok) {
      if (authentication.credential !== undefined) {
        refusals.note(authentication.credential, "authentication_failed", call.requestId);
      }
      const verdict = rateLimits.failedAuthPerIp.take(call.clientIp);
      if (!verdict.allowed) throw tooMany("failed attempts to authenticate", verdict.retryAfterSeconds);
      throw unauthorized(authentication.reason);
    }
    const { configuration } = authentication;
    call.configuration = configuration;
    const verdict = takeForCaller(rateLimits, configuration.id, configuration.organizationId);
    if (!verdict.allowed) throw tooMany("requests", verdict.retryAfterSeconds);
    return configuration;
  }

  async function handle(
    route: Route | undefined,
    request: HttpRequest,
    call: ScimCall,
  ): Promise<HttpResponse> {
    try {
      return await respond(route, request, call);
    } catch (thrown) {
      const error = toScimError(thrown, call.requestId, logger);
      call.code = error.scimType;
      return answerError(error);
    }
  }

  return {
    find(path) {
      if (!isScimPath(path)) return undefined;
      const route = routeFor(path);
      return {
        name: route && scimPrefix + (route.name === "/" ? "" : route.name),
        handle: (request, call) => handle(route, request, call),
      };
    },
  };
}

function tooMany(what: string, retryAfterSeconds: number): HttpError {
  return new HttpError(429, `too many ${what}: try again in ${retryAfterSeconds} s`, {
    "retry-after": String(retryAfterSeconds),
  });
}

/** HEAD is GET whose body is not sent (RFC 9110 section 9.3.2). @throws ScimError 405 */
function methodOf<Handler>(methods: Readonly<Record<string, Handler>>, method: string): Handler {
  const name = method === "HEAD" ? "GET" : method;
  const handler = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (handler === undefined) throw methodNotAllowed(Object.keys(methods));
  return handler;
}

/** Slashes too many between the server's URL and the rest, and one at the end, are what some providers' settings make. */
function routeFor(path: string): Route | undefined {
  const rest = path.slice(scimPrefix.length).replace(/^\/+/, "").replace(/\/$/, "");
  if (rest === "") return routeOf([]);
  try {
    return routeOf(rest.split("/").map(decodeURIComponent));
  } catch {
    // Not an encoding of any text.
    return undefined;
  }
}

/** @throws ScimError 400 for a Host header that names no host */
function baseOf({ origin }: HttpRequest, publicUrl: string | undefined): string {
  const url = publicUrl ?? origin;
  if (url === undefined) throw badRequest("invalidValue", "the Host header is missing or malformed");
  return url + scimPrefix;
}
