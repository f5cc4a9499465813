/** From the environment to one typed, checked object that is passed down: nothing else reads the environment. */
import { readFileSync } from "node:fs";
import type { LogLevel } from "../observability/log-level.ts";
import type { PostgresDatabase, SqliteDatabase } from "./database.ts";
import { isLoopback } from "./parsers.ts";
import { type Environment, SettingsReader } from "./reader.ts";
import type { Secret } from "./secret.ts";
import { settings } from "./settings.ts";
import { type ReadTextFile, readTls, type TlsConfig } from "./tls.ts";

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Without a trailing slash. */
  readonly publicUrl?: string | undefined;
  readonly tls?: TlsConfig | undefined;
  readonly corsOrigins: "any" | readonly string[];
  readonly trustedProxyHops: number;
  readonly reflection: boolean;
  readonly shutdownGraceMs: number;
  readonly shutdownDelayMs: number;
}

export interface ListenerLimits {
  readonly headersMaxBytes: number;
  readonly headersMaxCount: number;
  readonly firstByteTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly http2StreamsMax: number;
  readonly http2ResetBurst: number;
  readonly http2ResetRatePerSecond: number;
  readonly http2IdleTimeoutMs: number;
  readonly http2SessionMemoryMaxMiB: number;
  readonly socketsMax: number;
  readonly socketsPerIpMax: number;
}

export interface RpcConfig {
  readonly readMaxBytes: number;
  readonly writeMaxBytes: number;
  readonly deadlineDefaultMs: number;
  readonly deadlineMaxMs: number;
  readonly watchStreamsPerOrganizationMax: number;
}

export interface ScimConfig {
  readonly bodyMaxBytes: number;
  readonly requireIfMatch: boolean;
}

export interface DnsConfig {
  /** Addresses, with a port or without; undefined: the system's. */
  readonly servers?: readonly string[] | undefined;
}

/** `perSecond` 0 switches the limit off. */
export interface RateConfig {
  readonly perSecond: number;
  readonly burst: number;
}

export interface RatesConfig {
  readonly perToken: RateConfig;
  readonly perOrganization: RateConfig;
  readonly failedAuthPerIp: RateConfig;
}

export interface SecretsConfig {
  readonly adminToken?: Secret<string> | undefined;
  /** 32 bytes. */
  readonly encryptionKey?: Secret<Buffer> | undefined;
}

export type DatabaseConfig = SqliteDatabase | (PostgresDatabase & { readonly connectionsMax: number });

export interface Config {
  readonly server: ServerConfig;
  readonly listener: ListenerLimits;
  readonly rpc: RpcConfig;
  readonly scim: ScimConfig;
  readonly dns: DnsConfig;
  readonly rates: RatesConfig;
  readonly database: DatabaseConfig;
  readonly secrets: SecretsConfig;
  readonly logLevel: LogLevel;
}

export type LoadedConfig =
  | { readonly ok: true; readonly config: Config; readonly warnings: string[] }
  /** Each problem is one line with the setting's name, what is wrong and what to do. */
  | { readonly ok: false; readonly problems: string[] };

/** Reads every setting; with `env` empty, the defaults. `readFile` reads the files that TLS_CERT and TLS_KEY name. */
export function loadConfig(env: Environment, readFile: ReadTextFile = readTextFile): LoadedConfig {
  const reader = new SettingsReader(env);
  const config: Config = {
    server: readServer(reader, readFile),
    listener: readListener(reader),
    rpc: readRpc(reader),
    scim: readScim(reader),
    dns: { servers: reader.read(settings.dns.servers) },
    rates: readRates(reader),
    database: readDatabase(reader),
    secrets: {
      adminToken: reader.read(settings.secrets.adminToken),
      encryptionKey: reader.read(settings.secrets.encryptionKey),
    },
    logLevel: reader.read(settings.log.level),
  };
  // node:http throws when its headers timeout exceeds its request timeout.
  reader.refuseShorter(settings.listener.requestTimeoutMs, settings.listener.headersTimeoutMs);
  reader.refuseShorter(settings.rpc.deadlineMaxMs, settings.rpc.deadlineDefaultMs);
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems };
  return { ok: true, config, warnings: warningsAbout(config) };
}

function readServer(reader: SettingsReader, readFile: ReadTextFile): ServerConfig {
  const { server } = settings;
  return {
    host: reader.read(server.host),
    port: reader.read(server.port),
    publicUrl: reader.read(server.publicUrl),
    tls: readTls(reader, server, readFile),
    corsOrigins: reader.read(server.corsOrigins),
    trustedProxyHops: reader.read(server.trustedProxyHops),
    reflection: reader.read(server.reflection) === "on",
    shutdownGraceMs: reader.read(server.shutdownGraceMs),
    shutdownDelayMs: reader.read(server.shutdownDelayMs),
  };
}

function readDatabase(reader: SettingsReader): DatabaseConfig {
  const { databaseUrl, connectionsMax } = settings.storage;
  const { encryptionKey } = settings.secrets;
  const database = reader.read(databaseUrl);
  const connections = reader.read(connectionsMax);
  if (database.kind === "sqlite") return database;
  if (reader.isUnset(encryptionKey)) {
    const remedy = "set the same one on every instance, for example from `openssl rand -base64 32`";
    reader.refuse(encryptionKey, "it is required with PostgreSQL", remedy);
  }
  return { ...database, connectionsMax: connections };
}

function readListener(reader: SettingsReader): ListenerLimits {
  const { listener } = settings;
  return {
    headersMaxBytes: reader.read(listener.headersMaxBytes),
    headersMaxCount: reader.read(listener.headersMaxCount),
    firstByteTimeoutMs: reader.read(listener.firstByteTimeoutMs),
    headersTimeoutMs: reader.read(listener.headersTimeoutMs),
    requestTimeoutMs: reader.read(listener.requestTimeoutMs),
    keepAliveTimeoutMs: reader.read(listener.keepAliveTimeoutMs),
    http2StreamsMax: reader.read(listener.http2StreamsMax),
    http2ResetBurst: reader.read(listener.http2ResetBurst),
    http2ResetRatePerSecond: reader.read(listener.http2ResetRatePerSecond),
    http2IdleTimeoutMs: reader.read(listener.http2IdleTimeoutMs),
    http2SessionMemoryMaxMiB: reader.read(listener.http2SessionMemoryMaxMiB),
    socketsMax: reader.read(listener.socketsMax),
    socketsPerIpMax: reader.read(listener.socketsPerIpMax),
  };
}

function readRpc(reader: SettingsReader): RpcConfig {
  const { rpc } = settings;
  return {
    readMaxBytes: reader.read(rpc.readMaxBytes),
    writeMaxBytes: reader.read(rpc.writeMaxBytes),
    deadlineDefaultMs: reader.read(rpc.deadlineDefaultMs),
    deadlineMaxMs: reader.read(rpc.deadlineMaxMs),
    watchStreamsPerOrganizationMax: reader.read(rpc.watchStreamsPerOrganizationMax),
  };
}

function readScim(reader: SettingsReader): ScimConfig {
  const { scim } = settings;
  return {
    bodyMaxBytes: reader.read(scim.bodyMaxBytes),
    requireIfMatch: reader.read(scim.requireIfMatch) === "on",
  };
}

function readRates(reader: SettingsReader): RatesConfig {
  const { rates } = settings;
  const failedAuthPerSecond = reader.read(rates.failedAuthPerIp);
  return {
    perToken: { perSecond: reader.read(rates.perToken), burst: reader.read(rates.perTokenBurst) },
    perOrganization: {
      perSecond: reader.read(rates.perOrganization),
      burst: reader.read(rates.perOrganizationBurst),
    },
    failedAuthPerIp: { perSecond: failedAuthPerSecond, burst: 2 * failedAuthPerSecond },
  };
}

function warningsAbout({ server }: Config): string[] {
  if (server.tls !== undefined || isLoopback(server.host)) return [];
  return [
    `HOST: ${server.host} is reachable from other machines and TLS_CERT is unset; tokens travel in clear unless TLS ends at a load balancer`,
  ];
}

function readTextFile(path: string): string {
  return readFileSync(path, "utf8");
}
