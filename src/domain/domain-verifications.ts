import { randomBytes } from "node:crypto";
import { domainNameMaxLength, toDomainName } from "../base/domain-name.ts";
import type { DomainVerificationId, OrganizationId } from "../base/ids.ts";
import { StorageError } from "../storage/errors.ts";
import type { DomainVerification } from "../storage/records.ts";
import type { Page } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DnsError, type DnsResolver } from "./dns-resolver.ts";
import { DomainError } from "./errors.ts";
import type { Caller } from "./principal.ts";

/** Below a domain. No host is called so, so that a provider of host names has not given it to a customer of its own. */
const recordLabel = "_orgsvc-challenge";
const tokenBytes = 20;

/**
 * Claims a domain: any, since the record in its DNS is what proves the claim.
 *
 * @throws invalid_argument for what is no domain; already_exists when the organization claims it already
 */
export async function createDomainVerification(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  domainText: string,
): Promise<DomainVerification> {
  const domain = toDomainName(domainText);
  if (domain === undefined) {
    throw new DomainError(
      "invalid_argument",
      "domain: must be a domain name such as example.com, without blanks, port or dot at its end, and no IP address",
    );
  }
  const audit = auditOf(context, caller);
  const verification: DomainVerification = {
    organizationId,
    id: context.ids.next<DomainVerificationId>(),
    domain,
    state: "pending",
    verificationToken: `orgsvc-verification=${randomBytes(tokenBytes).toString("hex")}`,
    verifiedAtMs: undefined,
    createdAtMs: audit.atMs,
  };
  try {
    return await context.storage.domainVerifications.create(organizationId, verification, audit);
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new DomainError(
      "already_exists",
      "the organization claims this domain already: find it by ListDomainVerifications",
      { cause: error },
    );
  }
}

/** @throws not_found */
export function getDomainVerification(
  context: DomainContext,
  organizationId: OrganizationId,
  id: DomainVerificationId,
): Promise<DomainVerification> {
  return context.storage.domainVerifications.get(organizationId, id);
}

export function listDomainVerifications(
  context: DomainContext,
  organizationId: OrganizationId,
  page: Page<DomainVerificationId>,
): Promise<readonly DomainVerification[]> {
  return context.storage.domainVerifications.list(organizationId, page);
}

/**
 * Looks for the record, and marks the domain verified when it is there. One that is verified stays as it is.
 *
 * @throws not_found; failed_precondition when the record is not there, or another organization has verified the domain;
 *   unavailable when DNS does not tell
 */
export async function verifyDomain(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: DomainVerificationId,
): Promise<DomainVerification> {
  const { domainVerifications } = context.storage;
  const claim = await domainVerifications.get(organizationId, id);
  if (claim.state === "verified") return claim;
  await requireRecord(context.dns, claim);
  try {
    const audit = auditOf(context, caller);
    return await domainVerifications.verify(organizationId, id, claim.verificationToken, audit);
  } catch (error) {
    if (!isTaken(error)) throw error;
    throw new DomainError(
      "failed_precondition",
      "another organization has verified this domain: it, or the operator, has to delete that verification first",
      { cause: error },
    );
  }
}

/** @throws not_found */
export function deleteDomainVerification(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: DomainVerificationId,
): Promise<void> {
  return context.storage.domainVerifications.delete(organizationId, id, auditOf(context, caller));
}

function isTaken(error: unknown): boolean {
  return error instanceof StorageError && error.fault.kind === "already_exists";
}

async function requireRecord(
  dns: DnsResolver,
  { domain, verificationToken }: DomainVerification,
): Promise<void> {
  const hosts = hostsOf(domain);
  const lookUps = await Promise.allSettled(hosts.map((host) => dns.txtRecords(host)));
  const records = lookUps.flatMap((lookUp) => (lookUp.status === "fulfilled" ? lookUp.value : []));
  if (records.some((record) => withoutQuotes(record) === verificationToken)) return;
  const failed = lookUps.find((lookUp) => lookUp.status === "rejected");
  if (failed !== undefined) throw unavailable(failed.reason);
  throw new DomainError(
    "failed_precondition",
    `no TXT record of ${hosts.join(" or ")} has the verification token: set one at ${hosts[0]} with the value ` +
      `${verificationToken} and call again; DNS may take some minutes to show it`,
  );
}

/** Where the record is looked for: in its place, and at the domain itself. A long name has no room for the first. */
function hostsOf(domain: string): readonly string[] {
  const host = `${recordLabel}.${domain}`;
  return host.length > domainNameMaxLength ? [domain] : [host, domain];
}

/** As some forms of DNS providers store what is pasted into them. */
function withoutQuotes(record: string): string {
  return record.trim().replace(/^"(.*)"$/, "$1");
}

function unavailable(reason: unknown): unknown {
  if (!(reason instanceof DnsError)) return reason;
  const why =
    reason.failure === "timeout"
      ? "no DNS server answered in time"
      : "the DNS servers could not tell; check the domain's name servers";
  return new DomainError("unavailable", `the domain's TXT records could not be read: ${why}, or try again`, {
    cause: reason,
    retryAfterSeconds: 5,
  });
}
