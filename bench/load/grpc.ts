/** Unary gRPC over clear-text HTTP/2, by the smallest client that does it: the load must cost less than the server. */
import * as http2 from "node:http2";
import { type RecordedResponse, recordableHeaders } from "../recorded-response.ts";
import type { Target } from "../targets.ts";
import { type Call, type Load, turn } from "./call.ts";
import type { Recorder } from "./recorder.ts";

/** Callers share connections, as the channels of gRPC's clients do. */
const sessionsMax = 4;

interface Answer {
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: Buffer;
  readonly trailers: http2.IncomingHttpHeaders;
}

export function startGrpcLoad(call: Call, callers: number, recorder: Recorder): Load {
  const sessions = Array.from({ length: Math.min(sessionsMax, callers) }, (_, index) =>
    connect(turn(call.ports, index)),
  );
  const requests = call.targets.map(requestOf);
  let stopping = false;

  async function caller(session: http2.ClientHttp2Session, request: Request): Promise<void> {
    while (!stopping) {
      const startMs = performance.now();
      const ok = await send(session, request).then(succeeded, () => false);
      recorder.record(performance.now() - startMs, ok);
      // Whatever broke stays broken; the failure is counted and fails the run.
      if (!ok) return;
    }
  }

  const done = Promise.all(
    Array.from({ length: callers }, (_, index) => caller(turn(sessions, index), turn(requests, index))),
  );
  return {
    async stop() {
      stopping = true;
      await done;
      for (const session of sessions) session.close();
    },
  };
}

/** @throws Error for any status but OK */
export async function callGrpc(call: Call): Promise<RecordedResponse> {
  const session = connect(turn(call.ports, 0));
  const target = turn(call.targets, 0);
  try {
    const answer = await send(session, requestOf(target));
    if (!succeeded(answer)) {
      const { "grpc-status": status, "grpc-message": message } = { ...answer.headers, ...answer.trailers };
      throw new Error(`${target.path}: status ${String(status)} ${String(message)}`);
    }
    return {
      headers: recordableHeaders(Object.entries(answer.headers)),
      body: answer.body,
      trailers: recordableHeaders(Object.entries(answer.trailers)),
    };
  } finally {
    session.close();
  }
}

function connect(port: number): http2.ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  // Reported by each request that it breaks.
  session.on("error", () => {});
  return session;
}

interface Request {
  readonly headers: http2.OutgoingHttpHeaders;
  readonly body: Buffer;
}

function requestOf(target: Target): Request {
  // The length-prefixed message of gRPC: not compressed, four bytes of length, the message.
  const body = Buffer.alloc(5 + target.binary.length);
  body.writeUInt32BE(target.binary.length, 1);
  body.set(target.binary, 5);
  return {
    headers: {
      ":method": "POST",
      ":path": target.path,
      "content-type": "application/grpc+proto",
      te: "trailers",
      authorization: `Bearer ${target.token}`,
    },
    body,
  };
}

function send(session: http2.ClientHttp2Session, { headers, body }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers);
    const chunks: Buffer[] = [];
    let responseHeaders: http2.IncomingHttpHeaders = {};
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on("response", (received) => {
      responseHeaders = received;
    });
    stream.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
    });
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("end", () => resolve({ headers: responseHeaders, body: Buffer.concat(chunks), trailers }));
    stream.on("error", reject);
    stream.end(body);
  });
}

function succeeded({ trailers }: Answer): boolean {
  return trailers["grpc-status"] === "0";
}
