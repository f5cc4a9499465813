import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { getScimConfiguration } from "../../domain/scim-configurations.ts";
import type { ScopedCall } from "../call.ts";
import { toSCIMConfiguration } from "../convert/scim-configuration.ts";
import type { Handler } from "../endpoint.ts";

export const getSCIMConfigurationHandler: Handler<
  typeof OrganizationService.method.getSCIMConfiguration,
  ScopedCall
> = async (context, request, { organizationId }) => {
  const configuration = await getScimConfiguration(
    context,
    organizationId,
    parseId(request.scimConfigurationId),
  );
  return { scimConfiguration: toSCIMConfiguration(configuration) };
};
