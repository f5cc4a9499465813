import { once } from "node:events";
import * as http2 from "node:http2";
import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { expectNoSocketsLeft, start } from "./support.ts";

test("a stream whose response is complete is released whole, although the request never ends", async () => {
  const body = Buffer.alloc(300_000, "x");
  const running = await start({
    handler: (_req, res) => {
      res.addTrailers({ "grpc-status": "0" });
      if (res instanceof http2.Http2ServerResponse) res.end(body);
    },
  });
  const client = http2.connect(`http://127.0.0.1:${running.port}`);
  const stream = client.request({ ":method": "POST", ":path": "/" }, { endStream: false });
  stream.write("the beginning");
  const trailers = once(stream, "trailers");

  const received = await buffer(stream);
  await once(stream, "close");

  expect(received.equals(body)).toBe(true);
  expect((await trailers)[0]).toMatchObject({ "grpc-status": "0" });
  expect(stream.rstCode).toBe(http2.constants.NGHTTP2_NO_ERROR);
  client.close();
  await expectNoSocketsLeft(running);
});
