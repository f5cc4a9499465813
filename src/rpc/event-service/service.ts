/** EventService: what happened in an organization, as a list and as a stream. */
import { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { type Endpoints, inOrganization } from "../endpoint.ts";
import { streamInOrganization } from "../stream-endpoint.ts";
import { listAuditLogsHandler } from "./list-audit-logs.ts";
import { watchEventsHandler, watchedOrganization } from "./watch-events.ts";

const { method } = EventService;

export const eventEndpoints: Endpoints<typeof EventService> = {
  watchEvents: streamInOrganization(
    method.watchEvents,
    "member",
    "organization",
    watchedOrganization,
    watchEventsHandler,
  ),
  listAuditLogs: inOrganization(
    method.listAuditLogs,
    "admin",
    "organization",
    ({ organizationId }) => organizationId || undefined,
    listAuditLogsHandler,
  ),
};
