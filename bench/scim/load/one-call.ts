/** Single calls: to look at an answer, and to take one in that is too large to look at. */
import * as http from "node:http";
import { turn } from "../../load/call.ts";
import { headersOf, type LoadCall, originOf } from "./load-call.ts";
import { numbered } from "./scim-load.ts";

export interface Answer {
  readonly body: string;
}

/** @throws Error for another status than the plan's */
export async function callOnce(call: LoadCall): Promise<Answer> {
  const { method, path, body } = turn(turn(call.lists, 0), 0);
  const response = await fetch(originOf(call) + path, {
    method,
    headers: headersOf(call),
    ...(body === undefined ? {} : { body: numbered(body) }),
  });
  const text = await response.text();
  if (response.status !== call.status) {
    throw new Error(`${method} ${path.split("?", 1)[0]}: ${response.status} ${text.slice(0, 500)}`);
  }
  return { body: text };
}

export interface Download {
  readonly bytes: number;
  readonly tookMs: number;
}

/** Counts the bytes of an answer and keeps none of them. @throws Error for another status than the plan's */
export function download(call: LoadCall): Promise<Download> {
  const startMs = performance.now();
  const { path } = turn(turn(call.lists, 0), 0);
  return new Promise((resolve, reject) => {
    const request = http.get(originOf(call) + path, { headers: headersOf(call) }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.once("end", () => {
        if (response.statusCode === call.status) resolve({ bytes, tookMs: performance.now() - startMs });
        else reject(new Error(`GET ${path}: ${response.statusCode}`));
      });
      response.once("error", reject);
    });
    request.once("error", reject);
  });
}
