/** Who acts on a directory: its SCIM configuration, which a token of its own opens. */
import type { EventId } from "../../base/ids.ts";
import type { DirectoryTenant } from "../../storage/directory.ts";
import type { Audit, ScimConfiguration } from "../../storage/records.ts";
import type { DomainContext } from "../context.ts";

export interface DirectoryCaller {
  readonly configuration: ScimConfiguration;
  readonly requestId: string;
}

export function tenantOf({ configuration }: DirectoryCaller): DirectoryTenant {
  return { organizationId: configuration.organizationId, configurationId: configuration.id };
}

export function directoryAuditOf({ ids, clock }: DomainContext, caller: DirectoryCaller): Audit {
  return {
    eventId: ids.next<EventId>(),
    actorId: caller.configuration.id,
    actorPrincipal: "scim_configuration",
    requestId: caller.requestId,
    atMs: clock.nowMs(),
  };
}
