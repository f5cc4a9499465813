import type { OrganizationId } from "../../base/ids.ts";
import type { EventQuery, FoundEvents } from "../../storage/storage.ts";
import type { DomainContext } from "../context.ts";

/** How many events one page of the audit log looks at: a request costs no more, however few pass the filter. */
const scanMax = 5_000;

export function listAuditLog(
  { storage }: Pick<DomainContext, "storage">,
  organizationId: OrganizationId,
  query: Omit<EventQuery, "scanMax">,
): Promise<FoundEvents> {
  return storage.events.search(organizationId, { ...query, scanMax });
}
