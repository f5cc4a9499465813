/** Calls whose message is held back: in flight for as long as a test wants, known to the service for certain. */
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { CreateOrganizationRequestSchema } from "../../../gen/gitpod/v1/organization_pb.ts";

export interface HeldCall {
  /** Sends the message. Resolves with the status, of gRPC 0 for good; rejects when the call was cut. */
  finish(): Promise<number>;
}

const path = "/gitpod.v1.OrganizationService/CreateOrganization";

/** The service has asked for the message (100 Continue): it has seen the head. */
export async function holdHttp1(authority: string, token: string, name: string): Promise<HeldCall> {
  const body = JSON.stringify({ name });
  const req = http.request(`http://${authority}${path}`, {
    method: "POST",
    agent: new http.Agent({ keepAlive: true }),
    headers: {
      Authorization: `Bearer ${token}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      Expect: "100-continue",
    },
  });
  const answered = once(req, "response");
  answered.catch(() => undefined);
  req.flushHeaders();
  await once(req, "continue");
  return {
    async finish() {
      req.end(body);
      const [res]: unknown[] = await answered;
      if (!(res instanceof http.IncomingMessage)) throw new Error("no response");
      for await (const _chunk of res);
      return res.statusCode ?? 0;
    },
  };
}

export interface Http2Holder {
  hold(name: string): HeldCall;
  holdGrpc(name: string): HeldCall;
  /** Resolves when the service has seen the head of every call held so far: it answers in order. */
  seen(): Promise<void>;
}

export function connectHttp2(authority: string, token: string): Http2Holder {
  const session = http2.connect(`http://${authority}`);
  session.on("error", () => undefined);
  const open = (contentType: string): http2.ClientHttp2Stream =>
    session.request({
      ":method": "POST",
      ":path": path,
      authorization: `Bearer ${token}`,
      "content-type": contentType,
      te: "trailers",
    });
  return {
    hold(name) {
      const stream = open("application/json");
      return hold(stream, "response", ":status", Buffer.from(JSON.stringify({ name })));
    },
    holdGrpc(name) {
      const stream = open("application/grpc+proto");
      return hold(stream, "trailers", "grpc-status", enveloped(name));
    },
    seen: () =>
      new Promise((resolve, reject) => {
        session.ping((error) => (error === null ? resolve() : reject(error)));
      }),
  };
}

function hold(
  stream: http2.ClientHttp2Stream,
  event: "response" | "trailers",
  header: string,
  message: Buffer,
): HeldCall {
  const answered = new Promise<number>((resolve, reject) => {
    stream.once(event, (headers: http2.IncomingHttpHeaders) => resolve(Number(headers[header])));
    stream.once("error", reject);
    stream.once("close", () => reject(new Error("the stream was closed without an answer")));
  });
  answered.catch(() => undefined);
  stream.resume();
  return {
    finish() {
      stream.end(message);
      return answered;
    },
  };
}

/** One uncompressed message, as gRPC frames it. */
function enveloped(name: string): Buffer {
  const message = toBinary(
    CreateOrganizationRequestSchema,
    create(CreateOrganizationRequestSchema, { name }),
  );
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}
