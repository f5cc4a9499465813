/** Between Node's requests and the SCIM handler, which knows neither. */
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { CallState } from "../rpc/call.ts";
import { isScimPath, type ScimCall, type ScimHandler } from "../scim-http/handler.ts";
import { type OriginOptions, originOf } from "./authority.ts";
import { cut } from "./listener/dispatch.ts";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";
import { readBody } from "./request-body.ts";
import { setHead } from "./respond.ts";
import { isGone, sendPieces } from "./send-pieces.ts";

export interface ScimTransport {
  /** The name of the path's route, for the log; undefined for one that leads nowhere. */
  routeName(path: string): string | undefined;
  /** True when the path is SCIM's, which is answered then. */
  handle(path: string, req: NodeRequest, res: NodeResponse, call: CallState): boolean;
}

export function createScimTransport(
  handler: ScimHandler,
  options: OriginOptions,
  onError: (error: unknown) => void,
): ScimTransport {
  async function serve(path: string, req: NodeRequest, res: NodeResponse, call: CallState): Promise<void> {
    const scimCall: ScimCall = {
      requestId: call.requestId,
      clientIp: call.clientIp,
      configuration: undefined,
      code: undefined,
    };
    const response = await handler.handle(toRequest(path, req, options), scimCall);
    call.code = scimCall.code;
    if (scimCall.configuration !== undefined) {
      call.actor = { kind: "scim_configuration", id: scimCall.configuration.id };
    }
    // Also of what is not sent: to HEAD, and to a client who has left.
    await using _pieces = typeof response.body === "string" ? undefined : response.body;
    if (isGone(res)) return;
    await send(req, res, response);
  }

  return {
    routeName: (path) => handler.routeName(path),
    handle(path, req, res, call) {
      if (!isScimPath(path)) return false;
      serve(path, req, res, call).catch((error: unknown) => {
        onError(error);
        cut(res);
      });
      return true;
    },
  };
}

function toRequest(path: string, req: NodeRequest, options: OriginOptions): HttpRequest {
  const url = req.url ?? "";
  const mark = url.indexOf("?");
  return {
    method: req.method ?? "",
    path,
    query: mark === -1 ? "" : url.slice(mark + 1),
    origin: originOf(req, options),
    header(name) {
      const value = req.headers[name];
      return typeof value === "object" ? value.join(",") : value;
    },
    readBody: (maxBytes) => readBody(req, maxBytes),
  };
}

/** Characters. Node writes text that is so short together with the headers, at less than it takes to write bytes after them. */
const shortTextMax = 4_096;

async function send(req: NodeRequest, res: NodeResponse, response: HttpResponse): Promise<void> {
  const { status, headers, body } = response;
  // What is still to come of a request that was refused early is not waited for.
  if (!req.readableEnded && req.httpVersionMajor < 2 && hasBody(req)) res.setHeader("connection", "close");
  if (typeof body === "string") {
    sendText(req, res, status, headers, body);
    return;
  }
  setHead(res, status, headers);
  if (body !== undefined && req.method !== "HEAD") await sendPieces(res, body);
  res.end();
}

function sendText(
  req: NodeRequest,
  res: NodeResponse,
  status: number,
  headers: HttpResponse["headers"],
  text: string,
): void {
  const bytes = Buffer.byteLength(text);
  setHead(res, status, { ...headers, "content-length": String(bytes) });
  // One overload each: what HTTP/1 and HTTP/2 responses take as `end` has no common type.
  if (req.method === "HEAD") res.end();
  else if (bytes > shortTextMax) res.end(Buffer.from(text));
  // As many bytes as characters: ASCII, which is written as it is, without being encoded.
  else if (bytes === text.length) res.end(text, "latin1");
  else res.end(text);
}

/** A body that was announced and that the handler did not need, or not all of. */
function hasBody(req: NodeRequest): boolean {
  const { "content-length": length, "transfer-encoding": encoding } = req.headers;
  return encoding !== undefined || Number(length ?? 0) > 0;
}
