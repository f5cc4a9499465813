/** Connect JSON over HTTP/1.1. */
import { type RecordedResponse, recordableHeaders } from "../recorded-response.ts";
import type { Target } from "../targets.ts";
import { type Call, type Load, turn } from "./call.ts";
import { startHttp1Load } from "./http1.ts";
import type { Recorder } from "./recorder.ts";

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
  return startHttp1Load(
    {
      urls: call.ports.map((port) => urlOf(port, path)),
      callers,
      setupClient(client) {
        const target = turn(call.targets, clients);
        clients += 1;
        client.setHeadersAndBody(headersOf(target), target.json);
      },
      isSuccess: (status) => status === 200,
    },
    recorder,
  );
}

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
