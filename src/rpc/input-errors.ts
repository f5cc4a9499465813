/**
 * Makes malformed messages the client's fault in every protocol. connect-es answers malformed protobuf with
 * `internal`, and malformed JSON with a message that repeats the input, which may be a secret in the wrong place.
 * It offers no hook for that; but it aborts the call's signal with the error before it serializes it, and at that
 * moment the error can still be made right.
 */
import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { callKey } from "./call.ts";

/** To be called by the request gate, which is the first to see a call. Notes the code for the log as well. */
export function correctInputErrors(context: HandlerContext): void {
  const call = context.values.get(callKey);
  context.signal.addEventListener(
    "abort",
    () => {
      const error: unknown = context.signal.reason;
      if (!(error instanceof ConnectError)) return;
      if (!call.parsed) correct(error);
      call.code = codeToString(error.code);
    },
    { once: true },
  );
}

/**
 * A GET carries its message in the query. When that is no base64, connect-es answers `internal` with an error of its
 * own making, which comes too late to be corrected: so it must not come to that.
 *
 * @throws invalid_argument
 */
export function refuseBadBase64({ requestMethod, url }: HandlerContext): void {
  if (requestMethod !== "GET") return;
  const { searchParams } = new URL(url);
  if (searchParams.get("base64") !== "1") return;
  try {
    base64Decode(searchParams.get("message") ?? "");
  } catch {
    throw new ConnectError("the query's message is not base64", Code.InvalidArgument);
  }
}

/** Codes that connect-es gives to a message it could not parse. Others (a message too large) are right. */
function correct(error: ConnectError): void {
  if (error.code === Code.Internal || error.code === Code.InvalidArgument) {
    rewrite(error, Code.InvalidArgument, publicMessage(error.rawMessage));
  } else if (error.code === Code.Unimplemented && error.rawMessage.startsWith("unknown compression")) {
    rewrite(error, Code.Unimplemented, "unknown compression: send gzip or identity");
  }
}

function rewrite(error: ConnectError, code: Code, message: string): void {
  Object.assign(error, {
    code,
    rawMessage: message,
    message: `[${codeToString(code)}] ${message}`,
    cause: undefined,
  });
}

/** The field's name comes from our own schema, the rest of the parser's message from the input. */
const jsonField = /^cannot decode field ([\w.]+) from JSON/;
const jsonMessage = /^cannot decode (?:message|enum) [\w.]+ from JSON/;

function publicMessage(message: string): string {
  if (message.startsWith("parse binary")) return "the message is not valid protobuf of this request's type";
  const field = jsonField.exec(message)?.[1];
  if (field !== undefined) return `${nameOf(field)}: the JSON value does not fit the field's type`;
  if (jsonMessage.test(message)) return "the message is not JSON of this request's type";
  if (message.includes("timeout") && message.startsWith("protocol error"))
    return "the timeout header is not valid";
  return "the message could not be read: it is malformed or incomplete";
}

function nameOf(qualified: string): string {
  return qualified.slice(qualified.lastIndexOf(".") + 1);
}
