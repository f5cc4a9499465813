/** Small whole answers, outside the RPC protocols. */
import type { ConnectError } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { CallState } from "../rpc/call.ts";
import type { NodeRequest, NodeResponse } from "./listener/types.ts";

type Headers = Readonly<Record<string, string>>;

/** To HEAD, the same headers without the body (RFC 9110 section 9.3.2). */
export function sendJson(
  req: NodeRequest,
  res: NodeResponse,
  status: number,
  body: object,
  headers: Headers = {},
): void {
  const bytes = Buffer.from(`${JSON.stringify(body)}\n`);
  setHead(res, status, {
    ...headers,
    "content-type": "application/json",
    "content-length": String(bytes.length),
  });
  // One overload each: what HTTP/1 and HTTP/2 responses take as `end` has no common type.
  if (req.method === "HEAD") res.end();
  else res.end(bytes);
}

/**
 * A call that no handler takes. gRPC's clients read a status from the headers of a 200 (a "trailers-only"
 * response); all others the Connect protocol's JSON, whatever they sent. Notes the code for the log.
 */
export function sendError(
  req: NodeRequest,
  res: NodeResponse,
  call: CallState,
  status: number,
  error: ConnectError,
  headers: Headers = {},
): void {
  call.code = codeToString(error.code);
  const contentType = req.headers["content-type"] ?? "";
  if (contentType.startsWith("application/grpc")) {
    setHead(res, 200, {
      ...headers,
      "content-type": contentType.startsWith("application/grpc-web")
        ? "application/grpc-web+proto"
        : "application/grpc",
      "grpc-status": String(error.code),
      "grpc-message": encodeURIComponent(error.rawMessage),
    });
    res.end();
    return;
  }
  sendJson(req, res, status, { code: call.code, message: error.rawMessage }, headers);
}

/** Not `writeHead`: HTTP/1 and HTTP/2 responses have no common type for it. */
export function setHead(res: NodeResponse, status: number, headers: Headers): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
}
