/** The service as src/app.ts composes it, on a given storage and with the no-op methods on its router. */
import { create } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { GetSCIMConfigurationResponseSchema } from "../../gen/gitpod/v1/organization_pb.ts";
import { type Authenticator, createAuthenticator } from "../../src/auth/authenticate.ts";
import { createScimAuthenticator } from "../../src/auth/authenticate-scim.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { RateLimit } from "../../src/base/rate-limit.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import { type Config, loadConfig } from "../../src/config/config.ts";
import { createDnsResolver } from "../../src/dns/resolver.ts";
import type { DomainContext } from "../../src/domain/context.ts";
import { createEventFeed } from "../../src/domain/events/feed.ts";
import { openInstallation } from "../../src/domain/installation.ts";
import type { Operator } from "../../src/domain/principal.ts";
import { createKeyring, masterKeyBytes } from "../../src/keys/keyring.ts";
import { createLogger, type Logger } from "../../src/observability/logger.ts";
import { toSCIMConfiguration } from "../../src/rpc/convert/scim-configuration.ts";
import { createRpcRouter } from "../../src/rpc/router.ts";
import { createServingState } from "../../src/rpc/serving.ts";
import { createScimHandler } from "../../src/scim-http/handler.ts";
import { createListener } from "../../src/server/listener/listener.ts";
import { createRequestHandler } from "../../src/server/request-handler.ts";
import { createRpcTransport } from "../../src/server/rpc-transport.ts";
import { createScimTransport } from "../../src/server/scim-transport.ts";
import type { Storage } from "../../src/storage/storage.ts";
import type { RequestCount } from "../processes/usage.ts";
import type { Site } from "../targets.ts";
import { registerNoOps } from "./no-op.ts";
import { type Seed, seed, targetsOf } from "./seed.ts";

export interface Service {
  readonly site: Site;
  readonly context: DomainContext;
  readonly seed: Seed;
  close(): Promise<void>;
}

/** @param organizations how many there are to create in */
export async function startService(
  storage: Storage,
  count: RequestCount,
  organizations = 1,
): Promise<Service> {
  const installation = await openContext(storage);
  const { context, operator } = installation;
  const seeds = await seed(context, operator, organizations);
  const [first] = seeds;
  const response = create(GetSCIMConfigurationResponseSchema, {
    scimConfiguration: toSCIMConfiguration(first.configuration),
  });
  const served = await serve(installation, count, (router) => registerNoOps(router, context, response));
  return {
    site: { port: served.port, targets: targetsOf(seeds) },
    context,
    seed: first,
    close: served.close,
  };
}

export interface Installation {
  readonly context: DomainContext;
  readonly operator: Operator;
}

/** With one key always, so that a database can be opened again. */
export async function openContext(storage: Storage): Promise<Installation> {
  const context = {
    storage,
    keyring: createKeyring(new Uint8Array(masterKeyBytes).fill(7)),
    clock: systemClock,
    ids: createIdGenerator(systemClock),
    dns: createDnsResolver(),
  };
  return { context, operator: await openInstallation(context) };
}

export interface Served {
  readonly port: number;
  close(): Promise<void>;
}

/** @param register adds to what the service answers */
export async function serve(
  { context, operator }: Installation,
  count: RequestCount,
  register: (router: ConnectRouter) => void = () => {},
): Promise<Served> {
  const config = configOf({});
  // As in production: a line for each request. The parent connects standard output to nothing.
  const logger = createLogger({ level: config.logLevel });
  const authenticator = createAuthenticator({
    ...context,
    operator,
    adminToken: undefined,
    onTouchError: (err) => logger.error({ err }, "the use of a token could not be noted"),
  });
  const router = createRouter(config, context, authenticator, logger);
  register(router);
  const listener = createServer(config, context, router, logger, count);
  const { port } = await listener.listen();
  return {
    port,
    async close() {
      await listener.drain(0);
      await context.storage.close();
    },
  };
}

/** Nothing is refused in a benchmark. */
const refusals = { note: () => {} };

function createRouter(
  config: Config,
  context: DomainContext,
  authenticator: Authenticator,
  logger: Logger,
): ConnectRouter {
  return createRpcRouter({
    context,
    authenticator,
    rateLimits,
    feed: createEventFeed({
      storage: context.storage,
      watchersPerOrganizationMax: 100,
      onPollError: () => {},
    }),
    refusals,
    serving: createServingState(),
    reflection: config.server.reflection,
    limits: config.rpc,
    logger,
  });
}

function createServer(
  config: Config,
  context: DomainContext,
  router: ConnectRouter,
  logger: Logger,
  count: RequestCount,
) {
  const onWriteError = (err: unknown): void => logger.error({ err }, "a response could not be written");
  const rpc = createRpcTransport(router, onWriteError);
  const scimHandler = createScimHandler({
    context,
    authenticator: createScimAuthenticator(context),
    refusals,
    rateLimits,
    publicUrl: undefined,
    settings: config.scim,
    logger,
  });
  const handle = createRequestHandler({
    rpc,
    scim: createScimTransport(scimHandler, { tls: false, trustedProxyHops: 0 }, onWriteError),
    readiness: { check: () => context.storage.ping() },
    corsOrigins: config.server.corsOrigins,
    trustedProxyHops: config.server.trustedProxyHops,
    logger,
  });
  return createListener({
    host: "127.0.0.1",
    port: 0,
    limits: config.listener,
    isLongLived: (req) => rpc.streamsRequests(req.url ?? ""),
    handler(req, res) {
      count.requests += 1;
      handle(req, res);
    },
    onHandlerError: (err) => logger.error({ err }, "a request failed on a defect"),
  });
}

const unlimited: RateLimit = { take: () => ({ allowed: true }) };
const rateLimits = { perToken: unlimited, perOrganization: unlimited, failedAuthPerIp: unlimited };

/** The defaults, but for what `env` says. */
export function configOf(env: Readonly<Record<string, string>>): Config {
  const loaded = loadConfig(env);
  if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
  return loaded.config;
}
