/** RPCs as bytes, written by the specifications of the three protocols, so that no library of the server checks itself. */
import { gunzipSync } from "node:zlib";
import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  toBinary,
  toJsonString,
} from "@bufbuild/protobuf";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import type { Codec, Protocol } from "../../support/server.ts";
import type { HttpVersion, WireAnswer, WireRequest } from "./wire.ts";

export interface Shape {
  readonly protocol: Protocol;
  readonly codec: Codec;
  readonly httpVersion: HttpVersion;
}

/** Every way to call a unary method by POST. gRPC exists over HTTP/2 only. */
export const shapes: readonly Shape[] = (["connect", "grpc-web", "grpc"] as const).flatMap((protocol) =>
  (["json", "binary"] as const).flatMap((codec) =>
    (protocol === "grpc" ? (["2"] as const) : (["1.1", "2"] as const)).map((httpVersion) => ({
      protocol,
      codec,
      httpVersion,
    })),
  ),
);

export function nameOf({ protocol, codec, httpVersion }: Shape): string {
  return `${protocol} ${codec} over HTTP/${httpVersion}`;
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

export function encode<S extends DescMessage>(codec: Codec, schema: S, init: MessageInitShape<S>): Buffer {
  const message = create(schema, init);
  return Buffer.from(codec === "json" ? toJsonString(schema, message) : toBinary(schema, message));
}

/** Length-prefixed, as the streaming protocols have it. */
export function envelope(data: Uint8Array, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flags);
  head.writeUInt32BE(data.length, 1);
  return Buffer.concat([head, data]);
}

export interface CallOptions {
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** In front of the method's path. */
  readonly prefix?: string;
}

/** A call of the method by POST whose message is the bytes, whatever they are. */
export function callWith(
  shape: Shape,
  method: DescMethod,
  message: Uint8Array,
  options: CallOptions = {},
): WireRequest {
  return callWithBody(shape, method, isEnveloped(shape, method) ? envelope(message) : message, options);
}

/** The same with envelopes, if the protocol has them, already around. */
export function callWithBody(
  shape: Shape,
  method: DescMethod,
  body: Uint8Array,
  { token, headers = {}, prefix = "" }: CallOptions = {},
): WireRequest {
  const authorization: Record<string, string> =
    token === undefined ? {} : { authorization: `Bearer ${token}` };
  return {
    path: prefix + pathOf(method),
    headers: { "content-type": contentTypeOf(shape, method), te: "trailers", ...authorization, ...headers },
    body,
  };
}

export function contentTypeOf({ protocol, codec }: Shape, method: DescMethod): string {
  const suffix = codec === "json" ? "json" : "proto";
  if (protocol !== "connect") return `application/${protocol}+${suffix}`;
  return method.methodKind === "unary" ? `application/${suffix}` : `application/connect+${suffix}`;
}

export function isEnveloped({ protocol }: Shape, method: DescMethod): boolean {
  return protocol !== "connect" || method.methodKind !== "unary";
}

export interface Outcome {
  /** "ok", or the error's code as the Connect protocol spells it. */
  readonly code: string;
  readonly message: string;
  readonly messages: readonly Buffer[];
  readonly answer: WireAnswer;
}

/** Throws when the answer is none of the protocol's. */
export function outcomeOf(shape: Shape, method: DescMethod, answer: WireAnswer): Outcome {
  if (!isEnveloped(shape, method)) return unaryConnectOutcome(answer);
  if (answer.status !== 200) throw new Error(`HTTP ${answer.status}: ${answer.body}`);
  const frames = framesOf(answer.body);
  const endFlag = shape.protocol === "grpc-web" ? 0x80 : 2;
  const end = frames.find(({ flags }) => (flags & endFlag) !== 0)?.data;
  const messages = frames.filter(({ flags }) => (flags & endFlag) === 0).map(({ data }) => data);
  if (shape.protocol === "connect") return { ...connectEnd(end), messages, answer };
  const status = shape.protocol === "grpc" ? answer.trailers : parseTrailers(end);
  return { ...grpcStatus({ ...answer.headers, ...status }), messages, answer };
}

function unaryConnectOutcome(answer: WireAnswer): Outcome {
  const body = answer.headers["content-encoding"] === "gzip" ? gunzipSync(answer.body) : answer.body;
  if (answer.status === 200) return { code: "ok", message: "", messages: [body], answer };
  return { ...connectError(parseJson(body)), messages: [], answer };
}

function connectEnd(end: Buffer | undefined): Pick<Outcome, "code" | "message"> {
  if (end === undefined) throw new Error("the stream has no end");
  const { error } = parseJson(end);
  return error === undefined ? { code: "ok", message: "" } : connectError(fieldsOf(error));
}

function connectError({ code, message }: Record<string, unknown>): Pick<Outcome, "code" | "message"> {
  if (typeof code !== "string") throw new Error("an error without a code");
  return { code, message: typeof message === "string" ? message : "" };
}

function grpcStatus(fields: Readonly<Record<string, string>>): Pick<Outcome, "code" | "message"> {
  const status = fields["grpc-status"];
  if (status === undefined || !/^\d+$/.test(status)) throw new Error("no grpc-status");
  return {
    code: status === "0" ? "ok" : codeToString(Number(status)),
    message: decodeURIComponent(fields["grpc-message"] ?? ""),
  };
}

function framesOf(body: Buffer): { readonly flags: number; readonly data: Buffer }[] {
  const frames = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    if (end > body.length) throw new Error("an incomplete envelope");
    const flags = body.readUInt8(at);
    const data = body.subarray(at + 5, end);
    frames.push({ flags, data: (flags & 1) === 0 ? data : gunzipSync(data) });
    at = end;
  }
  return frames;
}

function parseTrailers(data: Buffer = Buffer.alloc(0)): Record<string, string> {
  const lines = data
    .toString()
    .split("\r\n")
    .filter((line) => line !== "");
  return Object.fromEntries(
    lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 1).trim(),
    ]),
  );
}

export function parseJson(body: Buffer | string): Record<string, unknown> {
  const parsed: unknown = JSON.parse(body.toString());
  return fieldsOf(parsed);
}

export function fieldsOf(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null) throw new Error(`not an object: ${String(value)}`);
  return Object.fromEntries(Object.entries(value));
}
