import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { deleteOrganization } from "../../domain/organizations.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteOrganizationHandler: Handler<
  typeof OrganizationService.method.deleteOrganization,
  ScopedCall
> = async (context, _request, call) => {
  await deleteOrganization(context, call, call.organizationId);
  return {};
};
