/** Every request's way through the process: its id, its room by path, its line in the log. */
import { Code, ConnectError } from "@connectrpc/connect";
import type { Logger } from "../observability/logger.ts";
import { requestIdFrom } from "../observability/request-id.ts";
import { type CallState, createCallState } from "../rpc/call.ts";
import { type AllowedOrigins, handleCors } from "./cors.ts";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";
import { handleProbe, isProbe, type Readiness } from "./probes.ts";
import { clientIp } from "./rate-limit/client-ip.ts";
import { sendError } from "./respond.ts";
import type { RpcTransport } from "./rpc-transport.ts";
import type { FoundEndpoint, ScimTransport } from "./scim-transport.ts";

export interface RequestHandlerOptions {
  readonly rpc: RpcTransport;
  readonly scim: ScimTransport;
  readonly readiness: Readiness;
  readonly corsOrigins: AllowedOrigins;
  readonly trustedProxyHops: number;
  readonly logger: Logger;
}

export function createRequestHandler(options: RequestHandlerOptions) {
  const { rpc, scim, readiness, logger } = options;

  function dispatch(
    path: string,
    scimEndpoint: FoundEndpoint | undefined,
    req: NodeRequest,
    res: NodeResponse,
    call: CallState,
  ): void {
    if (handleProbe(path, req, res, readiness)) return;
    if (handleCors(req, res, options.corsOrigins)) return;
    if (rpc.handle(path, req, res, call)) return;
    if (scimEndpoint !== undefined) {
      scimEndpoint.answer(req, res, call);
      return;
    }
    const error = new ConnectError(
      "no such path: RPCs are at /gitpod.v1.<Service>/<Method>, SCIM is at /scim/v2",
      Code.Unimplemented,
    );
    sendError(req, res, call, 404, error);
  }

  return (req: NodeRequest, res: NodeResponse): void => {
    const call = createCallState(
      requestIdFrom(single(req.headers["x-request-id"])),
      clientIp({
        remoteAddress: req.socket?.remoteAddress,
        forwardedFor: single(req.headers["x-forwarded-for"]),
        trustedProxyHops: options.trustedProxyHops,
      }),
    );
    res.setHeader("X-Request-Id", call.requestId);
    res.setHeader("X-Content-Type-Options", "nosniff");
    const path = pathOf(req);
    const scimEndpoint = scim.find(path);
    // A path that leads nowhere is the client's own text, and may be a secret in the wrong place.
    const route = isProbe(path) || rpc.serves(path) ? path : (scimEndpoint?.name ?? "(no route)");
    logWhenDone(route, req, res, call, logger);
    dispatch(path, scimEndpoint, req, res, call);
  };
}

/** Without the query. */
export function pathOf(req: NodeRequest): string {
  return (req.url ?? "").split("?", 1)[0] ?? "";
}

function single(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.join(",");
}

/** Never headers, bodies or the query, where a token may be. Probes, which come every second, only for debugging. */
function logWhenDone(
  route: string,
  req: NodeRequest,
  res: NodeResponse,
  call: CallState,
  logger: Logger,
): void {
  const startMs = performance.now();
  let unanswered = false;
  req.once("aborted", () => {
    // Asked now: what is written to a client that has left is not sent.
    unanswered = !res.headersSent;
  });
  res.once("close", () => {
    unanswered ||= !res.headersSent;
    const actor = call.principal ?? call.actor;
    const fields = {
      requestId: call.requestId,
      method: req.method,
      path: route,
      http: req.httpVersion,
      // Without an answer there is no status: nginx's for a client that left, which is Connect's for `canceled`.
      status: unanswered ? 499 : res.statusCode,
      code: unanswered ? "canceled" : call.code,
      principal: actor?.kind,
      principalId: actor?.id,
      durationMs: Math.round((performance.now() - startMs) * 100) / 100,
      ...(unanswered || isCutShort(res) ? { aborted: true } : {}),
    };
    if (isProbe(route)) logger.debug(fields, "probe");
    else logger.info(fields, "request");
  });
}

/** HTTP/2 responses finish even when they were cut; HTTP/1 ones have no stream. */
function isCutShort(res: NodeResponse): boolean {
  return "stream" in res ? res.stream.aborted : !res.writableFinished;
}
