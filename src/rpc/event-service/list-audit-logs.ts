import type { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { listAuditLog } from "../../domain/events/audit-log.ts";
import type { ScopedCall } from "../call.ts";
import { isNewestFirst, toAuditLogEntry, toEventFilter } from "../convert/event.ts";
import type { Handler } from "../endpoint.ts";
import { type PositionText, paginateFrom } from "../paging.ts";

export const listAuditLogsHandler: Handler<typeof EventService.method.listAuditLogs, ScopedCall> = async (
  context,
  request,
  { principal, organizationId },
) => {
  const filter = toEventFilter(request.filter);
  const descending = isNewestFirst(request.sort);
  const { items, pagination } = await paginateFrom(
    context.keyring,
    ["audit-log", principal.id, organizationId, JSON.stringify(filter ?? "nothing"), String(descending)],
    request.pagination,
    positions,
    async (after, limit) =>
      filter === undefined
        ? { items: [], next: undefined }
        : await listAuditLog(context, organizationId, { filter, descending, after, limit }),
  );
  return { pagination, entries: items.map(toAuditLogEntry) };
};

const positions: PositionText<number> = { write: String, read: Number };
