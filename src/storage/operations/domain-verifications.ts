import { domainOfEmail } from "../../base/domain-name.ts";
import type { DomainVerificationId, OrganizationId } from "../../base/ids.ts";
import { id, integer, oneOf, optionalInteger, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, DomainVerification } from "../records.ts";
import type { Page } from "../storage.ts";
import { appendEvent } from "./events.ts";
import { requireOrganization } from "./organizations.ts";
import { startOf } from "./paging.ts";

const columns = "organization_id, id, domain, state, verification_token, verified_at, created_at";

function decode(row: Row): DomainVerification {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    domain: text(row, "domain"),
    state: oneOf(row, "state", ["pending", "verified"]),
    verificationToken: text(row, "verification_token"),
    verifiedAtMs: optionalInteger(row, "verified_at"),
    createdAtMs: integer(row, "created_at"),
  };
}

const selectOne = {
  sql: `SELECT ${columns} FROM domain_verifications WHERE organization_id = ? AND id = ?`,
  decode,
};
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };
const selectPage = {
  sql: `SELECT ${columns} FROM domain_verifications WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?`,
  decode,
};
const selectVerified = {
  sql: "SELECT id FROM domain_verifications WHERE organization_id = ? AND domain = ? AND state = 'verified'",
  decode: () => true,
};

/** Unique indexes decide between two of one domain: of one organization, and of all that have verified it. */
export function* createDomainVerification(
  organizationId: OrganizationId,
  verification: DomainVerification,
  audit: Audit,
): Operation<DomainVerification> {
  yield* requireOrganization(organizationId);
  yield* run(
    `INSERT INTO domain_verifications (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    verification.id,
    verification.domain,
    verification.state,
    verification.verificationToken,
    verification.verifiedAtMs ?? null,
    verification.createdAtMs,
  );
  yield* appendEvent(organizationId, audit, "domain_verification", verification.id, "created");
  return verification;
}

export function* getDomainVerification(
  organizationId: OrganizationId,
  verificationId: DomainVerificationId,
): Operation<DomainVerification> {
  const found = yield* first(selectOne, organizationId, verificationId);
  if (found === undefined) throw notFound("domain_verification");
  return found;
}

export function* listDomainVerifications(
  organizationId: OrganizationId,
  page: Page<DomainVerificationId>,
): Operation<DomainVerification[]> {
  return yield* all(selectPage, organizationId, startOf(page), page.limit);
}

export function* verifyDomain(
  organizationId: OrganizationId,
  verificationId: DomainVerificationId,
  seenToken: string,
  audit: Audit,
): Operation<DomainVerification> {
  const current = yield* lockVerification(organizationId, verificationId);
  // Another token than the one that was seen in DNS: another claim.
  if (current.verificationToken !== seenToken) throw notFound("domain_verification");
  if (current.state === "verified") return current;
  yield* run(
    "UPDATE domain_verifications SET state = 'verified', verified_at = ? WHERE organization_id = ? AND id = ?",
    audit.atMs,
    organizationId,
    verificationId,
  );
  yield* appendEvent(organizationId, audit, "domain_verification", verificationId, "verified");
  return { ...current, state: "verified", verifiedAtMs: audit.atMs };
}

export function* deleteDomainVerification(
  organizationId: OrganizationId,
  verificationId: DomainVerificationId,
  audit: Audit,
): Operation<void> {
  yield* lockVerification(organizationId, verificationId);
  yield* run(
    "DELETE FROM domain_verifications WHERE organization_id = ? AND id = ?",
    organizationId,
    verificationId,
  );
  yield* appendEvent(organizationId, audit, "domain_verification", verificationId, "deleted");
}

function* lockVerification(
  organizationId: OrganizationId,
  verificationId: DomainVerificationId,
): Operation<DomainVerification> {
  const found = yield* first(selectForUpdate, organizationId, verificationId);
  if (found === undefined) throw notFound("domain_verification");
  return found;
}

/** Whether the organization speaks for the address's domain: that very one, not one above or below it. */
export function* hasVerifiedDomainOf(organizationId: OrganizationId, email: string): Operation<boolean> {
  const domain = domainOfEmail(email);
  if (domain === undefined) return false;
  return (yield* first(selectVerified, organizationId, domain)) ?? false;
}
