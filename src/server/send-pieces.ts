import type { NodeResponse } from "./listener/types.ts";

/** A body as it is made: the next piece is asked for when the client has taken the one before. Does not end the response. */
export async function sendPieces(
  res: NodeResponse,
  pieces: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  for await (const piece of pieces) {
    if (isGone(res)) return;
    if (!write(res, piece) && !isGone(res)) await drained(res);
    // Before another piece is made for nobody.
    if (isGone(res)) return;
  }
}

/** Whether the client has left. Node's HTTP/2 responses have no `destroyed`, whatever their type says. */
export function isGone(res: NodeResponse): boolean {
  return "stream" in res ? res.stream.destroyed : res.destroyed;
}

/** One overload each: what HTTP/1 and HTTP/2 responses take as `write` has no common type. */
function write(res: NodeResponse, piece: string | Uint8Array): boolean {
  return "stream" in res ? res.write(piece) : res.write(piece);
}

/** Or gone. */
function drained(res: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off("drain", done).off("close", done);
      resolve();
    };
    res.once("drain", done).once("close", done);
  });
}
