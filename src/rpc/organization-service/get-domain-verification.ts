import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { type DomainVerificationId, parseId } from "../../base/ids.ts";
import { getDomainVerification } from "../../domain/domain-verifications.ts";
import type { ScopedCall } from "../call.ts";
import { toDomainVerification } from "../convert/domain-verification.ts";
import type { Handler } from "../endpoint.ts";

export const getDomainVerificationHandler: Handler<
  typeof OrganizationService.method.getDomainVerification,
  ScopedCall
> = async (context, request, { organizationId }) => {
  const id = parseId<DomainVerificationId>(request.domainVerificationId);
  const verification = await getDomainVerification(context, organizationId, id);
  return { domainVerification: toDomainVerification(verification) };
};
