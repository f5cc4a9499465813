/** Connect JSON over HTTP/1.1 keep-alive, by autocannon: a connection for each caller. */
import autocannon from "autocannon";
import { type RecordedResponse, recordableHeaders } from "../recorded-response.ts";
import type { Target } from "../targets.ts";
import { type Call, type Load, turn } from "./call.ts";
import type { Recorder } from "./recorder.ts";

const sampleMs = 50;
/** Longer than any run: `stop` ends it. */
const durationSeconds = 3600;
const acceptMs = 50;

function headersOf({ token }: Target): Record<string, string> {
  return {
    "content-type": "application/json",
    "connect-protocol-version": "1",
    authorization: `Bearer ${token}`,
  };
}

function urlOf(port: number, { path }: Target): string {
  return `http://127.0.0.1:${port}${path}`;
}

export function startConnectLoad(call: Call, callers: number, recorder: Recorder): Load {
  const path = turn(call.targets, 0);
  let clients = 0;
  const run = autocannon({
    // Its connections take turns over these.
    url: call.ports.map((port) => urlOf(port, path)),
    method: "POST",
    setupClient(client) {
      const target = turn(call.targets, clients);
      clients += 1;
      client.setHeadersAndBody(headersOf(target), target.json);
    },
    connections: callers,
    duration: durationSeconds,
    sampleInt: sampleMs,
  });
  // autocannon's own histogram counts whole milliseconds.
  run.on("response", (_client, statusCode, _bytes, ms) => recorder.record(ms, statusCode === 200));
  letAllIn();
  return {
    async stop() {
      run.stop();
      const { errors, timeouts } = await run;
      for (let failure = 0; failure < errors + timeouts; failure += 1) recorder.record(0, false);
    },
  };
}

/**
 * A busy Node accepts one connection in each turn of its event loop (libuv 1.52), so that the last of 64 callers would
 * wait for seconds while the first ones are served. The kernel connects them all while this process stands still, and
 * the server, which has nothing to answer yet, takes them in.
 */
function letAllIn(): void {
  // Sockets begin to connect in the next tick: this one comes after theirs.
  process.nextTick(() => Atomics.wait(never, 0, 0, acceptMs));
}

const never = new Int32Array(new SharedArrayBuffer(4));

/** @throws Error for any answer but a 200 */
export async function callConnect(call: Call): Promise<RecordedResponse> {
  const target = turn(call.targets, 0);
  const response = await fetch(urlOf(turn(call.ports, 0), target), {
    method: "POST",
    headers: headersOf(target),
    body: target.json,
  });
  const body = new Uint8Array(await response.arrayBuffer());
  if (response.status !== 200) {
    throw new Error(`${target.path}: ${response.status} ${Buffer.from(body).toString()}`);
  }
  return { headers: recordableHeaders(response.headers), body, trailers: {} };
}
