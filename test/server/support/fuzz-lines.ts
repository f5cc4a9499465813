/** What may happen to the headers, the verb, the path and the query of a good request. */
import fc from "fast-check";
import { place } from "./fuzz-bytes.ts";
import type { WireRequest } from "./wire.ts";

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
  ...["gzip", "br", "identity", "gzip, br", "*", "deflate;q=0", "60000", "99999999", "1H", "30S", "-1"],
  ...["https://example.com", "null", "trailers", "::1, 10.0.0.1"],
];
const timeout = /^\d+[HMSmun]?$/;

const headerValue = fc.oneof(
  fc.constantFrom(...knownValues),
  fc
    .string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    })
    .map((text) => text.trim())
    .filter((text) => !timeout.test(text)),
);

export const headers = fc.dictionary(fc.constantFrom(...headerNames), headerValue, { maxKeys: 3 });

export type RequestLine = (call: WireRequest, message: Buffer) => WireRequest;

export const requestLine: fc.Arbitrary<RequestLine> = fc.oneof(
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
