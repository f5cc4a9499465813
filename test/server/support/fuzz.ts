/** Requests that began as good ones: what a broken client, or one that means harm, might send. */
import { gzipSync } from "node:zlib";
import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import fc from "fast-check";
import { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import type { TestTenant } from "../../support/server.ts";
import {
  callWithBody,
  encode,
  envelope,
  isEnveloped,
  outcomeOf,
  pathOf,
  type Shape,
  shapes,
} from "./calls.ts";
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

/** A good message in both codecs, with the method that takes it. */
interface Sample {
  readonly method: DescMethod;
  readonly json: Buffer;
  readonly binary: Buffer;
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
      headers: fc
        .dictionary(fc.constantFrom(...headerNames), fc.constant(""), { maxKeys: 3 })
        .chain(headerValues),
      line: requestLine,
    })
    .map(({ shape, sample, token, spoilMessage, spoilJson, frame, spoilBody, headers, line }) => {
      const { method } = sample;
      const good = shape.codec === "json" ? spoilJson(sample.json) : sample.binary;
      const message = spoilMessage(good);
      const body = spoilBody(isEnveloped(shape, method) ? frame(message) : message);
      const call = callWithBody(shape, method, body, { token, headers });
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

type Mutation = (bytes: Buffer) => Buffer;
const unchanged: Mutation = (bytes) => bytes;

const anyBytes = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
/** Of a length that is not known yet. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const at = (share: number, bytes: Buffer): number => Math.floor(share * bytes.length);

const byteMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([share, bit]): Mutation =>
      (bytes) => {
        const copy = Buffer.from(bytes);
        const index = Math.min(at(share, copy), copy.length - 1);
        if (index >= 0) copy.writeUInt8(copy.readUInt8(index) ^ (1 << bit), index);
        return copy;
      },
  ),
  place.map(
    (share): Mutation =>
      (bytes) =>
        bytes.subarray(0, at(share, bytes)),
  ),
  place.map(
    (share): Mutation =>
      (bytes) =>
        bytes.subarray(at(share, bytes)),
  ),
  fc.tuple(place, anyBytes).map(
    ([share, inserted]): Mutation =>
      (bytes) => {
        return Buffer.concat([
          bytes.subarray(0, at(share, bytes)),
          inserted,
          bytes.subarray(at(share, bytes)),
        ]);
      },
  ),
  fc.tuple(place, place).map(
    ([from, to]): Mutation =>
      (bytes) => {
        return Buffer.concat([
          bytes,
          bytes.subarray(at(Math.min(from, to), bytes), at(Math.max(from, to), bytes)),
        ]);
      },
  ),
  anyBytes.map(
    (replacement): Mutation =>
      () =>
        replacement,
  ),
  fc.integer({ min: 1, max: 50 }).map(
    (times): Mutation =>
      (bytes) =>
        Buffer.concat(Array(times).fill(bytes)),
  ),
);

/** One value in the JSON replaced by another, or one name by another. */
const jsonMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(8), fc.json({ maxDepth: 4 })).map(
    ([skip, json]): Mutation =>
      (bytes) => {
        return replaceNth(bytes, /(?<=:)(?:"[^"]*"|true|false|-?\d+)/g, skip, json);
      },
  ),
  fc.tuple(fc.nat(8), fc.json({ maxDepth: 0 })).map(
    ([skip, json]): Mutation =>
      (bytes) => {
        return replaceNth(bytes, /"[^"]*"(?=:)/g, skip, json.startsWith('"') ? json : `"${json}"`);
      },
  ),
  fc.integer({ min: 1, max: 400 }).map(
    (depth): Mutation =>
      (bytes) => {
        return Buffer.from(`${'{"a":'.repeat(depth)}${bytes.toString()}${"}".repeat(depth)}`);
      },
  ),
);

function replaceNth(bytes: Buffer, pattern: RegExp, skip: number, replacement: string): Buffer {
  let left = skip;
  return Buffer.from(
    bytes.toString().replace(pattern, (found) => {
      left -= 1;
      return left === -1 ? replacement : found;
    }),
  );
}

/** Around the message, for the protocols that have envelopes. */
const framing: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.constant((bytes: Buffer) => envelope(bytes)) },
  {
    weight: 1,
    arbitrary: fc.nat(255).map(
      (flags): Mutation =>
        (bytes) =>
          envelope(bytes, flags),
    ),
  },
  { weight: 1, arbitrary: fc.constant((bytes: Buffer) => envelope(gzipSync(bytes), 1)) },
  { weight: 1, arbitrary: fc.constant((bytes: Buffer) => Buffer.concat([envelope(bytes), envelope(bytes)])) },
  {
    weight: 1,
    arbitrary: fc.nat(0xffffffff).map(
      (length): Mutation =>
        (bytes) => {
          const framed = envelope(bytes);
          framed.writeUInt32BE(length, 1);
          return framed;
        },
    ),
  },
  { weight: 1, arbitrary: fc.constant(unchanged) },
);

/** Those with a length are left out, or the client itself would break the connection. */
const headerNames = [
  "content-type",
  "content-encoding",
  "grpc-encoding",
  "connect-content-encoding",
  "accept-encoding",
  "grpc-accept-encoding",
  "connect-accept-encoding",
  "connect-timeout-ms",
  "grpc-timeout",
  "connect-protocol-version",
  "x-request-id",
  "x-forwarded-for",
  "origin",
  "user-agent",
  "cookie",
  "x-custom-bin",
] as const;

/** No deadline that a slow machine could miss: a good answer to that would be deadline_exceeded. */
const knownValues = [
  ...["application/json", "application/proto", "application/connect+json", "application/connect+proto"],
  ...["application/grpc", "application/grpc+json", "application/grpc-web", "application/grpc-web-text"],
  ...["application/json; charset=utf-8", "application/JSON", "text/html", "multipart/form-data; boundary=x"],
  ...[
    "gzip",
    "br",
    "identity",
    "gzip, br",
    "*",
    "deflate;q=0",
    "60000",
    "99999999",
    "1H",
    "30S",
    "-1",
    "1",
  ].filter((value) => value !== "1"),
  ...["https://example.com", "null", "trailers", "::1, 10.0.0.1", "2"],
];

function headerValues(chosen: Record<string, string>): fc.Arbitrary<Record<string, string>> {
  const visible = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  });
  const value = fc.oneof(
    fc.constantFrom(...knownValues),
    visible.map((text) => text.trim()).filter((text) => !isShortTimeout(text)),
  );
  return fc.record(Object.fromEntries(Object.keys(chosen).map((name) => [name, value])));
}

function isShortTimeout(text: string): boolean {
  return /^\d+[HMSmun]?$/.test(text);
}

type RequestLine = (call: WireRequest, message: Buffer) => WireRequest;

const requestLine: fc.Arbitrary<RequestLine> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<RequestLine>((call) => call) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom("json", "proto", "xml"),
        fc.constantFrom("base64=1&", ""),
        fc.constantFrom("", "&compression=gzip", "&token=x", "&pageSize=1e9"),
      )
      .map(
        ([encoding, base64, more]): RequestLine =>
          ({ path, headers = {} }, message) => {
            const text =
              base64 === "" ? encodeURIComponent(message.toString()) : message.toString("base64url");
            const { "content-type": _none, ...rest } = headers;
            return {
              method: "GET",
              path: `${path}?encoding=${encoding}&${base64}message=${text.slice(0, 8_000)}${more}`,
              headers: rest,
            };
          },
      ),
  },
  {
    weight: 1,
    arbitrary: fc.webQueryParameters().map(
      (query): RequestLine =>
        (call) => ({ ...call, path: `${call.path}?${query}` }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(place, fc.webSegment()).map(
      ([share, text]): RequestLine =>
        (call) => {
          const index = 1 + Math.floor(share * (call.path.length - 1));
          return { ...call, path: call.path.slice(0, index) + text + call.path.slice(index) };
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("PUT", "DELETE", "PATCH", "OPTIONS").map(
      (verb): RequestLine =>
        (call) => ({ ...call, method: verb }),
    ),
  },
);

function tokenArbitrary({ tenant, operator }: Tokens): fc.Arbitrary<string | undefined> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(tenant.token) },
    { weight: 1, arbitrary: fc.constant(operator) },
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat(tenant.token.length - 1).map((index) => tenant.token.slice(0, index)) },
    { weight: 1, arbitrary: fc.base64String({ maxLength: 60 }) },
  );
}

function samplesFor({ organizationId, userId }: TestTenant): readonly Sample[] {
  const { method } = OrganizationService;
  return [
    sample(method.getOrganization, { organizationId }),
    sample(method.updateOrganization, {
      organizationId,
      name: "A name",
      inviteDomains: { domains: ["example.com"] },
    }),
    sample(method.createOrganization, { name: "Another", joinOrganization: false }),
    sample(method.createSSOConfiguration, {
      organizationId,
      clientId: "client",
      clientSecret: "secret",
      issuerUrl: "https://issuer.example",
      emailDomains: ["example.com", "example.org"],
      displayName: "Sign in",
      additionalScopes: ["groups"],
    }),
    sample(method.createSCIMConfiguration, {
      organizationId,
      ssoConfigurationId: organizationId,
      name: "Directory",
      tokenExpiresIn: { seconds: 86_400n },
    }),
    sample(method.listSCIMConfigurations, { organizationId, pagination: { pageSize: 10 } }),
    sample(method.listMembers, { organizationId, filter: { search: "a" } }),
    sample(UserService.method.createPersonalAccessToken, {
      userId,
      description: "d",
      validFor: { seconds: 60n },
    }),
    sample(UserService.method.listPersonalAccessTokens, { pagination: { pageSize: 10, token: "x" } }),
    sample(IdentityService.method.getAuthenticatedIdentity, {}),
    sample(EventService.method.watchEvents, {}),
    sample(Health.method.check, { service: "gitpod.v1.UserService" }),
    sample(ServerReflection.method.serverReflectionInfo, {
      messageRequest: { case: "fileContainingSymbol", value: pathOf(method.getOrganization).slice(1) },
    }),
  ];
}

function sample<I extends DescMessage>(
  method: DescMethod & { readonly input: I },
  init: MessageInitShape<I>,
): Sample {
  return { method, json: encode("json", method.input, init), binary: encode("binary", method.input, init) };
}
