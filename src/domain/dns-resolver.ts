/** What the domain needs of DNS. `src/dns/` gives it. */

export interface DnsResolver {
  /**
   * The TXT records of a name, the strings of each put together; none where the name has none or does not exist. Ends within
   * 4 s, so that a call that waits for it ends before its deadline.
   *
   * @throws DnsError when that could not be learned
   */
  txtRecords(name: string): Promise<readonly string[]>;
}

/** No server answered in time, or those that did could not tell. */
export type DnsFailure = "timeout" | "failure";

export class DnsError extends Error {
  readonly failure: DnsFailure;

  constructor(failure: DnsFailure, options?: { readonly cause?: unknown }) {
    super(`DNS: ${failure}`, options);
    this.name = "DnsError";
    this.failure = failure;
  }
}
