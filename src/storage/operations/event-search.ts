/**
 * The search of an audit log, a page at a time. A page looks at a bounded number of events: at as many positions of the
 * log, or at as many events of the subjects that are asked for, which an index finds.
 */
import type { AnyId, OrganizationId } from "../../base/ids.ts";
import { integer } from "../columns.ts";
import { type Fragment, join, raw, sql } from "../conditions/fragment.ts";
import { all, first, type Operation, type Row } from "../operation.ts";
import type { AuditEvent } from "../records.ts";
import type { EventFilter, EventQuery, FoundEvents } from "../storage.ts";
import { decodeEvent, eventColumns, lastEventPositions } from "./events.ts";
import { isOneOf } from "./list-filters.ts";

/** The positions that a page looks at. */
interface Span {
  /** Exclusive. */
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
  /** Whether the log goes on behind it. */
  readonly isCut: boolean;
}

export function* searchEvents(organizationId: OrganizationId, query: EventQuery): Operation<FoundEvents> {
  const { filter, descending, limit } = query;
  const last = (yield* lastEventPositions([organizationId])).get(organizationId) ?? 0;
  const start = query.after ?? (descending ? last + 1 : 0);
  const subjectIds = filter.subjectIds ?? [undefined];
  const span = yield* spanOf(organizationId, query, start, last);
  const found: AuditEvent[] = [];
  for (const subjectId of subjectIds) {
    found.push(...(yield* select(organizationId, subjectId, query, span)));
  }
  found.sort((a, b) => (descending ? b.position - a.position : a.position - b.position));
  const items = found.slice(0, limit);
  if (found.length > limit) return { items, next: items.at(-1)?.position };
  return { items, next: span.isCut ? span.end : undefined };
}

function* spanOf(
  organizationId: OrganizationId,
  query: EventQuery,
  start: number,
  last: number,
): Operation<Span> {
  const { filter, descending, scanMax } = query;
  const outermost = descending ? 1 : last;
  const ends = [descending ? start - scanMax : start + scanMax];
  if (filter.subjectIds !== undefined) {
    ends.length = 0;
    const each = Math.ceil(scanMax / filter.subjectIds.length);
    for (const subjectId of filter.subjectIds) {
      ends.push((yield* positionOfNth(organizationId, subjectId, query, start, each)) ?? outermost);
    }
  }
  const end = descending ? Math.max(outermost, ...ends) : Math.min(outermost, ...ends);
  return { start, end, isCut: end !== outermost };
}

/** Where the subject's nth event from `start` is; undefined when it has fewer. */
function* positionOfNth(
  organizationId: OrganizationId,
  subjectId: AnyId,
  { descending }: EventQuery,
  start: number,
  nth: number,
): Operation<number | undefined> {
  const select = sql`SELECT position FROM events
    WHERE organization_id = ${organizationId} AND subject_id = ${subjectId} AND ${isBeyond(start, descending)}
    ORDER BY position ${directionOf(descending)} LIMIT 1 OFFSET ${nth - 1}`;
  const decode = (row: Row) => integer(row, "position");
  return yield* first({ sql: select.sql, decode }, ...select.parameters);
}

function* select(
  organizationId: OrganizationId,
  subjectId: AnyId | undefined,
  { filter, descending, limit }: EventQuery,
  { start, end }: Span,
): Operation<readonly AuditEvent[]> {
  const where = join(
    [
      sql`organization_id = ${organizationId}`,
      ...(subjectId === undefined ? [] : [sql`subject_id = ${subjectId}`]),
      isBeyond(start, descending),
      sql`position ${raw(descending ? ">=" : "<=")} ${end}`,
      ...conditionsOf(filter),
    ],
    " AND ",
  );
  // One more than asked for tells whether more come.
  const select = sql`SELECT ${raw(eventColumns)} FROM events WHERE ${where}
    ORDER BY position ${directionOf(descending)} LIMIT ${limit + 1}`;
  return yield* all({ sql: select.sql, decode: decodeEvent }, ...select.parameters);
}

function conditionsOf({
  actorIds,
  actorPrincipals,
  subjectTypes,
  fromMs,
  toMs,
}: EventFilter): readonly Fragment[] {
  return [
    ...(actorIds === undefined ? [] : [isOneOf("actor_id", actorIds)]),
    ...(actorPrincipals === undefined ? [] : [isOneOf("actor_principal", actorPrincipals)]),
    ...(subjectTypes === undefined ? [] : [isOneOf("subject_type", subjectTypes)]),
    ...(fromMs === undefined ? [] : [sql`created_at >= ${fromMs}`]),
    ...(toMs === undefined ? [] : [sql`created_at < ${toMs}`]),
  ];
}

function isBeyond(position: number, descending: boolean): Fragment {
  return sql`position ${raw(descending ? "<" : ">")} ${position}`;
}

function directionOf(descending: boolean): Fragment {
  return raw(descending ? "DESC" : "ASC");
}
