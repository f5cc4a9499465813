import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { getOrganization } from "../../domain/organizations.ts";
import type { ScopedCall } from "../call.ts";
import { toOrganization } from "../convert/organization.ts";
import type { Handler } from "../endpoint.ts";

export const getOrganizationHandler: Handler<
  typeof OrganizationService.method.getOrganization,
  ScopedCall
> = async (context, _request, { organizationId }) => ({
  organization: toOrganization(await getOrganization(context, organizationId)),
});
