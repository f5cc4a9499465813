import type { AnyId, OrganizationId } from "../../base/ids.ts";
import { id, integer, oneOf, text } from "../columns.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, AuditEvent, SubjectType } from "../records.ts";

export const actorPrincipals = ["operator", "user", "scim_configuration"] as const;
const subjectTypes = [
  "organization",
  "user",
  "sso_configuration",
  "scim_configuration",
  "personal_access_token",
  "group",
] as const;

const columns =
  "organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action, request_id, created_at";

function decode(row: Row): AuditEvent {
  return {
    organizationId: id(row, "organization_id"),
    position: integer(row, "position"),
    id: id(row, "id"),
    actorId: id(row, "actor_id"),
    actorPrincipal: oneOf(row, "actor_principal", actorPrincipals),
    subjectType: oneOf(row, "subject_type", subjectTypes),
    subjectId: id(row, "subject_id"),
    action: text(row, "action"),
    requestId: text(row, "request_id"),
    createdAtMs: integer(row, "created_at"),
  };
}

/** The row lock that this takes is what makes positions gap-free and equal to commit order. */
const nextPosition = {
  sql: `INSERT INTO event_positions (organization_id, position) VALUES (?, 1)
        ON CONFLICT (organization_id) DO UPDATE SET position = event_positions.position + 1
        RETURNING position`,
  decode: (row: Row) => integer(row, "position"),
};
const selectAfter = {
  sql: `SELECT ${columns} FROM events WHERE organization_id = ? AND position > ? ORDER BY position LIMIT ?`,
  decode,
};

export function* appendEvent(
  organizationId: OrganizationId,
  audit: Audit,
  subjectType: SubjectType,
  subjectId: AnyId,
  action: string,
): Operation<void> {
  const position = yield* first(nextPosition, organizationId);
  if (position === undefined) throw new Error("event_positions returned no position");
  yield* run(
    `INSERT INTO events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    position,
    audit.eventId,
    audit.actorId,
    audit.actorPrincipal,
    subjectType,
    subjectId,
    action,
    audit.requestId,
    audit.atMs,
  );
}

export function* listEvents(
  organizationId: OrganizationId,
  afterPosition: number,
  limit: number,
): Operation<AuditEvent[]> {
  return yield* all(selectAfter, organizationId, afterPosition, limit);
}
