/** DNS by Node's own resolver (c-ares): of the system's servers, or of those that are configured. */
import { Resolver } from "node:dns/promises";
import { DnsError, type DnsResolver } from "../domain/dns-resolver.ts";

export interface DnsOptions {
  /** Addresses, with a port or without; undefined: the system's. */
  readonly servers?: readonly string[] | undefined;
  /** For a whole look-up, however many servers there are. */
  readonly timeoutMs?: number;
}

/** Of the first try with a server; c-ares doubles it for the next. */
const firstTryMs = 1_000;
const tries = 2;
const timeoutMsDefault = 4_000;

/** The name does not exist, or has no such record. */
const absent = new Set(["ENOTFOUND", "ENODATA"]);
const timeouts = new Set(["ETIMEOUT", "ECANCELLED"]);

export function createDnsResolver({ servers, timeoutMs = timeoutMsDefault }: DnsOptions = {}): DnsResolver {
  return {
    async txtRecords(name) {
      // One for each look-up: cancelling ends all that a resolver does, and the system's servers may have changed.
      const resolver = new Resolver({ timeout: firstTryMs, tries });
      if (servers !== undefined) resolver.setServers(servers);
      const timer = setTimeout(() => resolver.cancel(), timeoutMs);
      try {
        const records = await resolver.resolveTxt(name);
        return records.map((strings) => strings.join(""));
      } catch (error) {
        return noneOrThrow(error);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** @throws DnsError unless the answer was that there is no such record */
function noneOrThrow(error: unknown): readonly string[] {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (absent.has(code)) return [];
  throw new DnsError(timeouts.has(code) ? "timeout" : "failure", { cause: error });
}
