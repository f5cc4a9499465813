import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { ScimConfigurationId } from "../../base/ids.ts";
import { listScimConfigurations } from "../../domain/scim-configurations.ts";
import type { Page } from "../../storage/storage.ts";
import type { OwnCall } from "../call.ts";
import { toSCIMConfiguration } from "../convert/scim-configuration.ts";
import type { Handler } from "../endpoint.ts";
import { paginate } from "../paging.ts";

export const listSCIMConfigurationsHandler: Handler<
  typeof OrganizationService.method.listSCIMConfigurations,
  OwnCall
> = async (context, request, { principal, organizationId }) => {
  const { items, pagination } = await paginate(
    context.keyring,
    ["scim-configurations", principal.id, organizationId ?? "all"],
    request.pagination,
    (page: Page<ScimConfigurationId>) => listScimConfigurations(context, organizationId, page),
  );
  return { pagination, scimConfigurations: items.map(toSCIMConfiguration) };
};
