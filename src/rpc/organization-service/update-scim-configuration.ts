import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId, type SsoConfigurationId } from "../../base/ids.ts";
import { updateScimConfiguration } from "../../domain/scim-configurations.ts";
import type { ScopedCall } from "../call.ts";
import { toSCIMConfiguration } from "../convert/scim-configuration.ts";
import type { Handler } from "../endpoint.ts";

export const updateSCIMConfigurationHandler: Handler<
  typeof OrganizationService.method.updateSCIMConfiguration,
  ScopedCall
> = async (context, request, call) => {
  const link = request.ssoConfigurationId;
  const configuration = await updateScimConfiguration(
    context,
    call,
    call.organizationId,
    parseId(request.scimConfigurationId),
    {
      name: request.name,
      enabled: request.enabled,
      ssoConfigurationId: link === undefined ? undefined : parseId<SsoConfigurationId>(link),
      allowUnverifiedEmailAccountLinking: request.allowUnverifiedEmailAccountLinking,
    },
  );
  return { scimConfiguration: toSCIMConfiguration(configuration) };
};
