/**
 * Methods that do nothing, on the service's own router: what the stack itself costs. They take the request message of
 * GetSCIMConfiguration and give back, ready made, the response message that it gives, so that parsing, validation and
 * serialization are the same.
 */
import type { MessageShape } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import {
  type GetSCIMConfigurationResponseSchema,
  OrganizationService,
} from "../../gen/gitpod/v1/organization_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import type { DomainContext } from "../../src/domain/context.ts";
import { authenticated } from "../../src/rpc/endpoint.ts";
import { createServingState } from "../../src/rpc/serving.ts";
import type { StreamServices } from "../../src/rpc/stream-services.ts";

const get = OrganizationService.method.getSCIMConfiguration;

/** Behind the gate like every method of the contract: the token is looked up. Then nothing. */
export const noOpMethod = { ...get, name: "NoOp" };

/** Of a public service, so that the gate asks for no credential and nothing at all is read from the database. */
export const publicNoOpMethod = { ...get, name: "NoOp", parent: Health };

const noStreams: StreamServices = {
  feed: { watch: () => refuse() },
  serving: createServingState(),
  authenticator: { authenticate: async () => refuse() },
};

function refuse(): never {
  throw new Error("a method that does nothing streams nothing");
}

export function registerNoOps(
  router: ConnectRouter,
  context: DomainContext,
  response: MessageShape<typeof GetSCIMConfigurationResponseSchema>,
): void {
  authenticated(noOpMethod, async () => response).register(router, context, noStreams);
  router.rpc(publicNoOpMethod, () => response);
}
