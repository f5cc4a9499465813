import * as http2 from "node:http2";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { envelope, pathOf } from "./support/calls.ts";
import { measureGrowth } from "./support/memory.ts";

const path = pathOf(OrganizationService.method.updateOrganization);
const hundredMegabytes = 100_000_000;
const requestTimeoutMs = 500;
/** With room for a slow machine. */
const endsWithinMs = 6 * requestTimeoutMs;
const piece = Buffer.alloc(65_536, " ");

interface Upload {
  /** What came back before the end of the connection, or of the stream. */
  readonly answer: string;
  readonly tookMs: number;
}

/** Goes on writing for as long as the server takes it, up to so many bytes, and waits for the end. */
function upload(server: TestServer, head: string, next: Buffer, bytesMax: number): Promise<Upload> {
  const startMs = performance.now();
  const socket = connect(server.app.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  let left = bytesMax;
  const more = (): void => {
    while (left > 0 && socket.writable) {
      left -= next.length;
      if (!socket.write(next)) return;
    }
  };
  socket.on("connect", () => {
    socket.write(head);
    more();
  });
  socket.on("drain", more);
  socket.on("data", (chunk) => chunks.push(chunk));
  // The end of a connection that is still written to is often a reset.
  socket.on("error", () => undefined);
  return new Promise((resolve) => {
    socket.on("close", () =>
      resolve({ answer: Buffer.concat(chunks).toString("latin1"), tookMs: performance.now() - startMs }),
    );
  });
}

function uploadHttp2(
  server: TestServer,
  headers: http2.OutgoingHttpHeaders,
  next: Buffer,
  bytesMax: number,
): Promise<Upload> {
  const startMs = performance.now();
  const session = http2.connect(server.url);
  session.on("error", () => undefined);
  const stream = session.request({ ":method": "POST", ":path": path, ...headers });
  const chunks: Buffer[] = [];
  let head: http2.IncomingHttpHeaders = {};
  let left = bytesMax;
  const more = (): void => {
    while (left > 0 && stream.writable) {
      left -= next.length;
      if (!stream.write(next)) return;
    }
  };
  more();
  stream.on("drain", more);
  stream.on("response", (received) => {
    head = received;
  });
  stream.on("trailers", (received) => {
    head = { ...head, ...received };
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.on("error", () => undefined);
  return new Promise((resolve) => {
    stream.on("close", () => {
      session.destroy();
      const answer = JSON.stringify(head) + Buffer.concat(chunks).toString("latin1");
      resolve({ answer, tookMs: performance.now() - startMs });
    });
  });
}

describe("a body without measure", () => {
  let server: TestServer;
  let token: string;

  beforeAll(async () => {
    server = await startTestServer({
      REQUEST_TIMEOUT_MS: String(requestTimeoutMs),
      HEADERS_TIMEOUT_MS: String(requestTimeoutMs),
      KEEP_ALIVE_TIMEOUT_MS: "100",
    });
    ({ token } = await server.tenant());
    // The first megabytes that a process reads make its heap grow once: less than they would if they were kept.
    const warmUp = 256 * piece.length;
    await upload(server, head(path, [authorization(), `Content-Length: ${warmUp}`]), piece, warmUp);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const chunk = Buffer.concat([Buffer.from("10000\r\n"), piece, Buffer.from("\r\n")]);
  const head = (target: string, fields: readonly string[]) =>
    `${[`POST ${target} HTTP/1.1`, "Host: a", "Content-Type: application/json", ...fields].join("\r\n")}\r\n\r\n`;
  const authorization = () => `Authorization: Bearer ${token}`;
  const tooLarge = /resource_exhausted/;

  const cases: readonly {
    readonly name: string;
    readonly send: () => Promise<Upload>;
    readonly answer: RegExp;
  }[] = [
    {
      name: "of 100 MB announced, over HTTP/1.1",
      send: () =>
        upload(
          server,
          head(path, [authorization(), `Content-Length: ${hundredMegabytes}`]),
          piece,
          hundredMegabytes,
        ),
      answer: tooLarge,
    },
    {
      name: "of 100 MB announced, of which the client sends little, over HTTP/1.1",
      send: () =>
        upload(
          server,
          head(path, [authorization(), `Content-Length: ${hundredMegabytes}`]),
          piece,
          piece.length,
        ),
      answer: tooLarge,
    },
    {
      name: "in chunks without end, over HTTP/1.1",
      send: () =>
        upload(server, head(path, [authorization(), "Transfer-Encoding: chunked"]), chunk, Infinity),
      answer: tooLarge,
    },
    {
      name: "in chunks without end and without a token, over HTTP/1.1",
      send: () => upload(server, head(path, ["Transfer-Encoding: chunked"]), chunk, Infinity),
      answer: /unauthenticated/,
    },
    {
      name: "in chunks without end for a path that there is none of, over HTTP/1.1",
      send: () => upload(server, head("/none", ["Transfer-Encoding: chunked"]), chunk, Infinity),
      answer: /no such path/,
    },
    {
      name: "of 100 MB announced, over HTTP/2",
      send: () =>
        uploadHttp2(
          server,
          {
            "content-type": "application/json",
            "content-length": hundredMegabytes,
            authorization: `Bearer ${token}`,
          },
          piece,
          hundredMegabytes,
        ),
      answer: tooLarge,
    },
    {
      name: "without end, over HTTP/2",
      send: () =>
        uploadHttp2(
          server,
          { "content-type": "application/json", authorization: `Bearer ${token}` },
          piece,
          Infinity,
        ),
      answer: tooLarge,
    },
    {
      name: "without end and without a token, over HTTP/2",
      send: () => uploadHttp2(server, { "content-type": "application/json" }, piece, Infinity),
      answer: /unauthenticated/,
    },
    {
      name: "of messages without end for a unary method, by gRPC",
      send: () =>
        uploadHttp2(
          server,
          { "content-type": "application/grpc+json", te: "trailers", authorization: `Bearer ${token}` },
          envelope(Buffer.from("{}")),
          Infinity,
        ),
      answer: /"grpc-status":"12"/,
    },
    {
      name: "of one message that is announced as 4 GiB, by gRPC",
      send: () =>
        uploadHttp2(
          server,
          { "content-type": "application/grpc", te: "trailers", authorization: `Bearer ${token}` },
          Buffer.concat([Buffer.of(0, 255, 255, 255, 255), piece]),
          Infinity,
        ),
      answer: /"grpc-status":"8"/,
    },
  ];

  test.each(cases)("is refused in time and takes no memory: $name", async ({ send, answer }) => {
    const { result, grownMiB } = await measureGrowth(send);

    expect(result.answer).toMatch(answer);
    expect(result.tookMs).toBeLessThan(endsWithinMs);
    expect(grownMiB).toBeLessThan(64);
  });

  test("takes no memory when many come at once", async () => {
    const { result, grownMiB } = await measureGrowth(() =>
      Promise.all([...cases, ...cases].map(({ send }) => send())),
    );

    for (const { tookMs } of result) expect(tookMs).toBeLessThan(2 * endsWithinMs);
    expect(grownMiB).toBeLessThan(64);
  });
});
