import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { SsoConfigurationId } from "../../base/ids.ts";
import { listSsoConfigurations } from "../../domain/sso-configurations.ts";
import type { Page } from "../../storage/storage.ts";
import type { ScopedCall } from "../call.ts";
import { toSSOConfiguration } from "../convert/sso-configuration.ts";
import type { Handler } from "../endpoint.ts";
import { paginate } from "../paging.ts";

export const listSSOConfigurationsHandler: Handler<
  typeof OrganizationService.method.listSSOConfigurations,
  ScopedCall
> = async (context, request, { principal, organizationId }) => {
  const { items, pagination } = await paginate(
    context.keyring,
    ["sso-configurations", principal.id, organizationId],
    request.pagination,
    (page: Page<SsoConfigurationId>) => listSsoConfigurations(context, organizationId, page),
  );
  return { pagination, ssoConfigurations: items.map(toSSOConfiguration) };
};
