import type { MessageShape } from "@bufbuild/protobuf";
import type { EventService, WatchEventsRequestSchema } from "../../../gen/gitpod/v1/event_pb.ts";
import { DomainError } from "../../domain/errors.ts";
import { watchEvents } from "../../domain/events/watch.ts";
import { toChangeFilter, toWatchEventsResponse } from "../convert/event.ts";
import type { StreamHandler } from "../stream-endpoint.ts";

/**
 * The organization to watch, if the request names one.
 *
 * @throws invalid_argument without a scope; not_found for environments, of which there are none here
 */
export function watchedOrganization({
  scope,
  organizationId,
}: MessageShape<typeof WatchEventsRequestSchema>): string | undefined {
  if (scope.case === undefined) {
    throw new DomainError("invalid_argument", "scope: set organization to watch the whole of it");
  }
  if (scope.case === "environmentId") throw new DomainError("not_found", "environment not found");
  return organizationId || undefined;
}

export const watchEventsHandler: StreamHandler<typeof EventService.method.watchEvents> = async function* (
  context,
  { resourceTypeFilters, afterPosition },
  call,
) {
  const passes = toChangeFilter(resourceTypeFilters);
  for await (const event of watchEvents(context, context.feed, call.organizationId, afterPosition, call)) {
    const response = toWatchEventsResponse(event);
    if (response !== undefined && passes(event)) yield response;
  }
};
