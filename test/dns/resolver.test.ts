// TXT records from a real DNS server, which answers, fails, or says nothing.
import { describe, expect, it } from "vitest";
import { createDnsResolver } from "../../src/dns/resolver.ts";
import { DnsError } from "../../src/domain/dns-resolver.ts";
import { type DnsAnswer, startDnsServer } from "../support/dns-server.ts";

/** What a look-up of the name ends with: records, or how it failed. */
async function lookUp(answer: DnsAnswer | undefined, timeoutMs = 4_000): Promise<readonly string[] | string> {
  await using server = await startDnsServer();
  if (answer !== undefined) server.set("_x.example.com", answer);
  const dns = createDnsResolver({ servers: [server.address], timeoutMs });
  try {
    return await dns.txtRecords("_x.example.com");
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    expect(error.cause).toBeDefined();
    return error.failure;
  } finally {
    expect(server.questions[0]).toBe("_x.example.com");
  }
}

describe("a look-up", () => {
  it("has every TXT record of the name, with its strings put together", async () => {
    const long = "long ".repeat(100);
    expect(await lookUp(["first", long, "", 'with "quotes" and blanks'])).toEqual([
      "first",
      long,
      "",
      'with "quotes" and blanks',
    ]);
  });

  it("of a name that does not exist, or has no TXT record, has none", async () => {
    expect(await lookUp(undefined)).toEqual([]);
    expect(await lookUp([])).toEqual([]);
  });

  it.each(["SERVFAIL", "REFUSED", "garbage"] as const)(
    "that a server answers with %s has failed",
    async (answer) => {
      expect(await lookUp(answer)).toBe("failure");
    },
  );

  it("that no server answers ends in its time", async () => {
    const start = performance.now();
    expect(await lookUp("silence", 150)).toBe("timeout");
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("goes on to the next server where the first is not there", async () => {
    const gone = await startDnsServer();
    await gone[Symbol.asyncDispose]();
    await using server = await startDnsServer();
    server.set("example.com", ["found"]);
    const dns = createDnsResolver({ servers: [gone.address, server.address] });
    expect(await dns.txtRecords("example.com")).toEqual(["found"]);
  });

  it("sees at once what has changed since the one before", async () => {
    await using server = await startDnsServer();
    const dns = createDnsResolver({ servers: [server.address] });
    expect(await dns.txtRecords("example.com")).toEqual([]);
    for (const records of [["one"], ["two"], []]) {
      server.set("example.com", records);
      expect(await dns.txtRecords("example.com")).toEqual(records);
    }
  });
});
