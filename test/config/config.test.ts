import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { allSettings } from "../../src/config/settings.ts";
import { accepted, refusal, refusals } from "./support.ts";

const adminToken = "d34db33f8a7c6e5d4f3a2b1c0d9e8f7a";
const encryptionKey = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

describe("the configuration", () => {
  it("is complete with nothing set", () => {
    expect(loadConfig({})).toEqual({
      ok: true,
      warnings: [],
      config: {
        server: {
          host: "127.0.0.1",
          port: 8080,
          publicUrl: undefined,
          tls: undefined,
          corsOrigins: "any",
          trustedProxyHops: 0,
          reflection: true,
          shutdownGraceMs: 10_000,
          shutdownDelayMs: 0,
        },
        listener: {
          headersMaxBytes: 16_384,
          headersMaxCount: 100,
          firstByteTimeoutMs: 10_000,
          headersTimeoutMs: 10_000,
          requestTimeoutMs: 30_000,
          keepAliveTimeoutMs: 5_000,
          http2StreamsMax: 100,
          http2ResetBurst: 200,
          http2ResetRatePerSecond: 10,
          http2IdleTimeoutMs: 60_000,
          http2SessionMemoryMaxMiB: 10,
          socketsMax: 10_000,
          socketsPerIpMax: 256,
        },
        rpc: {
          readMaxBytes: 1_048_576,
          writeMaxBytes: 4_194_304,
          deadlineDefaultMs: 10_000,
          deadlineMaxMs: 60_000,
          watchStreamsPerOrganizationMax: 100,
        },
        scim: { bodyMaxBytes: 1_048_576, requireIfMatch: false },
        dns: { servers: undefined },
        rates: {
          perToken: { perSecond: 50, burst: 200 },
          perOrganization: { perSecond: 200, burst: 400 },
          failedAuthPerIp: { perSecond: 10, burst: 20 },
        },
        database: { kind: "sqlite", path: "./data/organization.db" },
        secrets: { adminToken: undefined, encryptionKey: undefined },
        logLevel: "info",
      },
    });
  });

  it("has each setting in its own place", () => {
    const env = {
      PORT: "1001",
      HOST: "127.0.0.2",
      PUBLIC_URL: "https://id.example.com",
      CORS_ALLOWED_ORIGINS: "https://app.example.com",
      TRUSTED_PROXY_HOPS: "2",
      REFLECTION: "off",
      SHUTDOWN_GRACE_MS: "1002",
      SHUTDOWN_DELAY_MS: "1003",
      HEADERS_MAX_BYTES: "3001",
      HEADERS_MAX_COUNT: "1004",
      FIRST_BYTE_TIMEOUT_MS: "1005",
      HEADERS_TIMEOUT_MS: "1006",
      REQUEST_TIMEOUT_MS: "1007",
      KEEP_ALIVE_TIMEOUT_MS: "1008",
      HTTP2_STREAMS_MAX: "1009",
      HTTP2_RESET_BURST: "1010",
      HTTP2_RESET_RATE: "1011",
      HTTP2_IDLE_TIMEOUT_MS: "1012",
      HTTP2_SESSION_MEMORY_MAX_MIB: "1013",
      SOCKETS_MAX: "1014",
      SOCKETS_PER_IP_MAX: "1015",
      RPC_READ_MAX_BYTES: "1116",
      RPC_WRITE_MAX_BYTES: "1117",
      RPC_DEADLINE_DEFAULT_MS: "1018",
      RPC_DEADLINE_MAX_MS: "1019",
      WATCH_STREAMS_PER_ORGANIZATION_MAX: "1025",
      SCIM_BODY_MAX_BYTES: "1118",
      SCIM_REQUIRE_IF_MATCH: "on",
      DNS_SERVERS: "127.0.0.53",
      RATE_PER_TOKEN: "1020",
      RATE_PER_TOKEN_BURST: "1021",
      RATE_PER_ORGANIZATION: "1022",
      RATE_PER_ORGANIZATION_BURST: "1023",
      RATE_FAILED_AUTH_PER_IP: "1024",
      DATABASE_URL: "sqlite::memory:",
      LOG_LEVEL: "warn",
    };
    expect(accepted(env)).toEqual({
      server: {
        host: "127.0.0.2",
        port: 1001,
        publicUrl: "https://id.example.com",
        tls: undefined,
        corsOrigins: ["https://app.example.com"],
        trustedProxyHops: 2,
        reflection: false,
        shutdownGraceMs: 1002,
        shutdownDelayMs: 1003,
      },
      listener: {
        headersMaxBytes: 3001,
        headersMaxCount: 1004,
        firstByteTimeoutMs: 1005,
        headersTimeoutMs: 1006,
        requestTimeoutMs: 1007,
        keepAliveTimeoutMs: 1008,
        http2StreamsMax: 1009,
        http2ResetBurst: 1010,
        http2ResetRatePerSecond: 1011,
        http2IdleTimeoutMs: 1012,
        http2SessionMemoryMaxMiB: 1013,
        socketsMax: 1014,
        socketsPerIpMax: 1015,
      },
      rpc: {
        readMaxBytes: 1116,
        writeMaxBytes: 1117,
        deadlineDefaultMs: 1018,
        deadlineMaxMs: 1019,
        watchStreamsPerOrganizationMax: 1025,
      },
      scim: { bodyMaxBytes: 1118, requireIfMatch: true },
      dns: { servers: ["127.0.0.53"] },
      rates: {
        perToken: { perSecond: 1020, burst: 1021 },
        perOrganization: { perSecond: 1022, burst: 1023 },
        failedAuthPerIp: { perSecond: 1024, burst: 2048 },
      },
      database: { kind: "sqlite", path: ":memory:" },
      secrets: { adminToken: undefined, encryptionKey: undefined },
      logLevel: "warn",
    });
  });

  it("takes an empty variable for an unset one", () => {
    const env = Object.fromEntries(allSettings().map(({ name }) => [name, ""]));
    expect(loadConfig(env)).toEqual(loadConfig({}));
  });

  it("ignores variables that are not its own", () => {
    expect(loadConfig({ PATH: "/bin", PORTS: "x" })).toEqual(loadConfig({}));
  });

  it("reports every problem at once, one line each, with the name, what is wrong and what to do", () => {
    const problems = refusals({
      PORT: "http",
      DATABASE_URL: "mysql://root:hunter2@db/x",
      ADMIN_TOKEN: "short",
      LOG_LEVEL: "loud",
      RPC_DEADLINE_MAX_MS: "9999",
    });
    expect(problems).toEqual([
      'PORT: "http" is not a plain whole number; use a whole number from 0 to 65535, or leave it unset for 8080',
      "DATABASE_URL: it does not start with sqlite: or postgres://; use sqlite:<path>, sqlite::memory:, or postgres://<user>:<password>@<host>:<port>/<database>, or leave it unset for sqlite:./data/organization.db",
      "ADMIN_TOKEN: it is shorter than 32 characters; make one with: openssl rand -hex 32",
      'LOG_LEVEL: "loud" is not one of the choices; use one of trace, debug, info, warn, error, fatal, silent, or leave it unset for info',
      "RPC_DEADLINE_MAX_MS: 9999 is less than RPC_DEADLINE_DEFAULT_MS, which is 10000; raise it to 10000 or more, or lower RPC_DEADLINE_DEFAULT_MS",
    ]);
  });

  it("reports a problem for each setting when all of them are wrong", () => {
    const env = Object.fromEntries(allSettings().map(({ name }) => [name, "\u0001 no value of anything"]));
    const names = refusals(env).map((problem) => problem.slice(0, problem.indexOf(":")));
    expect(names.toSorted()).toEqual(
      allSettings()
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  it("quotes at most 64 characters of a wrong value, and no line end", () => {
    expect(refusal({ PORT: "x".repeat(64) })).toContain(`"${"x".repeat(64)}" is not`);
    expect(refusal({ PORT: "x".repeat(65) })).toContain(`"${"x".repeat(64)}" (cut) is not`);
    expect(refusal({ LOG_LEVEL: "a\r\n\u2028b\u001b[31m\u009b" })).toContain('"a???b?[31m?"');
  });

  it("never shows any part of a wrong secret", () => {
    const secretNames = allSettings().flatMap(({ name, secret }) => (secret ? [name] : []));
    expect(secretNames).toEqual(["TLS_KEY", "ADMIN_TOKEN", "ENCRYPTION_KEY"]);
    // § stands in no message of ours, so whatever part of the value shows, shows.
    const values = fc.string({ minLength: 1, maxLength: 80 }).map((text) => `${text}§${text}`);
    fc.assert(
      fc.property(fc.constantFrom(...secretNames), values, (name, value) => {
        const env = { TLS_CERT: "cert.pem", TLS_KEY: "key.pem", [name]: value };
        expect(refusals(env).length).toBeGreaterThan(0);
        expect(refusals(env).join("\n")).not.toContain("§");
      }),
    );
  });

  it("does not show a token, or a URL's password, that was given to the wrong setting", () => {
    const token = `orgsvc_op_${"aB3".repeat(16)}c`;
    for (const { name } of allSettings()) {
      expect(refusals({ [name]: token }).join("\n")).not.toContain("aB3aB3");
      expect(refusals({ [name]: "https//user:hunter2@host" }).join("\n")).not.toContain("hunter2");
      expect(refusals({ [name]: "mysql://user:hunter2@host" }).join("\n")).not.toContain("hunter2");
    }
  });

  it("does not show secrets when it is printed", () => {
    const config = accepted({ ADMIN_TOKEN: adminToken, ENCRYPTION_KEY: encryptionKey });
    const printed = inspect(config, { depth: null, showHidden: true }) + JSON.stringify(config);
    expect(printed).not.toContain(adminToken);
    expect(printed).not.toContain("0011223344");
    expect(config.secrets.adminToken?.reveal()).toBe(adminToken);
    expect(config.secrets.encryptionKey?.reveal().toString("hex")).toBe(encryptionKey);
  });
});
