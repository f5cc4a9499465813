import type { OrganizationId, OrganizationInviteId } from "../../base/ids.ts";
import { id, integer } from "../columns.ts";
import { notFound } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, OrganizationInvite } from "../records.ts";
import { appendEvent } from "./events.ts";
import { requireOrganization } from "./organizations.ts";

const columns = "organization_id, id, created_at";

function decode(row: Row): OrganizationInvite {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    createdAtMs: integer(row, "created_at"),
  };
}

const selectCurrent = {
  sql: `SELECT ${columns} FROM organization_invites WHERE organization_id = ?`,
  decode,
};
const selectById = {
  sql: `SELECT ${columns} FROM organization_invites WHERE id = ?`,
  decode,
};

export function* replaceInvite(
  organizationId: OrganizationId,
  invite: OrganizationInvite,
  audit: Audit,
): Operation<OrganizationInvite> {
  yield* requireOrganization(organizationId);
  yield* run(
    `INSERT INTO organization_invites (${columns}) VALUES (?, ?, ?)
     ON CONFLICT (organization_id) DO UPDATE SET id = excluded.id, created_at = excluded.created_at`,
    organizationId,
    invite.id,
    invite.createdAtMs,
  );
  yield* appendEvent(organizationId, audit, "organization", organizationId, "invite_created");
  return invite;
}

export function* getInvite(organizationId: OrganizationId): Operation<OrganizationInvite> {
  const found = yield* first(selectCurrent, organizationId);
  if (found === undefined) throw notFound("organization_invite");
  return found;
}

export function* getInviteById(inviteId: OrganizationInviteId): Operation<OrganizationInvite> {
  const found = yield* first(selectById, inviteId);
  if (found === undefined) throw notFound("organization_invite");
  return found;
}
