/** The composition root: from the configuration to a listening server. The only file that knows every part. */
import { createAuthenticator } from "./auth/authenticate.ts";
import { createScimAuthenticator } from "./auth/authenticate-scim.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import type { RateLimit, RateLimits } from "./base/rate-limit.ts";
import { createIdGenerator } from "./base/uuidv7.ts";
import type { Config, RateConfig } from "./config/config.ts";
import { createDnsResolver } from "./dns/resolver.ts";
import type { DomainContext } from "./domain/context.ts";
import { createEventFeed } from "./domain/events/feed.ts";
import { createRefusalLog, type RefusalLog } from "./domain/events/refusals.ts";
import { issueOperatorToken, openInstallation } from "./domain/installation.ts";
import type { Operator } from "./domain/principal.ts";
import { createKeyring } from "./keys/keyring.ts";
import { loadMasterKey } from "./keys/master-key.ts";
import type { Logger } from "./observability/logger.ts";
import { createRpcRouter } from "./rpc/router.ts";
import { createServingState, type MutableServingState, type ServingState } from "./rpc/serving.ts";
import { createScimHandler } from "./scim-http/handler.ts";
import { createListener } from "./server/listener/listener.ts";
import { rateLimitKey } from "./server/rate-limit/client-ip.ts";
import { createTokenBuckets } from "./server/rate-limit/token-bucket.ts";
import { createRequestHandler, pathOf } from "./server/request-handler.ts";
import { createRpcTransport } from "./server/rpc-transport.ts";
import { createScimTransport } from "./server/scim-transport.ts";
import { type DatabaseLocation, openStorage } from "./storage/open.ts";

/** An installation that is open: its database, its keys, its operator. What commands and the server start from. */
export interface Installation {
  readonly context: DomainContext;
  readonly operator: Operator;
}

/** Told of a key file when it has been made, whatever becomes of the rest: it will not be made again. */
export type OnKeyFileMade = (file: string) => void;

/** @throws MasterKeyError, StorageOpenError, WrongKeyError: each with one line for the operator */
export async function openInstalled(
  config: Pick<Config, "database" | "secrets" | "dns">,
  role: "server" | "tool",
  logger: Logger,
  clock: Clock = systemClock,
  onKeyFileMade: OnKeyFileMade = () => {},
): Promise<Installation> {
  const { key, createdFile } = loadMasterKey({
    encryptionKey: config.secrets.encryptionKey?.reveal(),
    databasePath: config.database.kind === "sqlite" ? config.database.path : undefined,
  });
  if (createdFile !== undefined) onKeyFileMade(createdFile);
  const storage = await openStorage(toLocation(config.database), clock, role, (err) =>
    logger.warn({ err }, "a connection to the database ended; another takes its place"),
  );
  const context = {
    storage,
    keyring: createKeyring(key),
    clock,
    ids: createIdGenerator(clock),
    dns: createDnsResolver(config.dns),
  };
  try {
    return { context, operator: await openInstallation(context) };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

export function toLocation(database: Config["database"]): DatabaseLocation {
  return database.kind === "sqlite" ? database : { ...database, url: database.url.reveal() };
}

export interface App {
  readonly host: string;
  readonly port: number;
  readonly context: DomainContext;
  /** The operator token, when this start made one: to be shown now and never again. */
  readonly operatorToken: string | undefined;
  /**
   * Stops: readiness says no, then the port closes, then requests in flight finish, then the database closes.
   * Called again, it stops waiting.
   */
  close(options?: { readonly now?: boolean }): Promise<{ readonly forced: boolean }>;
}

/** @throws what `openInstalled` throws, and the error of a port that cannot be bound */
export async function startApp(
  config: Config,
  logger: Logger,
  clock: Clock = systemClock,
  onKeyFileMade: OnKeyFileMade = () => {},
): Promise<App> {
  const { context, operator } = await openInstalled(config, "server", logger, clock, onKeyFileMade);
  const serving = createServingState();
  const refusals = createRefusalLog(context, {
    onError: (err) => logger.debug({ err }, "refusals could not be noted"),
  });
  const listener = createServer(config, context, operator, { serving, refusals }, logger);
  try {
    // Only a start that serves makes a token: one that nobody sees could not be had again.
    const { host, port } = await listener.listen();
    const operatorToken =
      config.secrets.adminToken === undefined
        ? await issueOperatorToken(context, { replace: false })
        : undefined;
    const close = createShutdown(config, context, { serving, refusals }, (graceMs) =>
      listener.drain(graceMs),
    );
    return { host, port, context, operatorToken, close };
  } catch (error) {
    await context.storage.close();
    throw error;
  }
}

/** What requests use and the stop of the process ends. */
interface Lifecycle<State extends ServingState> {
  readonly serving: State;
  readonly refusals: RefusalLog;
}

function createServer(
  config: Config,
  context: DomainContext,
  operator: Operator,
  { serving, refusals }: Lifecycle<ServingState>,
  logger: Logger,
) {
  const { server } = config;
  const rateLimits = createRateLimits(config);
  const router = createRpcRouter({
    context,
    authenticator: createAuthenticator({
      ...context,
      operator,
      adminToken: config.secrets.adminToken?.reveal(),
      onTouchError: (err) => logger.debug({ err }, "the use of a token could not be noted"),
    }),
    feed: createEventFeed({
      storage: context.storage,
      watchersPerOrganizationMax: config.rpc.watchStreamsPerOrganizationMax,
      onPollError: (err) => logger.debug({ err }, "the ends of the event logs could not be read"),
    }),
    refusals,
    rateLimits,
    serving,
    reflection: server.reflection,
    limits: config.rpc,
    logger,
  });
  const scimHandler = createScimHandler({
    context,
    authenticator: createScimAuthenticator(context),
    refusals,
    rateLimits,
    publicUrl: server.publicUrl,
    settings: config.scim,
    logger,
  });
  const onWriteError = (err: unknown): void => logger.error({ err }, "a response could not be written");
  const rpc = createRpcTransport(router, onWriteError);
  const origin = { tls: server.tls !== undefined, trustedProxyHops: server.trustedProxyHops };
  return createListener({
    host: server.host,
    port: server.port,
    ...(server.tls === undefined ? {} : { tls: { cert: server.tls.cert, key: server.tls.key.reveal() } }),
    limits: config.listener,
    isLongLived: (req) => rpc.streamsRequests(pathOf(req)),
    handler: createRequestHandler({
      rpc,
      scim: createScimTransport(scimHandler, origin, onWriteError),
      readiness: {
        async check() {
          if (!serving.isServing()) throw new Error("stopping");
          await context.storage.ping();
        },
      },
      corsOrigins: server.corsOrigins,
      trustedProxyHops: server.trustedProxyHops,
      logger,
    }),
    onConnectionError: (err) => logger.debug({ err }, "connection error"),
    onHandlerError: (err) => logger.error({ err }, "a request failed on a defect"),
  });
}

/** RPC and SCIM together: a token or an organization is one caller, by whichever way. */
function createRateLimits({ rates }: Config): RateLimits {
  const buckets = (rate: RateConfig): RateLimit =>
    createTokenBuckets({ ...rate, nowMs: () => performance.now() });
  const failedAuth = buckets(rates.failedAuthPerIp);
  return {
    perToken: buckets(rates.perToken),
    perOrganization: buckets(rates.perOrganization),
    failedAuthPerIp: { take: (ip) => failedAuth.take(rateLimitKey(ip)) },
  };
}

function createShutdown(
  { server }: Config,
  { storage }: DomainContext,
  { serving, refusals }: Lifecycle<MutableServingState>,
  drain: (graceMs: number) => Promise<{ forced: boolean }>,
): App["close"] {
  let stopping: Promise<{ forced: boolean }> | undefined;
  let hurry = (): void => {};

  async function stop(now: boolean): Promise<{ forced: boolean }> {
    serving.stop();
    if (!now && server.shutdownDelayMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, server.shutdownDelayMs);
        hurry = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    const result = await drain(now ? 0 : server.shutdownGraceMs);
    await refusals.close();
    await storage.close();
    return result;
  }

  return ({ now = false } = {}) => {
    if (stopping !== undefined && now) {
      hurry();
      void drain(0);
    }
    stopping ??= stop(now);
    return stopping;
  };
}
