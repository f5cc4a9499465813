/** Requests that began as good ones: what a broken client, or one that means harm, might send. */
import type { DescMethod } from "@bufbuild/protobuf";
import fc from "fast-check";
import { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { TestTenant } from "../../support/server.ts";
import { callWithBody, isEnveloped, outcomeOf, type Shape, shapes } from "./calls.ts";
import { byteMutation, framing, jsonMutation, unchanged } from "./fuzz-bytes.ts";
import { headers, requestLine } from "./fuzz-lines.ts";
import { samplesFor } from "./fuzz-samples.ts";
import type { WireAnswer, WireRequest } from "./wire.ts";

export interface FuzzedRequest {
  readonly shape: Shape;
  readonly method: DescMethod;
  readonly request: WireRequest;
}

export interface Tokens {
  readonly tenant: TestTenant;
  readonly operator: string;
}

export function fuzzedRequests(tokens: Tokens): fc.Arbitrary<FuzzedRequest> {
  return fc
    .record({
      shape: fc.constantFrom(...shapes),
      sample: fc.constantFrom(...samplesFor(tokens.tenant)),
      token: tokenArbitrary(tokens),
      spoilMessage: fc.oneof({ weight: 3, arbitrary: byteMutation }, fc.constant(unchanged)),
      spoilJson: fc.oneof({ weight: 2, arbitrary: jsonMutation }, fc.constant(unchanged)),
      frame: framing,
      spoilBody: fc.oneof(
        { weight: 1, arbitrary: byteMutation },
        { weight: 5, arbitrary: fc.constant(unchanged) },
      ),
      more: headers,
      line: requestLine,
    })
    .map(({ shape, sample, token, spoilMessage, spoilJson, frame, spoilBody, more, line }) => {
      const { method } = sample;
      const good = shape.codec === "json" ? spoilJson(sample.json) : sample.binary;
      const message = spoilMessage(good);
      const body = spoilBody(isEnveloped(shape, method) ? frame(message) : message);
      const call = callWithBody(shape, method, body, { token, headers: more });
      return { shape, method, request: line(call, message) };
    });
}

/** Why the answer is a fault of the server's, or undefined for one that may be given. */
export function faultOf({ shape, method }: FuzzedRequest, answer: WireAnswer): string | undefined {
  // HTTP's own words for a request that asks for what is not there, and for a bidi stream over HTTP/1.1.
  if (answer.status === 505 && method.methodKind === "bidi_streaming") return undefined;
  if (answer.status >= 500 && answer.status !== 501) return `HTTP ${answer.status}`;
  const code = codeOf(shape, answer);
  return serverFaults.has(code) ? code : undefined;
}

const serverFaults = new Set([
  "internal",
  "unknown",
  "data_loss",
  "unavailable",
  "aborted",
  "deadline_exceeded",
]);

/** By what came back, because a changed Content-Type makes another protocol of it. */
function codeOf(shape: Shape, answer: WireAnswer): string {
  const contentType = answer.headers["content-type"] ?? "";
  const protocol = (["grpc-web", "grpc", "connect"] as const).find((name) =>
    contentType.startsWith(`application/${name}`),
  );
  if (protocol !== undefined)
    return outcomeOf({ ...shape, protocol }, EventService.method.watchEvents, answer).code;
  if (answer.status === 200) return "ok";
  return outcomeOf({ ...shape, protocol: "connect" }, OrganizationService.method.getOrganization, answer)
    .code;
}

function tokenArbitrary({ tenant, operator }: Tokens): fc.Arbitrary<string | undefined> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(tenant.token) },
    { weight: 1, arbitrary: fc.constant(operator) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat(tenant.token.length - 1).map((index) => tenant.token.slice(0, index)) },
    { weight: 1, arbitrary: fc.base64String({ maxLength: 60 }) },
  );
}
