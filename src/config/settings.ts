/** Every setting of the service, once: the typed config, the table in the README and --help all come from here. */
import { logLevels } from "../observability/log-level.ts";
import { type PostgresDatabase, parseDatabaseUrl, type SqliteDatabase } from "./database.ts";
import { parseDnsServers, parseHost, parseOrigins, parsePublicUrl } from "./parsers.ts";
import { parseAdminToken, parseEncryptionKey } from "./secret-parsers.ts";
import { choiceSetting, integerSetting, optionalSetting, type Setting, textSetting } from "./setting.ts";
import { parsePemSource } from "./tls.ts";

const bytes = "bytes";
const ms = "ms";
const perSecond = "per second";
const mebibyte = 1_048_576;

const hourMs = 3_600_000;
/** A time to wait for a peer. Never 0, which means "for ever" to Node. */
const waitMs = { min: 100, max: hourMs, unit: ms };
const message = { min: 1_024, max: 64 * mebibyte, unit: bytes };
const rate = { min: 0, max: 1_000_000, unit: perSecond };
const burst = { min: 1, max: 1_000_000 };

const server = {
  port: integerSetting(
    "PORT",
    { default: 8080, min: 0, max: 65_535 },
    "Port to listen on; 0 takes any free one.",
  ),
  host: textSetting(
    "HOST",
    {
      default: { text: "127.0.0.1", value: "127.0.0.1" },
      allowed: "an IP address or host name such as 0.0.0.0 or ::",
      parse: parseHost,
    },
    "Address to listen on; 0.0.0.0 in a container.",
  ),
  publicUrl: optionalSetting(
    "PUBLIC_URL",
    {
      allowed: "an http or https URL such as https://id.example.com, without query or fragment",
      parse: parsePublicUrl,
    },
    "URL under which clients reach the service, for links in answers; unset: taken from each request.",
  ),
  tlsCert: optionalSetting(
    "TLS_CERT",
    { allowed: "a path or inline PEM", parse: parsePemSource },
    "Certificate and chain to serve TLS with, as a path or inline PEM; unset: TLS ends elsewhere.",
  ),
  tlsKey: optionalSetting(
    "TLS_KEY",
    { allowed: "a path or inline PEM", parse: parsePemSource, secret: true },
    "Private key of TLS_CERT, as a path or inline PEM.",
  ),
  corsOrigins: textSetting<"any" | readonly string[]>(
    "CORS_ALLOWED_ORIGINS",
    {
      default: { text: "*", value: "any" },
      allowed: "*, none, or a comma list of origins such as https://app.example.com",
      parse: parseOrigins,
    },
    "Origins whose pages may call the service from a browser.",
  ),
  trustedProxyHops: integerSetting(
    "TRUSTED_PROXY_HOPS",
    { default: 0, min: 0, max: 10 },
    "How many proxies in front append to X-Forwarded-For; 0: the header is not believed.",
  ),
  reflection: choiceSetting(
    "REFLECTION",
    { default: "on", choices: ["on", "off"] },
    "gRPC server reflection.",
  ),
  shutdownGraceMs: integerSetting(
    "SHUTDOWN_GRACE_MS",
    { default: 10_000, min: 0, max: 600_000, unit: ms },
    "How long running requests may take to finish at a stop.",
  ),
  shutdownDelayMs: integerSetting(
    "SHUTDOWN_DELAY_MS",
    { default: 0, min: 0, max: 600_000, unit: ms },
    "How long /readyz answers 503 before the port closes; behind a load balancer about 2000.",
  ),
};

const listener = {
  headersMaxBytes: integerSetting(
    "HEADERS_MAX_BYTES",
    { default: 16_384, min: 2_048, max: 262_144, unit: bytes },
    "Size of a request's headers together.",
  ),
  headersMaxCount: integerSetting(
    "HEADERS_MAX_COUNT",
    { default: 100, min: 20, max: 2_000 },
    "Number of a request's headers.",
  ),
  firstByteTimeoutMs: integerSetting(
    "FIRST_BYTE_TIMEOUT_MS",
    { ...waitMs, default: 10_000 },
    "How long a new connection may stay silent.",
  ),
  headersTimeoutMs: integerSetting(
    "HEADERS_TIMEOUT_MS",
    { ...waitMs, default: 10_000 },
    "How long a request's headers may take to arrive.",
  ),
  requestTimeoutMs: integerSetting(
    "REQUEST_TIMEOUT_MS",
    { ...waitMs, default: 30_000 },
    "How long a whole request may take to arrive; not less than HEADERS_TIMEOUT_MS.",
  ),
  keepAliveTimeoutMs: integerSetting(
    "KEEP_ALIVE_TIMEOUT_MS",
    { ...waitMs, default: 5_000 },
    "How long an idle HTTP/1.1 connection stays open; behind a load balancer, longer than its own time (65000).",
  ),
  http2StreamsMax: integerSetting(
    "HTTP2_STREAMS_MAX",
    { default: 100, min: 1, max: 10_000 },
    "Concurrent requests of one HTTP/2 connection.",
  ),
  http2ResetBurst: integerSetting(
    "HTTP2_RESET_BURST",
    { default: 200, min: 1, max: 100_000 },
    "Stream resets of one HTTP/2 connection that are taken at once before it is closed.",
  ),
  http2ResetRatePerSecond: integerSetting(
    "HTTP2_RESET_RATE",
    { default: 10, min: 1, max: 100_000, unit: perSecond },
    "Stream resets of one HTTP/2 connection that are taken steadily.",
  ),
  http2IdleTimeoutMs: integerSetting(
    "HTTP2_IDLE_TIMEOUT_MS",
    { ...waitMs, default: 60_000 },
    "How long an idle HTTP/2 connection stays open.",
  ),
  http2SessionMemoryMaxMiB: integerSetting(
    "HTTP2_SESSION_MEMORY_MAX_MIB",
    { default: 10, min: 1, max: 1_024, unit: "MiB" },
    "Memory of one HTTP/2 connection.",
  ),
  socketsMax: integerSetting("SOCKETS_MAX", { default: 10_000, min: 1, max: 1_000_000 }, "Open connections."),
  socketsPerIpMax: integerSetting(
    "SOCKETS_PER_IP_MAX",
    { default: 256, min: 1, max: 1_000_000 },
    "Open connections from one address; behind a load balancer, raise it to what the balancer opens.",
  ),
};

const rpc = {
  readMaxBytes: integerSetting(
    "RPC_READ_MAX_BYTES",
    { ...message, default: mebibyte },
    "Size of an RPC message in.",
  ),
  writeMaxBytes: integerSetting(
    "RPC_WRITE_MAX_BYTES",
    { ...message, default: 4 * mebibyte },
    "Size of an RPC message out.",
  ),
  deadlineDefaultMs: integerSetting(
    "RPC_DEADLINE_DEFAULT_MS",
    { default: 10_000, min: 10, max: hourMs, unit: ms },
    "Deadline of an RPC whose client sets none.",
  ),
  deadlineMaxMs: integerSetting(
    "RPC_DEADLINE_MAX_MS",
    { default: 60_000, min: 10, max: hourMs, unit: ms },
    "Longest deadline that a client may set; not less than RPC_DEADLINE_DEFAULT_MS.",
  ),
  watchStreamsPerOrganizationMax: integerSetting(
    "WATCH_STREAMS_PER_ORGANIZATION_MAX",
    { default: 100, min: 1, max: 100_000 },
    "Streams of WatchEvents that one organization may have open on this instance.",
  ),
};

const scim = {
  bodyMaxBytes: integerSetting(
    "SCIM_BODY_MAX_BYTES",
    { ...message, default: mebibyte },
    "Size of a SCIM request's body, bulk included.",
  ),
  requireIfMatch: choiceSetting(
    "SCIM_REQUIRE_IF_MATCH",
    { default: "off", choices: ["on", "off"] },
    "Whether SCIM's PUT, PATCH and DELETE must name the version that they change; identity providers do not.",
  ),
};

const dns = {
  servers: optionalSetting<readonly string[]>(
    "DNS_SERVERS",
    {
      allowed:
        "a comma list of IP addresses such as 9.9.9.9 or [2620:fe::fe]:53, each with or without a port",
      parse: parseDnsServers,
    },
    "DNS servers that are asked for the records of domains to verify; unset: the system's.",
  ),
};

const rates = {
  perToken: integerSetting("RATE_PER_TOKEN", { ...rate, default: 50 }, "Requests of one token; 0: no limit."),
  perTokenBurst: integerSetting(
    "RATE_PER_TOKEN_BURST",
    { ...burst, default: 200 },
    "Requests of one token at once.",
  ),
  perOrganization: integerSetting(
    "RATE_PER_ORGANIZATION",
    { ...rate, default: 200 },
    "Requests of one organization; 0: no limit.",
  ),
  perOrganizationBurst: integerSetting(
    "RATE_PER_ORGANIZATION_BURST",
    { ...burst, default: 400 },
    "Requests of one organization at once.",
  ),
  failedAuthPerIp: integerSetting(
    "RATE_FAILED_AUTH_PER_IP",
    { ...rate, default: 10 },
    "Failed authentications from one address, twice as many at once; 0: no limit.",
  ),
};

const storage = {
  databaseUrl: textSetting<SqliteDatabase | PostgresDatabase>(
    "DATABASE_URL",
    {
      default: {
        text: "sqlite:./data/organization.db",
        value: { kind: "sqlite", path: "./data/organization.db" },
      },
      allowed: "sqlite:<path>, sqlite::memory:, or postgres://<user>:<password>@<host>:<port>/<database>",
      parse: parseDatabaseUrl,
    },
    "Database: an SQLite file, which is created with its folder, or a PostgreSQL database.",
  ),
  connectionsMax: integerSetting(
    "DATABASE_CONNECTIONS_MAX",
    { default: 10, min: 1, max: 1_000 },
    "Connections to PostgreSQL of this instance.",
  ),
};

const secrets = {
  adminToken: optionalSetting(
    "ADMIN_TOKEN",
    { allowed: "32 to 512 visible characters", parse: parseAdminToken, secret: true },
    "The operator's token, 32 characters or more; unset: one is made at the first start and printed once.",
  ),
  encryptionKey: optionalSetting(
    "ENCRYPTION_KEY",
    { allowed: "32 bytes as base64, base64url or 64 hex digits", parse: parseEncryptionKey, secret: true },
    "Key for secrets at rest, 32 bytes as base64 or hex; unset: a key file beside the SQLite database; required with PostgreSQL.",
  ),
};

const log = {
  level: choiceSetting("LOG_LEVEL", { default: "info", choices: logLevels }, "What is logged, and above."),
};

export const settings = { server, storage, secrets, log, listener, rpc, scim, dns, rates };

/** All of them, in the order of the table. */
export function allSettings(): readonly Setting<unknown>[] {
  return Object.values(settings).flatMap((group): Setting<unknown>[] => Object.values(group));
}
