/** Requests that began as good ones: what a broken provider, or one that means harm, might send. */
import fc from "fast-check";
import { byteMutation, jsonMutation, type Mutation, unchanged } from "../../server/support/fuzz-bytes.ts";
import type { HttpVersion, WireRequest } from "../../server/support/wire.ts";
import { bodies, hostileJson, patchWith } from "./fuzz-bodies.ts";
import { filter, path, query } from "./fuzz-texts.ts";

export interface FuzzedRequest {
  readonly version: HttpVersion;
  readonly request: WireRequest;
}

/** `{user}`, `{group}` and `{token}` stand for what is there when it is sent, `{unique}` for what nothing is called yet. */
type Template = Pick<WireRequest, "method" | "path"> & { readonly body?: Buffer };

const base = "/scim/v2";
const json = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

const resourcePath = fc.constantFrom(
  ...["/Users/{user}", "/Users/{user}", "/Groups/{group}", "/Groups/{group}", "/Users", "/Groups"],
  ...["/Users/{group}", "/Groups/{user}", "/Users/.search", "/.search", "/Bulk", "/Me", "/Schemas"],
  ...["/ServiceProviderConfig", "/ResourceTypes/User", "", "/", "/Robots", "/Users/", "//Users"],
);
const anyPath = fc.oneof(
  { weight: 6, arbitrary: resourcePath },
  { weight: 1, arbitrary: fc.webSegment().map((segment) => `/Users/${segment}`) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("__proto__", "constructor", "%00", "%ff", "..%2f", "%")
      .map((id) => `/Groups/${id}`),
  },
);

const lists: fc.Arbitrary<Template> = fc
  .tuple(fc.constantFrom("/Users", "/Groups", "/Users/{user}", "/Groups/{group}", ""), query)
  .map(([target, text]) => ({ method: "GET", path: `${target}?${text}` }));

const searches: fc.Arbitrary<Template> = fc
  .tuple(
    fc.constantFrom("/Users/.search", "/Groups/.search", "/.search"),
    filter,
    fc.anything({ maxDepth: 1 }),
  )
  .map(([target, text, more]) => ({
    method: "POST",
    path: target,
    body: json({
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      filter: text,
      count: typeof more === "number" ? more : 3,
      ...(typeof more === "string" ? { sortBy: more } : {}),
    }),
  }));

const patches: fc.Arbitrary<Template> = fc
  .tuple(
    fc.constantFrom("/Users/{user}", "/Groups/{group}"),
    path,
    fc.constantFrom("add", "Replace", "remove", "foo"),
  )
  .chain(([target, text, op]) =>
    patchWith(op, text).map((body) => ({ method: "PATCH", path: target, body: json(body) })),
  );

const writes: fc.Arbitrary<Template> = fc
  .tuple(
    fc.constantFrom(...bodies),
    fc.oneof(
      { weight: 3, arbitrary: jsonMutation },
      { weight: 2, arbitrary: byteMutation },
      { weight: 1, arbitrary: fc.constant<Mutation>(unchanged) },
    ),
  )
  .map(([{ method, target, body }, spoil]) => ({ method, path: target, body: spoil(json(body)) }));

const junk: fc.Arbitrary<Template> = fc
  .tuple(fc.constantFrom("POST", "PUT", "PATCH", "DELETE"), anyPath, hostileJson)
  .map(([method, target, body]) => ({ method, path: target, body: Buffer.from(body) }));

const verbs: fc.Arbitrary<Template> = fc
  .tuple(fc.constantFrom("GET", "HEAD", "OPTIONS", "DELETE", "PUT", "PATCH", "POST", "TRACE"), anyPath)
  // A user or group who is deleted is of no more use to the others of the hundred.
  .map(([method, target]) => ({
    method: method === "DELETE" && target.includes("{") ? "GET" : method,
    path: target,
  }));

const template = fc.oneof(
  { weight: 5, arbitrary: lists },
  { weight: 2, arbitrary: searches },
  { weight: 5, arbitrary: patches },
  { weight: 5, arbitrary: writes },
  { weight: 2, arbitrary: junk },
  { weight: 1, arbitrary: verbs },
);

const printable = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 40,
  })
  .map((text) => text.trim());
const headerNames = [
  ...["content-type", "accept", "if-match", "if-none-match", "content-encoding", "accept-encoding"],
  ...["x-request-id", "x-forwarded-for", "user-agent", "cookie", "prefer", "x-http-method-override"],
] as const;
const headerValues = [
  ...[
    "application/json",
    "application/scim+json;charset=utf-16",
    "text/plain",
    "multipart/form-data",
    ";",
    "*",
  ],
  ...['W/"1"', '"1", "2"', '"', "*, *", '""', "gzip", "br", "identity", "return=minimal", "DELETE", ","],
] as const;
const headers = fc.dictionary(
  fc.constantFrom(...headerNames),
  fc.oneof(fc.constantFrom(...headerValues), printable),
  { maxKeys: 3 },
);
const authorization = fc.oneof(
  { weight: 30, arbitrary: fc.constant("Bearer {token}") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "Bearer",
      "Bearer  {token}",
      "Basic {token}",
      "{token}",
      "bearer {token}x",
    ),
  },
  { weight: 1, arbitrary: printable },
);

export const fuzzedRequests: fc.Arbitrary<FuzzedRequest> = fc
  .record({
    version: fc.constantFrom<HttpVersion>("1.1", "1.1", "2"),
    made: template,
    more: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers }),
    credential: authorization,
  })
  .map(({ version, made, more, credential }) => ({
    version,
    request: {
      method: made.method ?? "GET",
      path: base + made.path,
      headers: { "content-type": "application/scim+json", authorization: credential, ...more },
      body: made.body,
    },
  }));

/** Why the answer is a fault of the server's, or undefined for one that may be given. */
export function faultOf(answer: {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}): string | undefined {
  const { status, body } = answer;
  if (status >= 500 && status !== 501) return `HTTP ${status}`;
  if (status < 400 || body.length === 0) return undefined;
  if (!answer.headers["content-type"]?.startsWith("application/scim+json")) return "an error of no SCIM form";
  const text = body.toString();
  if (/node_modules|\bat .*\.ts:|SQLITE|SELECT |pg_/.test(text)) return "an error that shows the inside";
  return text.includes(`"status":"${status}"`) ? undefined : "an error that says another status";
}
