import type { Client, Request } from "autocannon";
import { type Load, turn } from "../../load/call.ts";
import { startHttp1Load } from "../../load/http1.ts";
import type { Recorder } from "../../load/recorder.ts";
import { type HttpCall, numberMark } from "../calls.ts";
import { headersOf, type LoadCall, originOf } from "./load-call.ts";

/** Over all runs of this process: what is created is new each time. */
let lastNumber = 0;

/** As SCIM clients call: keep-alive, one request after the other. */
export function startScimLoad(call: LoadCall, callers: number, recorder: Recorder): Load {
  let clients = 0;
  return startHttp1Load(
    {
      urls: [originOf(call)],
      callers,
      setupClient(client: Client) {
        client.setRequests(turn(call.lists, clients).map((each) => toRequest(call, each)));
        clients += 1;
      },
      isSuccess: (status) => status === call.status,
    },
    recorder,
  );
}

function toRequest(call: LoadCall, { method, path, body }: HttpCall): Request {
  const headers = headersOf(call);
  if (body === undefined) return { method, path, headers };
  if (!body.includes(numberMark)) return { method, path, headers, body };
  return {
    method,
    path,
    headers,
    body,
    setupRequest: (request) => ({ ...request, body: numbered(body) }),
  };
}

export function numbered(body: string): string {
  lastNumber += 1;
  return body.replaceAll(numberMark, String(lastNumber));
}
