import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { getSsoConfiguration } from "../../domain/sso-configurations.ts";
import type { ScopedCall } from "../call.ts";
import { toSSOConfiguration } from "../convert/sso-configuration.ts";
import type { Handler } from "../endpoint.ts";

export const getSSOConfigurationHandler: Handler<
  typeof OrganizationService.method.getSSOConfiguration,
  ScopedCall
> = async (context, request, { organizationId }) => {
  const configuration = await getSsoConfiguration(
    context,
    organizationId,
    parseId(request.ssoConfigurationId),
  );
  return { ssoConfiguration: toSSOConfiguration(configuration) };
};
