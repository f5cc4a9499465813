import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { deleteDomainVerification } from "../../domain/domain-verifications.ts";
import type { ScopedCall } from "../call.ts";
import type { Handler } from "../endpoint.ts";

export const deleteDomainVerificationHandler: Handler<
  typeof OrganizationService.method.deleteDomainVerification,
  ScopedCall
> = async (context, request, call) => {
  await deleteDomainVerification(context, call, call.organizationId, parseId(request.domainVerificationId));
  return {};
};
