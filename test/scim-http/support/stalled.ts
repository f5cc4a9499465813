/** Clients that take the head of an answer, and then no more than what is on its way already. */
import { once } from "node:events";
import { get, type IncomingHttpHeaders } from "node:http";
import { connect, constants } from "node:http2";
import type { Readable } from "node:stream";
import type { ScimClient } from "./client.ts";

export interface StalledAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All the rest, for who reads it. It fails when it is cut off. */
  readonly body: Readable;
  /** Goes without it. */
  readonly leave: () => void;
}

/** Each on a connection of its own. */
export type Stall = (scim: ScimClient, path: string) => Promise<StalledAnswer>;

const authorizationOf = ({ token }: ScimClient) => ({ authorization: `Bearer ${token}` });

/** Megabytes are on their way, in the buffers of both ends. */
export const stallHttp1: Stall = async (scim, path) => {
  const req = get(scim.base + path, { agent: false, headers: authorizationOf(scim) });
  const { promise, resolve, reject } = Promise.withResolvers<StalledAnswer>();
  req.on("error", reject).on("response", (res) => {
    const { statusCode = 0, headers } = res;
    resolve({ status: statusCode, headers, body: quiet(res), leave: () => void res.destroy() });
  });
  return await promise;
};

/** 64 KiB are: the stream's window (RFC 9113 section 6.9.2). */
export const stallHttp2: Stall = async (scim, path) => {
  const { origin, pathname } = new URL(scim.base);
  const session = connect(origin);
  session.on("error", () => {});
  const stream = session.request({ ":path": pathname + path, ...authorizationOf(scim) });
  stream.on("close", () => session.close());
  const [headers] = await once(stream, "response");
  return {
    status: Number(headers[":status"]),
    headers,
    body: quiet(stream),
    leave: () => stream.close(constants.NGHTTP2_CANCEL),
  };
};

/** The end of what was left is nobody's fault. */
function quiet<Stream extends Readable>(stream: Stream): Stream {
  stream.on("error", () => {});
  return stream;
}
