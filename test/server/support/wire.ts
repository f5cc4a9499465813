/** Requests as a client without any library of ours would send them, and the whole of what comes back. */
import * as http from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import { connect } from "node:net";

export const httpVersions = ["1.1", "2"] as const;
export type HttpVersion = (typeof httpVersions)[number];

export interface WireRequest {
  /** POST unless said. */
  readonly method?: string;
  /** With the query, exactly as it goes over the wire. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly trailers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Connections of one HTTP version to one server. */
export interface Wire extends Disposable {
  /** Rejects when the connection or the stream ends without a whole answer. */
  ask(request: WireRequest): Promise<WireAnswer>;
}

/** TLS for an https URL, where ALPN is asked for the version. */
export function openWire(url: string, version: HttpVersion): Wire {
  return version === "2" ? openHttp2(url) : openHttp1(url);
}

function openHttp1(url: string): Wire {
  const secure = url.startsWith("https:");
  const options = { keepAlive: true, maxSockets: 16 };
  const agent = secure ? new https.Agent({ ...options, rejectUnauthorized: false }) : new http.Agent(options);
  const { hostname, port } = new URL(url);
  return {
    ask: ({ method = "POST", path, headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const request = { agent, hostname, port, method, path, headers: withLength(headers, body) };
        const req = (secure ? https : http).request(request);
        req.on("error", reject);
        req.on("response", (res) => {
          const chunks: Buffer[] = [];
          res.on("data", (chunk: Buffer) => chunks.push(chunk));
          res.on("error", reject);
          res.on("end", () =>
            resolve({
              status: res.statusCode ?? 0,
              headers: flat(res.headers),
              trailers: flat(res.trailers),
              body: Buffer.concat(chunks),
            }),
          );
        });
        req.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Node announces the length by itself only for some methods. */
function withLength(headers: Readonly<Record<string, string>>, body: WireRequest["body"]) {
  if (body === undefined || "content-length" in headers || "transfer-encoding" in headers) return headers;
  return { ...headers, "content-length": String(Buffer.byteLength(body)) };
}

function openHttp2(url: string): Wire {
  const session = http2.connect(url, { rejectUnauthorized: false });
  session.on("error", () => undefined);
  return {
    ask: ({ method = "POST", path, headers = {}, body }) => {
      // Said outright, because Node would take DELETE for a request without a body.
      const endStream = body === undefined;
      const stream = session.request({ ":method": method, ":path": path, ...headers }, { endStream });
      if (!endStream) stream.end(body);
      return answerOf(stream);
    },
    [Symbol.dispose]: () => session.destroy(),
  };
}

export function answerOf(stream: http2.ClientHttp2Stream): Promise<WireAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let head: http2.IncomingHttpHeaders | undefined;
    let trailers: http2.IncomingHttpHeaders = {};
    stream.on("response", (headers) => {
      head = headers;
    });
    stream.on("trailers", (headers) => {
      trailers = headers;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => reject(new Error(`no whole answer, code ${stream.rstCode}`)));
    stream.on("end", () => {
      if (head === undefined || stream.aborted) return;
      const status = Number(head[":status"]);
      resolve({ status, headers: flat(head), trailers: flat(trailers), body: Buffer.concat(chunks) });
      // The rest of a body that was refused is not sent any more.
      stream.close();
    });
  });
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries);
}

/** Sends bytes as they are on a connection of their own, and resolves with all that came once it is closed. */
export function sendRaw(url: string, bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port) }, () => void socket.write(bytes));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", reject);
    socket.on("close", () => resolve(Buffer.concat(chunks).toString("latin1")));
  });
}
