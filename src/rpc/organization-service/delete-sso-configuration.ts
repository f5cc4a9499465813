import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deleteSsoConfiguration } from "../../domain/sso-configurations.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteSSOConfigurationHandler: Handler<
  typeof OrganizationService.method.deleteSSOConfiguration,
  ScopedCall
> = async (context, request, call) => {
  await deleteSsoConfiguration(context, call, call.organizationId, parseId(request.ssoConfigurationId));
  return {};
};
