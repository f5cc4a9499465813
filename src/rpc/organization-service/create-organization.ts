import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { createOrganization } from "../../domain/organizations.ts";
import type { Call } from "../call.ts";
import { toOrganization } from "../convert/organization.ts";
import type { Handler } from "../endpoint.ts";

export const createOrganizationHandler: Handler<
  typeof OrganizationService.method.createOrganization,
  Call
> = async (context, request, call) => {
  const { organization } = await createOrganization(context, call, {
    name: request.name,
    join: request.joinOrganization,
    inviteMatchingDomain: request.inviteAccountsWithMatchingDomain,
  });
  return { organization: toOrganization(organization) };
};
