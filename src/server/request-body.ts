import { BodyCutOffError, BodyTooLargeError } from "../base/http.ts";
import type { NodeRequest } from "./listener/types.ts";

/**
 * The whole body. Not `for await`, which destroys the request on the way out, and with it the connection that the refusal is
 * to go over.
 *
 * @throws BodyTooLargeError as soon as it is known; BodyCutOffError when the client leaves before the end
 */
export function readBody(req: NodeRequest, maxBytes: number): Promise<Uint8Array> {
  if (Number(req.headers["content-length"] ?? 0) > maxBytes) return Promise.reject(new BodyTooLargeError());
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Buffer[] = [];
  let bytes = 0;

  function onData(chunk: Buffer): void {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
    else settle(() => reject(new BodyTooLargeError()));
  }
  function onEnd(): void {
    settle(() => resolve(chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks)));
  }
  function onCut(error?: Error): void {
    settle(() => reject(new BodyCutOffError({ cause: error })));
  }
  function settle(then: () => void): void {
    req.off("data", onData).off("end", onEnd).off("error", onCut).off("close", onCut);
    req.pause();
    then();
  }

  req.on("data", onData).once("end", onEnd).once("error", onCut).once("close", onCut);
  return promise;
}
