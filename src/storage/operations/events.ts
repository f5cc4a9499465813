import type { AnyId, OrganizationId } from "../../base/ids.ts";
import { id, integer, oneOf, text } from "../columns.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import type { Audit, AuditEvent, EventAction, SubjectType } from "../records.ts";
import { chunks, sized } from "./chunks.ts";

export const actorPrincipals = ["operator", "user", "scim_configuration"] as const;
const subjectTypes = [
  "organization",
  "user",
  "sso_configuration",
  "scim_configuration",
  "personal_access_token",
  "group",
  "domain_verification",
] as const;

export const eventColumns =
  "organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action, request_id, created_at, occurrences";

export function decodeEvent(row: Row): AuditEvent {
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
    occurrences: integer(row, "occurrences"),
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
  sql: `SELECT ${eventColumns} FROM events WHERE organization_id = ? AND position > ? ORDER BY position LIMIT ?`,
  decode: decodeEvent,
};
const selectPositions = sized(
  "?",
  (ids) => `SELECT organization_id, position FROM event_positions WHERE organization_id IN (${ids})`,
);
const insert = `INSERT INTO events (${eventColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export function* appendEvent(
  organizationId: OrganizationId,
  audit: Audit,
  subjectType: SubjectType,
  subjectId: AnyId,
  action: EventAction,
  occurrences = 1,
): Operation<void> {
  const position = yield* first(nextPosition, organizationId);
  if (position === undefined) throw new Error("event_positions returned no position");
  const { eventId, actorId, actorPrincipal, requestId, atMs } = audit;
  const subject = [subjectType, subjectId, action] as const;
  const parameters = [
    ...[organizationId, position, eventId, actorId, actorPrincipal],
    ...[...subject, requestId, atMs, occurrences],
  ];
  yield { sql: insert, parameters, kind: "run", appendsTo: organizationId };
}

export function* listEvents(
  organizationId: OrganizationId,
  afterPosition: number,
  limit: number,
): Operation<AuditEvent[]> {
  return yield* all(selectAfter, organizationId, afterPosition, limit);
}

/** Of those that have a log. */
export function* lastEventPositions(
  organizationIds: readonly OrganizationId[],
): Operation<ReadonlyMap<OrganizationId, number>> {
  const positions = new Map<OrganizationId, number>();
  for (const chunk of chunks(organizationIds)) {
    const statement = { sql: selectPositions(chunk.length), decode: decodePosition };
    for (const { organizationId, position } of yield* all(statement, ...chunk)) {
      positions.set(organizationId, position);
    }
  }
  return positions;
}

function decodePosition(row: Row): { readonly organizationId: OrganizationId; readonly position: number } {
  return { organizationId: id(row, "organization_id"), position: integer(row, "position") };
}
