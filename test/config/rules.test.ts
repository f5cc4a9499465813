import { describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { accepted, refusal, refusals } from "./support.ts";

describe("rules between settings", () => {
  it.each([
    ["REQUEST_TIMEOUT_MS", "HEADERS_TIMEOUT_MS"],
    ["RPC_DEADLINE_MAX_MS", "RPC_DEADLINE_DEFAULT_MS"],
  ])("let %s equal %s and refuse it one shorter", (long, short) => {
    expect(refusals({ [long]: "5000", [short]: "5000" })).toEqual([]);
    expect(refusal({ [long]: "4999", [short]: "5000" })).toMatch(
      `${long}: 4999 is less than ${short}, which is 5000; `,
    );
  });

  it("are checked against defaults too", () => {
    expect(refusal({ HEADERS_TIMEOUT_MS: "30001" })).toContain("REQUEST_TIMEOUT_MS: 30000 is less than");
  });

  it("are not checked between values of which one is wrong already", () => {
    expect(refusal({ REQUEST_TIMEOUT_MS: "x", HEADERS_TIMEOUT_MS: "40000" })).toContain('"x"');
    expect(refusal({ REQUEST_TIMEOUT_MS: "200", HEADERS_TIMEOUT_MS: "x" })).toContain('"x"');
  });
});

describe("warnings", () => {
  it.each(["0.0.0.0", "::", "10.0.0.1", "id.example.com"])("tell of clear text on HOST %s", (HOST) => {
    const loaded = loadConfig({ HOST });
    expect(loaded.ok && loaded.warnings).toEqual([
      `HOST: ${HOST} is reachable from other machines and TLS_CERT is unset; tokens travel in clear unless TLS ends at a load balancer`,
    ]);
  });

  it.each(["127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"])(
    "do not appear for HOST %s",
    (HOST) => {
      const loaded = loadConfig({ HOST });
      expect(loaded.ok && loaded.warnings).toEqual([]);
    },
  );
});

describe("failed authentications", () => {
  it.each([
    ["0", { perSecond: 0, burst: 0 }],
    ["1", { perSecond: 1, burst: 2 }],
    ["25", { perSecond: 25, burst: 50 }],
  ])("at a rate of %s may come twice as many at once", (rate, expected) => {
    expect(accepted({ RATE_FAILED_AUTH_PER_IP: rate }).rates.failedAuthPerIp).toEqual(expected);
  });
});
