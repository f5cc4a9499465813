/** Connect JSON over HTTP/1.1 keep-alive, by autocannon: a connection for each caller. */
import autocannon from "autocannon";
import { type RecordedResponse, recordableHeaders } from "../recorded-response.ts";
import type { Call, Load } from "./call.ts";
import type { Recorder } from "./recorder.ts";

const sampleMs = 50;
/** Longer than any run: `stop` ends it. */
const durationSeconds = 3600;

function headersOf({ token }: Call): Record<string, string> {
  return {
    "content-type": "application/json",
    "connect-protocol-version": "1",
    authorization: `Bearer ${token}`,
  };
}

function urlOf({ port, target }: Call): string {
  return `http://127.0.0.1:${port}${target.path}`;
}

export function startConnectLoad(call: Call, callers: number, recorder: Recorder): Load {
  const run = autocannon({
    url: urlOf(call),
    method: "POST",
    headers: headersOf(call),
    body: call.target.json,
    connections: callers,
    duration: durationSeconds,
    sampleInt: sampleMs,
  });
  // autocannon's own histogram counts whole milliseconds.
  run.on("response", (_client, statusCode, _bytes, ms) => recorder.record(ms, statusCode === 200));
  return {
    async stop() {
      run.stop();
      const { errors, timeouts } = await run;
      for (let failure = 0; failure < errors + timeouts; failure += 1) recorder.record(0, false);
    },
  };
}

/** @throws Error for any answer but a 200 */
export async function callConnect(call: Call): Promise<RecordedResponse> {
  const response = await fetch(urlOf(call), {
    method: "POST",
    headers: headersOf(call),
    body: call.target.json,
  });
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) {
    throw new Error(`${call.target.path}: ${response.status} ${Buffer.from(body).toString()}`);
  }
  return { headers: recordableHeaders(response.headers), body, trailers: {} };
}
