/** All services on one Connect router: the endpoints, health and reflection, behind the gate and the interceptors. */
import { type ConnectRouter, createConnectRouter } from "@connectrpc/connect";
import { compressionGzip } from "@connectrpc/connect-node";
import { EventService } from "../../gen/gitpod/v1/event_pb.ts";
import { GroupService } from "../../gen/gitpod/v1/group_pb.ts";
import { IdentityService } from "../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../gen/gitpod/v1/user_pb.ts";
import { Health } from "../../gen/grpc/health/v1/health_pb.ts";
import type { RateLimits } from "../base/rate-limit.ts";
import type { DomainContext } from "../domain/context.ts";
import type { EventFeed } from "../domain/events/feed.ts";
import type { RefusalLog } from "../domain/events/refusals.ts";
import type { Logger } from "../observability/logger.ts";
import type { Endpoint } from "./endpoint.ts";
import { eventEndpoints } from "./event-service/service.ts";
import { createGate, type GateOptions } from "./gate.ts";
import { groupEndpoints } from "./group-service/service.ts";
import { registerHealth } from "./grpc-health/health.ts";
import { reflectionServices, registerReflection } from "./grpc-reflection/reflection.ts";
import { identityEndpoints } from "./identity-service/service.ts";
import { createDeadlineInterceptor } from "./interceptors/deadline.ts";
import { createErrorsInterceptor } from "./interceptors/errors.ts";
import { parsedInterceptor } from "./interceptors/parsed.ts";
import { queryPaginationInterceptor } from "./interceptors/query-pagination.ts";
import { createRefusalsInterceptor } from "./interceptors/refusals.ts";
import { textInterceptor } from "./interceptors/text.ts";
import { createValidationInterceptor } from "./interceptors/validation.ts";
import { organizationEndpoints } from "./organization-service/service.ts";
import type { ServingState } from "./serving.ts";
import { userEndpoints } from "./user-service/service.ts";

/**
 * As connect-es has it by default, and with text that is no UTF-8 refused: it would be stored with replacement
 * characters, which nobody would notice in a client secret. The option's public type leaves the decoder out.
 */
const jsonOptions = { ignoreUnknownFields: true, textDecoder: new TextDecoder("utf-8", { fatal: true }) };

/** The contract's services. */
export const services = [
  OrganizationService,
  UserService,
  IdentityService,
  GroupService,
  EventService,
] as const;

/** Every method of the contract with its rule: what is not here is not served. */
export const endpoints: readonly Endpoint[] = [
  organizationEndpoints,
  userEndpoints,
  identityEndpoints,
  groupEndpoints,
  eventEndpoints,
].flatMap((service): Endpoint[] => Object.values(service));

export interface RpcOptions {
  readonly context: DomainContext;
  readonly authenticator: GateOptions["authenticator"];
  readonly rateLimits: RateLimits;
  readonly feed: EventFeed;
  readonly refusals: Pick<RefusalLog, "note">;
  readonly serving: ServingState;
  readonly reflection: boolean;
  readonly limits: {
    readonly readMaxBytes: number;
    readonly writeMaxBytes: number;
    readonly deadlineDefaultMs: number;
    readonly deadlineMaxMs: number;
  };
  readonly logger: Logger;
}

export function createRpcRouter(options: RpcOptions): ConnectRouter {
  const { context, limits, logger } = options;
  const publicServices = new Set([Health, ...reflectionServices]);
  const router = createConnectRouter({
    readMaxBytes: limits.readMaxBytes,
    writeMaxBytes: limits.writeMaxBytes,
    jsonOptions,
    // No brotli: zlib's default quality of 11 costs more than the network it saves.
    acceptCompression: [compressionGzip],
    requestGate: createGate({
      authenticator: options.authenticator,
      refusals: options.refusals,
      publicServices,
      limits: options.rateLimits,
      logger,
    }),
    interceptors: [
      parsedInterceptor,
      createRefusalsInterceptor(options.refusals),
      createErrorsInterceptor(logger),
      createDeadlineInterceptor({ defaultMs: limits.deadlineDefaultMs, maxMs: limits.deadlineMaxMs }),
      queryPaginationInterceptor,
      textInterceptor,
      createValidationInterceptor(endpoints.map(({ method }) => method)),
    ],
  });
  for (const endpoint of endpoints) endpoint.register(router, context, options);
  registerHealth(router, services, options.serving);
  if (options.reflection) registerReflection(router, [...services, Health], options.serving);
  return router;
}
