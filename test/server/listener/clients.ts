import { readFileSync } from "node:fs";
import * as http2 from "node:http2";
import * as net from "node:net";
import * as tls from "node:tls";
import { onTestFinished } from "vitest";
import { PREFACE, settings } from "./frames.ts";

export const certificate = {
  cert: readFileSync(new URL("./fixtures/localhost.cert.pem", import.meta.url)),
  key: readFileSync(new URL("./fixtures/localhost.key.pem", import.meta.url)),
};

/** A TCP or TLS client that sends what it is told and keeps what it gets. */
export interface RawClient {
  readonly socket: net.Socket;
  readonly received: () => Buffer;
  readonly text: () => string;
  /** Resolves with the milliseconds from connect to close. */
  readonly closed: Promise<number>;
  send(data: string | Buffer): void;
  /** Resolves once the text received contains `part`, rejects if the connection closes without. */
  until(part: string): Promise<void>;
}

export async function connect(port: number): Promise<RawClient> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  const client = rawClient(socket);
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return client;
}

export async function connectTls(port: number, alpn: string[]): Promise<RawClient> {
  const socket = tls.connect({ port, host: "127.0.0.1", ca: certificate.cert, ALPNProtocols: alpn });
  const client = rawClient(socket);
  await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  return client;
}

function rawClient(socket: net.Socket): RawClient {
  const chunks: Buffer[] = [];
  const startedMs = performance.now();
  socket.on("data", (chunk) => chunks.push(chunk));
  // A server that cuts us is what many tests are about.
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<number>((resolve) => {
    socket.once("close", () => resolve(performance.now() - startedMs));
  });
  const text = () => Buffer.concat(chunks).toString("latin1");
  return {
    socket,
    closed,
    received: () => Buffer.concat(chunks),
    text,
    send: (data) => void socket.write(data),
    until: (part) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (text().includes(part)) resolve();
        };
        socket.on("data", check);
        void closed.then(() => reject(new Error(`closed without ${part}, after: ${text()}`)));
        check();
      }),
  };
}

/** One write for each byte, each in its own segment as far as the kernel allows. */
export async function sendByByte(client: RawClient, data: string | Buffer): Promise<void> {
  for (const byte of Buffer.from(data)) {
    await new Promise<void>((resolve) => client.socket.write(Buffer.of(byte), () => resolve()));
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

export function connectHttp2(
  port: number,
  options: http2.SecureClientSessionOptions = {},
): http2.ClientHttp2Session {
  const scheme = options.ca === undefined ? "http" : "https";
  const session = http2.connect(`${scheme}://127.0.0.1:${port}`, options);
  session.on("error", () => undefined);
  onTestFinished(() => session.destroy());
  return session;
}

export interface Answer {
  readonly status: number;
  readonly headers: http2.IncomingHttpHeaders;
  readonly body: string;
}

/** The whole answer to one request; rejects if the stream fails. */
export function ask(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders = {},
  body?: string,
): Promise<Answer> {
  const stream = session.request({
    ":path": "/",
    ...(body === undefined ? {} : { ":method": "POST" }),
    ...headers,
  });
  stream.end(body);
  return answerOf(stream);
}

export function answerOf(stream: http2.ClientHttp2Stream): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let seen: http2.IncomingHttpHeaders = {};
    stream.on("response", (headers) => {
      seen = headers;
    });
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      const status = Number(seen[":status"]);
      if (Number.isNaN(status)) reject(new Error(`stream ended without an answer, code ${stream.rstCode}`));
      else resolve({ status, headers: seen, body: Buffer.concat(chunks).toString() });
    });
  });
}

/** A raw client that has said the preface and, in the same write, whatever else. */
export async function connectFrames(port: number, ...first: Buffer[]): Promise<RawClient> {
  const client = await connect(port);
  client.send(Buffer.concat([PREFACE, settings(), ...first]));
  return client;
}
