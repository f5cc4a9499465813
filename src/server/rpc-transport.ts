/**
 * Between Node's requests and Connect's handlers. Our own instead of `connectNodeAdapter`, which throws out of the
 * request listener for a Host header that is no URL (and so ends the process), answers 404, 405 and 415 without a
 * body, and writes to the console.
 */
import {
  Code,
  ConnectError,
  type ConnectRouter,
  type ContextValues,
  createContextValues,
} from "@connectrpc/connect";
import type { UniversalHandler, UniversalServerResponse } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { type CallState, callKey } from "../rpc/call.ts";
import { hostFields } from "./authority.ts";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";
import { sendError, setHead } from "./respond.ts";
import { isGone, sendPieces } from "./send-pieces.ts";

export interface RpcTransport {
  serves(path: string): boolean;
  /** True when the path is an RPC's, which is answered then. */
  handle(path: string, req: NodeRequest, res: NodeResponse, call: CallState): boolean;
  /** True for a method whose request is a stream, which may stay open for long. */
  streamsRequests(path: string): boolean;
}

/** The base URL of the public SDKs and of the Terraform provider ends in this. */
const prefix = "/api";

export function createRpcTransport(router: ConnectRouter, onError: (error: unknown) => void): RpcTransport {
  const handlers = new Map<string, UniversalHandler>();
  for (const handler of router.handlers) {
    handlers.set(handler.requestPath, handler);
    handlers.set(prefix + handler.requestPath, handler);
  }
  return {
    serves: (path) => handlers.has(path),
    handle(path, req, res, call) {
      const handler = handlers.get(path);
      if (handler === undefined) return false;
      invoke(handler, req, res, call).catch(onError);
      return true;
    },
    streamsRequests(path) {
      const kind = handlers.get(path)?.method.methodKind;
      return kind === "bidi_streaming" || kind === "client_streaming";
    },
  };
}

async function invoke(
  handler: UniversalHandler,
  req: NodeRequest,
  res: NodeResponse,
  call: CallState,
): Promise<void> {
  const request = toUniversalRequest(req, res, createContextValues().set(callKey, call));
  if (request === undefined) {
    const error = new ConnectError("the Host header is missing or malformed", Code.InvalidArgument);
    sendError(req, res, call, 400, error);
    return;
  }
  call.sendHead = (headers) => {
    setHead(res, 200, Object.fromEntries(headers));
    // Each kind of response has its own way to send its head at once.
    if ("stream" in res) res.writeHead(200);
    else res.flushHeaders();
  };
  const response = await handler(request);
  if (refuse(handler, response, req, res, call)) return;
  try {
    if (res.headersSent) await sendRest(response, res);
    else await universalResponseToNodeResponse(response, res);
  } catch (error) {
    // The client left while it was answered: nobody's fault, and nobody is left to tell.
    if (!request.signal.aborted && !isGone(res)) throw error;
  }
}

/** Of a response whose head was sent before its first message. */
async function sendRest({ body, trailer }: UniversalServerResponse, res: NodeResponse): Promise<void> {
  if (body !== undefined) await sendPieces(res, body);
  if (isGone(res)) return;
  if (trailer !== undefined) res.addTrailers(Object.fromEntries(trailer));
  res.end();
}

/** Undefined for a request whose authority is none, or more than one (RFC 9112 section 3.2 wants both refused). */
function toUniversalRequest(req: NodeRequest, res: NodeResponse, values: ContextValues) {
  if (hostFields(req) > 1) return undefined;
  try {
    return universalRequestFromNodeRequest(req, res, undefined, values);
  } catch {
    return undefined;
  }
}

/** Puts words into the bare statuses that Connect answers to what is not an RPC. */
function refuse(
  handler: UniversalHandler,
  response: UniversalServerResponse,
  req: NodeRequest,
  res: NodeResponse,
  call: CallState,
): boolean {
  const allow = handler.allowedMethods.join(", ");
  switch (response.status) {
    case 405:
      sendError(req, res, call, 405, unimplemented(`this method is called by ${allow}`), { allow });
      return true;
    case 415:
      sendError(req, res, call, 415, unimplemented(wantedFormat(req)));
      return true;
    case 505: {
      const error = unimplemented("this method needs HTTP/2");
      sendError(req, res, call, 505, error, { connection: "close" });
      return true;
    }
    default:
      return false;
  }
}

/** In a GET, the format of the message is in the query. */
function wantedFormat(req: NodeRequest): string {
  return req.method === "GET"
    ? "send the query parameter encoding=json or encoding=proto"
    : "send Content-Type application/json, application/proto, or gRPC's";
}

function unimplemented(message: string): ConnectError {
  return new ConnectError(message, Code.Unimplemented);
}
