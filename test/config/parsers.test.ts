import { randomBytes } from "node:crypto";
import { Resolver } from "node:dns";
import { describe, expect, it } from "vitest";
import { accepted, refusal } from "./support.ts";

describe("HOST", () => {
  it.each(["127.0.0.1", "0.0.0.0", "::", "::1", "fe80::1%eth0", "localhost", "a-1.example.com"])(
    "takes %s",
    (HOST) => {
      expect(accepted({ HOST }).server.host).toBe(HOST);
    },
  );

  it.each([
    "256.0.0.1",
    "1.2.3",
    "http://a",
    "a b",
    "-a",
    "a-",
    "a..b",
    "a:80",
    "a".repeat(64),
    "a.".repeat(127),
  ])("refuses %s", (HOST) => {
    expect(refusal({ HOST })).toContain("is not an IP address or host name; use");
  });

  it("says how to write an IPv6 address", () => {
    expect(refusal({ HOST: "[::1]" })).toBe(
      'HOST: "[::1]" has brackets; write the IPv6 address without them',
    );
  });
});

describe("DNS_SERVERS", () => {
  it.each([
    ["9.9.9.9", ["9.9.9.9"]],
    ["9.9.9.9:53, 127.0.0.1:5353", ["9.9.9.9:53", "127.0.0.1:5353"]],
    ["2620:fe::fe,[2620:fe::fe],[::1]:65535", ["2620:fe::fe", "[2620:fe::fe]", "[::1]:65535"]],
  ])("takes %s, as Node does", (DNS_SERVERS, expected) => {
    const { servers = [] } = accepted({ DNS_SERVERS }).dns;
    expect(servers).toEqual(expected);
    expect(() => new Resolver().setServers(servers)).not.toThrow();
  });

  it.each([
    "dns.example.com",
    "9.9.9",
    "9.9.9.9:0",
    "9.9.9.9:65536",
    "9.9.9.9:053",
    "9.9.9.9:",
    "9.9.9.9,",
    "9.9.9.9;1.1.1.1",
    "[9.9.9.9]",
    "[::1",
    "::1]:53",
    "2620:fe::fe%x y",
  ])("refuses %j", (DNS_SERVERS) => {
    expect(refusal({ DNS_SERVERS })).toContain(
      "is not an IP address; use a comma list of IP addresses such as",
    );
  });
});

describe("PUBLIC_URL", () => {
  it.each([
    ["https://id.example.com", "https://id.example.com"],
    ["https://id.example.com/", "https://id.example.com"],
    ["http://localhost:8080", "http://localhost:8080"],
    ["https://ID.example.com:443/base/", "https://id.example.com/base"],
    ["http://[::1]:8080/a//", "http://[::1]:8080/a"],
  ])("takes %s as %s", (PUBLIC_URL, expected) => {
    expect(accepted({ PUBLIC_URL }).server.publicUrl).toBe(expected);
  });

  it.each([
    "id.example.com",
    "/base",
    "ftp://id.example.com",
    "https:id.example.com",
    "https://",
    "https://a b",
    "https://a\\b",
    "https://id.example.com:99999",
    "https://id.example.com\n",
  ])("refuses %j", (PUBLIC_URL) => {
    expect(refusal({ PUBLIC_URL })).toContain("is not an absolute http or https URL; use an http");
  });

  it.each(["https://a/?", "https://a/?b=c", "https://a/#", "https://a#b"])(
    "refuses the rest in %s",
    (PUBLIC_URL) => {
      expect(refusal({ PUBLIC_URL })).toContain("has a query or a fragment");
    },
  );

  it("refuses a user name or password, and shows neither", () => {
    const problem = refusal({ PUBLIC_URL: "https://bob:hunter2@id.example.com" });
    expect(problem).toContain("PUBLIC_URL: the URL holds a user name or password; ");
    expect(problem).not.toMatch(/hunter2|bob/);
  });
});

describe("CORS_ALLOWED_ORIGINS", () => {
  it.each([
    ["*", "any"],
    ["none", []],
    ["https://app.example.com", ["https://app.example.com"]],
    ["https://A.example.com , http://localhost:3000", ["https://a.example.com", "http://localhost:3000"]],
    ["https://a.test,https://a.test", ["https://a.test"]],
  ])("takes %s", (CORS_ALLOWED_ORIGINS, expected) => {
    expect(accepted({ CORS_ALLOWED_ORIGINS }).server.corsOrigins).toEqual(expected);
  });

  it.each([
    "null",
    "a.test",
    "https://a.test/",
    "https://a.test/x",
    "https://a.test:443",
    "https://a.test,,",
    ",",
    "*.a",
  ])("refuses %s", (CORS_ALLOWED_ORIGINS) => {
    expect(refusal({ CORS_ALLOWED_ORIGINS })).toContain("is not an origin; use *, none, or a comma list");
  });

  it.each(["*,https://a.test", "https://a.test,none"])(
    "refuses the contradiction of %s",
    (CORS_ALLOWED_ORIGINS) => {
      expect(refusal({ CORS_ALLOWED_ORIGINS })).toContain("stands beside other entries");
    },
  );
});

describe("DATABASE_URL", () => {
  it.each([
    ["sqlite:./data/organization.db", "./data/organization.db"],
    ["sqlite:/var/lib/org.db", "/var/lib/org.db"],
    ["sqlite:with blank/ä.db", "with blank/ä.db"],
    ["sqlite::memory:", ":memory:"],
  ])("takes %s", (DATABASE_URL, path) => {
    expect(accepted({ DATABASE_URL }).database).toEqual({ kind: "sqlite", path });
  });

  it.each(["postgres://bob:hunter2@db/x", "postgresql://bob:hunter2@db:5433/x?sslmode=require"])(
    "takes %s and keeps it secret",
    (DATABASE_URL) => {
      const { database } = accepted({ DATABASE_URL, ENCRYPTION_KEY: randomBytes(32).toString("base64") });
      if (database.kind !== "postgres") throw new Error("not PostgreSQL");
      expect(database.url.reveal()).toBe(DATABASE_URL);
      expect(JSON.stringify(database)).not.toMatch(/hunter2/);
    },
  );

  it("requires ENCRYPTION_KEY with PostgreSQL", () => {
    expect(refusal({ DATABASE_URL: "postgres://db/x" })).toContain(
      "ENCRYPTION_KEY: it is required with PostgreSQL",
    );
  });

  it.each([
    ["postgres://bob:hunter2@/x", "it is not a URL"],
    ["postgres://bob:hunter2@db", "it names no database"],
    ["postgres://bob:hunter2@db/", "it names no database"],
    ["postgres:x", "it is not a URL"],
  ])("refuses %s without showing it", (DATABASE_URL, expected) => {
    const problem = refusal({ DATABASE_URL, ENCRYPTION_KEY: randomBytes(32).toString("base64") });
    expect(problem).toContain(expected);
    expect(problem).not.toMatch(/hunter2|bob/);
  });

  it.each([
    ["mysql://db/x", "it does not start with sqlite: or postgres://"],
    ["./data/organization.db", "it does not start with sqlite: or postgres://"],
    ["sqlite:", "the path does not name a file"],
    ["sqlite:./data/", "the path does not name a file"],
    ["sqlite:..", "the path does not name a file"],
    ["sqlite:///var/lib/org.db", "write the path right after sqlite:"],
    ["sqlite::memory", "for a database in memory write sqlite::memory:"],
    ["sqlite:a.db?mode=ro", "write the path alone"],
    ["sqlite:a.db\n", "control character"],
    ["sqlite: a.db", "blank at an end"],
  ])("refuses %j: %s", (DATABASE_URL, problem) => {
    expect(refusal({ DATABASE_URL })).toContain(problem);
  });
});

describe("choices", () => {
  it.each(["trace", "debug", "info", "warn", "error", "fatal", "silent"])(
    "LOG_LEVEL takes %s",
    (LOG_LEVEL) => {
      expect(accepted({ LOG_LEVEL }).logLevel).toBe(LOG_LEVEL);
    },
  );

  it.each(["INFO", "verbose", "info ", "toString"])("LOG_LEVEL refuses %j", (LOG_LEVEL) => {
    expect(refusal({ LOG_LEVEL })).toContain("is not one of the choices; use one of trace, debug");
  });

  it("REFLECTION takes on and off and nothing else", () => {
    expect(accepted({ REFLECTION: "on" }).server.reflection).toBe(true);
    expect(accepted({ REFLECTION: "off" }).server.reflection).toBe(false);
    expect(refusal({ REFLECTION: "false" })).toContain("use one of on, off");
  });
});
