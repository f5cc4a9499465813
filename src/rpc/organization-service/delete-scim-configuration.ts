import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deleteScimConfiguration } from "../../domain/scim-configurations.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteSCIMConfigurationHandler: Handler<
  typeof OrganizationService.method.deleteSCIMConfiguration,
  ScopedCall
> = async (context, request, call) => {
  await deleteScimConfiguration(context, call, call.organizationId, parseId(request.scimConfigurationId));
  return {};
};
