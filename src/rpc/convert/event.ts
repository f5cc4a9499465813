import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type { Timestamp } from "@bufbuild/protobuf/wkt";
import {
  AuditLogEntryKind,
  type ListAuditLogsRequest_FilterSchema,
  type ListAuditLogsResponse_AuditLogEntrySchema,
  ResourceOperation,
  ResourceType,
  type WatchEventsRequest_ResourceTypeFilterSchema,
  type WatchEventsResponseSchema,
} from "../../../gen/gitpod/v1/event_pb.ts";
import { type Sort, SortOrder } from "../../../gen/gitpod/v1/pagination_pb.ts";
import { type AnyId, parseId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import type { ActorPrincipal, AuditEvent, EventAction, SubjectType } from "../../storage/records.ts";
import type { EventFilter } from "../../storage/storage.ts";
import { toPrincipal } from "./principal.ts";
import { setOf } from "./set.ts";
import { toTimestamp } from "./time.ts";

/** A subject is shown as this, and asked for by it. */
const resourceTypes: Readonly<Record<SubjectType, ResourceType>> = {
  organization: ResourceType.ORGANIZATION,
  user: ResourceType.USER,
  group: ResourceType.GROUP,
  sso_configuration: ResourceType.SSO_CONFIG,
  scim_configuration: ResourceType.SCIM_CONFIGURATION,
  personal_access_token: ResourceType.PERSONAL_ACCESS_TOKEN,
  domain_verification: ResourceType.DOMAIN_VERIFICATION,
};

/** What a change did to its subject. A refusal changed nothing: it is in the audit log alone. */
const operations: Readonly<Record<EventAction, ResourceOperation | "refusal">> = {
  created: ResourceOperation.CREATE,
  updated: ResourceOperation.UPDATE,
  deleted: ResourceOperation.DELETE,
  // A member who was there already.
  linked: ResourceOperation.UPDATE,
  role_changed: ResourceOperation.UPDATE,
  members_changed: ResourceOperation.UPDATE,
  token_regenerated: ResourceOperation.UPDATE,
  invite_created: ResourceOperation.UPDATE,
  joined: ResourceOperation.CREATE,
  // The record stays.
  left: ResourceOperation.UPDATE_STATUS,
  suspended: ResourceOperation.UPDATE_STATUS,
  reinstated: ResourceOperation.UPDATE_STATUS,
  activated: ResourceOperation.UPDATE_STATUS,
  deactivated: ResourceOperation.UPDATE_STATUS,
  verified: ResourceOperation.UPDATE_STATUS,
  authentication_failed: "refusal",
  permission_denied: "refusal",
};

const subjectTypes = keysOf(resourceTypes);
const actorPrincipals = [
  "operator",
  "user",
  "scim_configuration",
] as const satisfies readonly ActorPrincipal[];

/** Of an action that only another version knows, it is known that something changed. */
function operationOf({ action }: AuditEvent): ResourceOperation | "refusal" {
  return isKeyOf(operations, action) ? operations[action] : ResourceOperation.UPDATE;
}

/** Undefined for what no stream has. */
export function toWatchEventsResponse(
  event: AuditEvent,
): MessageInitShape<typeof WatchEventsResponseSchema> | undefined {
  const operation = operationOf(event);
  if (operation === "refusal") return undefined;
  return {
    operation,
    resourceType: resourceTypes[event.subjectType],
    resourceId: event.subjectId,
    position: BigInt(event.position),
  };
}

export function toAuditLogEntry(
  event: AuditEvent,
): MessageInitShape<typeof ListAuditLogsResponse_AuditLogEntrySchema> {
  const isRefusal = operationOf(event) === "refusal";
  return {
    id: event.id,
    actorId: event.actorId,
    actorPrincipal: toPrincipal(event.actorPrincipal),
    subjectId: event.subjectId,
    subjectType: resourceTypes[event.subjectType],
    action: event.action,
    createdAt: toTimestamp(event.createdAtMs),
    kind: isRefusal ? AuditLogEntryKind.CREDENTIAL_ACCESS : AuditLogEntryKind.RESOURCE_CHANGE,
    ...(event.occurrences === 1 ? {} : { occurrences: event.occurrences }),
  };
}

/** Whether a change passes one of the filters, or there are none. */
export function toChangeFilter(
  filters: readonly MessageShape<typeof WatchEventsRequest_ResourceTypeFilterSchema>[],
): (event: AuditEvent) => boolean {
  const alternatives = filters.map(({ resourceType, resourceIds, creatorIds }) => {
    const subjects = new Set<AnyId>(resourceIds.map((id) => parseId(id)));
    const actors = new Set<AnyId>(creatorIds.map((id) => parseId(id)));
    return ({ subjectType, subjectId, actorId }: AuditEvent): boolean =>
      resourceTypes[subjectType] === resourceType &&
      (subjects.size === 0 || subjects.has(subjectId)) &&
      (actors.size === 0 || actors.has(actorId));
  });
  return (event) => alternatives.length === 0 || alternatives.some((passes) => passes(event));
}

/** One filter has one form, to which page tokens are bound. Undefined for one that nothing passes. */
export function toEventFilter(
  filter: MessageShape<typeof ListAuditLogsRequest_FilterSchema> | undefined,
): EventFilter | undefined {
  if (filter === undefined) return {};
  const principals = actorPrincipals.filter((each) => filter.actorPrincipals.includes(toPrincipal(each)));
  const types = subjectTypes.filter((each) => filter.subjectTypes.includes(resourceTypes[each]));
  // Kinds that this service does not have.
  if (filter.actorPrincipals.length > 0 && principals.length === 0) return undefined;
  if (filter.subjectTypes.length > 0 && types.length === 0) return undefined;
  return {
    actorIds: unlessEmpty(setOf(filter.actorIds, (id) => parseId<AnyId>(id))),
    actorPrincipals: unlessEmpty(principals),
    subjectIds: unlessEmpty(setOf(filter.subjectIds, (id) => parseId<AnyId>(id))),
    subjectTypes: unlessEmpty(types),
    fromMs: toWholeMs(filter.from),
    toMs: toWholeMs(filter.to),
  };
}

/** Whether the newest come first. @throws invalid_argument for another field than the time, and for an unknown order */
export function isNewestFirst(sort: Sort | undefined): boolean {
  if (!["", "createdAt", "created_at"].includes(sort?.field ?? "")) {
    throw new DomainError("invalid_argument", "sort.field: must be createdAt");
  }
  switch (sort?.order) {
    case undefined:
    case SortOrder.UNSPECIFIED:
    case SortOrder.DESC:
      return true;
    case SortOrder.ASC:
      return false;
    default:
      throw new DomainError("invalid_argument", "sort.order: must be ASC or DESC");
  }
}

/** The first whole millisecond that is not before it: events are made at whole ones. */
function toWholeMs(timestamp: Timestamp | undefined): number | undefined {
  if (timestamp === undefined) return undefined;
  const ms = Number(timestamp.seconds) * 1000 + Math.ceil(timestamp.nanos / 1e6);
  return Math.min(Math.max(ms, 0), Number.MAX_SAFE_INTEGER);
}

function unlessEmpty<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}

function isKeyOf<Key extends string>(record: Readonly<Record<Key, unknown>>, key: string): key is Key {
  return Object.hasOwn(record, key);
}

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] {
  return Object.keys(record).filter((key) => isKeyOf(record, key));
}
