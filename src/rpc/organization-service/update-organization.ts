import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { updateOrganization } from "../../domain/organizations.ts";
import type { ScopedCall } from "../call.ts";
import { toOrganization } from "../convert/organization.ts";
import type { Handler } from "../endpoint.ts";

export const updateOrganizationHandler: Handler<
  typeof OrganizationService.method.updateOrganization,
  ScopedCall
> = async (context, request, call) => {
  const organization = await updateOrganization(context, call, call.organizationId, {
    name: request.name,
    inviteDomains: request.inviteDomains?.domains,
  });
  return { organization: toOrganization(organization) };
};
