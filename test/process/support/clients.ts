import type { DescService } from "@bufbuild/protobuf";
import { type Client, createClient, type Interceptor, type Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";

export const protocols = ["connect", "grpc", "grpc-web", "connect over HTTP/1.1"] as const;
export type Protocol = (typeof protocols)[number];

export function transportTo(baseUrl: string, token: string, protocol: Protocol = "connect"): Transport {
  const common = { baseUrl, interceptors: [bearer(token)] };
  switch (protocol) {
    case "connect":
      return createConnectTransport({ ...common, httpVersion: "2" });
    case "connect over HTTP/1.1":
      return createConnectTransport({ ...common, httpVersion: "1.1" });
    case "grpc":
      return createGrpcTransport(common);
    case "grpc-web":
      return createGrpcWebTransport({ ...common, httpVersion: "2" });
  }
}

export function clientTo<S extends DescService>(service: S, port: number, token: string): Client<S> {
  return createClient(service, transportTo(`http://127.0.0.1:${port}`, token, "connect over HTTP/1.1"));
}

/** Who the service takes the bearer of the token for: rejects when the token opens nothing. */
export async function identityOf(port: number, token: string) {
  return await clientTo(IdentityService, port, token).getAuthenticatedIdentity({});
}

function bearer(token: string): Interceptor {
  return (next) => (req) => {
    req.header.set("Authorization", `Bearer ${token}`);
    return next(req);
  };
}
