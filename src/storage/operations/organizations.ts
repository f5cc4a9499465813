import type { OrganizationId } from "../../base/ids.ts";
import { id, integer, oneOf, stringList, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, Member, Organization } from "../records.ts";
import type { OrganizationPatch } from "../storage.ts";
import { deleteDirectories } from "./directory.ts";
import { appendEvent } from "./events.ts";
import { insertMember } from "./members.ts";
import { applyPatch } from "./patch.ts";
import { inPieces } from "./pieces.ts";

const columns = "id, name, tier, invite_domains, created_at, updated_at";

function decode(row: Row): Organization {
  return {
    id: id(row, "id"),
    name: text(row, "name"),
    tier: oneOf(row, "tier", ["free", "enterprise", "core"]),
    inviteDomains: stringList(row, "invite_domains"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
  };
}

const selectOne = { sql: `SELECT ${columns} FROM organizations WHERE id = ?`, decode };
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };

export function* createOrganization(
  organization: Organization,
  firstMember: Member | undefined,
  audit: Audit,
): Operation<Organization> {
  yield* run(
    `INSERT INTO organizations (${columns}) VALUES (?, ?, ?, ?, ?, ?)`,
    organization.id,
    organization.name,
    organization.tier,
    JSON.stringify(organization.inviteDomains),
    organization.createdAtMs,
    organization.updatedAtMs,
  );
  if (firstMember !== undefined) yield* insertMember(organization.id, firstMember);
  yield* appendEvent(organization.id, audit, "organization", organization.id, "created");
  return organization;
}

export function* getOrganization(organizationId: OrganizationId): Operation<Organization> {
  const found = yield* first(selectOne, organizationId);
  if (found === undefined) throw notFound("organization");
  return found;
}

export function* updateOrganization(
  organizationId: OrganizationId,
  patch: OrganizationPatch,
  audit: Audit,
): Operation<Organization> {
  const current = yield* first(selectForUpdate, organizationId);
  if (current === undefined) throw notFound("organization");
  const { next, changed } = applyPatch(current, patch, audit.atMs);
  if (!changed) return current;
  yield* run(
    "UPDATE organizations SET name = ?, invite_domains = ?, updated_at = ? WHERE id = ?",
    next.name,
    JSON.stringify(next.inviteDomains),
    next.updatedAtMs,
    organizationId,
  );
  yield* appendEvent(organizationId, audit, "organization", organizationId, "updated");
  return next;
}

/** Children first: no engine then has to order cascades. Events and their positions stay. */
const deletionsOfFew = [
  "DELETE FROM organization_invites WHERE organization_id = ?",
  "DELETE FROM domain_verifications WHERE organization_id = ?",
  "DELETE FROM scim_configurations WHERE organization_id = ?",
  "DELETE FROM sso_configurations WHERE organization_id = ?",
];
const deleteTokens = inPieces({
  table: "personal_access_tokens",
  change: "DELETE FROM personal_access_tokens",
  where: "organization_id = ?",
  by: ["id"],
});
const deleteMembers = inPieces({
  table: "members",
  change: "DELETE FROM members",
  where: "organization_id = ?",
  by: ["user_id"],
});

export function* deleteOrganization(organizationId: OrganizationId, audit: Audit): Operation<void> {
  const current = yield* first(selectForUpdate, organizationId);
  if (current === undefined) throw notFound("organization");
  yield* deleteDirectories(organizationId);
  for (const sql of deletionsOfFew) yield* run(sql, organizationId);
  yield* deleteTokens(organizationId);
  yield* deleteMembers(organizationId);
  yield* run("DELETE FROM organizations WHERE id = ?", organizationId);
  yield* appendEvent(organizationId, audit, "organization", organizationId, "deleted");
}

/** Locks the organization's row against deletion while something is created in it. */
export function* requireOrganization(organizationId: OrganizationId): Operation<void> {
  const found = yield* first(selectForUpdate, organizationId);
  if (found === undefined) throw notFound("organization");
}
