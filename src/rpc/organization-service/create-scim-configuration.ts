import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { createScimConfiguration } from "../../domain/scim-configurations.ts";
import { forbidStoring, type ScopedCall } from "../call.ts";
import { toSCIMConfiguration } from "../convert/scim-configuration.ts";
import { toSeconds, toTimestamp } from "../convert/time.ts";
import type { Handler } from "../endpoint.ts";

export const createSCIMConfigurationHandler: Handler<
  typeof OrganizationService.method.createSCIMConfiguration,
  ScopedCall
> = async (context, request, call) => {
  const { configuration, token } = await createScimConfiguration(context, call, call.organizationId, {
    ssoConfigurationId: parseId(request.ssoConfigurationId),
    name: request.name ?? "",
    tokenLifetimeSeconds: toSeconds(request.tokenExpiresIn),
    allowUnverifiedEmailAccountLinking: request.allowUnverifiedEmailAccountLinking ?? false,
  });
  forbidStoring(call);
  return {
    scimConfiguration: toSCIMConfiguration(configuration),
    token,
    tokenExpiresAt: toTimestamp(configuration.tokenExpiresAtMs),
  };
};
