/** The service as src/app.ts composes it, on a given storage and with the no-op methods on its router. */
import { create } from "@bufbuild/protobuf";
import { GetSCIMConfigurationResponseSchema } from "../../gen/gitpod/v1/organization_pb.ts";
import { createAuthenticator } from "../../src/auth/authenticate.ts";
import { createScimAuthenticator } from "../../src/auth/authenticate-scim.ts";
import { systemClock } from "../../src/base/clock.ts";
import type { RateLimit } from "../../src/base/rate-limit.ts";
import { createIdGenerator } from "../../src/base/uuidv7.ts";
import { type Config, loadConfig } from "../../src/config/config.ts";
import type { DomainContext } from "../../src/domain/context.ts";
import { openInstallation } from "../../src/domain/installation.ts";
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
  const config = configOf({});
  const context = {
    storage,
    keyring: createKeyring(new Uint8Array(masterKeyBytes).fill(7)),
    clock: systemClock,
    ids: createIdGenerator(systemClock),
  };
  const operator = await openInstallation(context);
  const seeds = await seed(context, operator, organizations);
  const [first] = seeds;
  // As in production: a line for each request. The parent connects standard output to nothing.
  const logger = createLogger({ level: config.logLevel });
  const authenticator = createAuthenticator({
    ...context,
    operator,
    adminToken: undefined,
    onTouchError: (err) => logger.error({ err }, "the use of a token could not be noted"),
  });
  const listener = createServer(config, context, authenticator, first, logger, count);
  const { port } = await listener.listen();
  return {
    site: { port, targets: targetsOf(seeds) },
    context,
    seed: first,
    async close() {
      await listener.drain(0);
      await storage.close();
    },
  };
}

function createServer(
  config: Config,
  context: DomainContext,
  authenticator: ReturnType<typeof createAuthenticator>,
  { configuration }: Seed,
  logger: Logger,
  count: RequestCount,
) {
  const serving = createServingState();
  const router = createRpcRouter({
    context,
    authenticator,
    rateLimits,
    serving,
    reflection: config.server.reflection,
    limits: config.rpc,
    logger,
  });
  const response = create(GetSCIMConfigurationResponseSchema, {
    scimConfiguration: toSCIMConfiguration(configuration),
  });
  registerNoOps(router, context, response);
  const onWriteError = (err: unknown): void => logger.error({ err }, "a response could not be written");
  const rpc = createRpcTransport(router, onWriteError);
  const scimHandler = createScimHandler({
    context,
    authenticator: createScimAuthenticator(context),
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
