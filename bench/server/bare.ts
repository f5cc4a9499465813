/** Bare `node:http` and `node:http2` servers that answer every request with the same recorded bytes: the floor. */
import * as http from "node:http";
import * as http2 from "node:http2";
import { serveParent } from "../processes/child.ts";
import { fieldsOf } from "../processes/fields.ts";
import { usageOf } from "../processes/usage.ts";
import { parseRecordedResponse, type RecordedResponse } from "../recorded-response.ts";
import { listen } from "./listen.ts";

const count = { requests: 0 };

function createBareHttp({ headers, body }: RecordedResponse): http.Server {
  return http.createServer((req, res) => {
    count.requests += 1;
    req.resume();
    req.once("end", () => {
      res.writeHead(200, headers);
      res.end(body);
    });
  });
}

function createBareHttp2({ headers, body, trailers }: RecordedResponse): http2.Http2Server {
  const server = http2.createServer();
  server.on("stream", (stream) => {
    count.requests += 1;
    stream.on("error", () => {});
    stream.resume();
    stream.once("end", () => {
      stream.respond({ ":status": 200, ...headers }, { waitForTrailers: true });
      stream.once("wantTrailers", () => stream.sendTrailers(trailers));
      stream.end(body);
    });
  });
  return server;
}

serveParent(
  {
    open: async (argument) => ({
      connect: await listen(createBareHttp(parseRecordedResponse(fieldsOf(argument, "connect")))),
      grpc: await listen(createBareHttp2(parseRecordedResponse(fieldsOf(argument, "grpc")))),
    }),
    usage: async () => usageOf(count),
  },
  () => Promise.resolve(),
);
