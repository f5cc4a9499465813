/** Between Node's requests and the SCIM handler, which knows neither. */
import type { HttpRequest, HttpResponse } from "../base/http.ts";
import type { CallState } from "../rpc/call.ts";
import type { ScimCall, ScimEndpoint, ScimHandler } from "../scim-http/handler.ts";
import { type OriginOptions, originOf } from "./authority.ts";
import { cut } from "./listener/dispatch.ts";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";
import { readBody } from "./request-body.ts";
import { setHead } from "./respond.ts";
import { isGone, sendPieces } from "./send-pieces.ts";

export interface ScimTransport {
  /** Undefined for a path that is not SCIM's. */
  find(path: string): FoundEndpoint | undefined;
}

export interface FoundEndpoint {
  /** For the log; undefined for a path that leads nowhere. */
  readonly name: string | undefined;
  answer(req: NodeRequest, res: NodeResponse, call: CallState): void;
}

export function createScimTransport(
  handler: ScimHandler,
  options: OriginOptions,
  onError: (error: unknown) => void,
): ScimTransport {
  async function serve(
    endpoint: ScimEndpoint,
    req: NodeRequest,
    res: NodeResponse,
    call: CallState,
  ): Promise<void> {
    const scimCall: ScimCall = {
      requestId: call.requestId,
      clientIp: call.clientIp,
      configuration: undefined,
      code: undefined,
    };
    const response = await endpoint.handle(toRequest(req, options), scimCall);
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
    find(path) {
      const endpoint = handler.find(path);
      if (endpoint === undefined) return undefined;
      return {
        name: endpoint.name,
        answer(req, res, call) {
          serve(endpoint, req, res, call).catch((error: unknown) => {
            onError(error);
            cut(res);
          });
        },
      };
    },
  };
}

function toRequest(req: NodeRequest, options: OriginOptions): HttpRequest {
  const url = req.url ?? "";
  const mark = url.indexOf("?");
  return {
    method: req.method ?? "",
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
