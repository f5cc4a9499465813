import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { createDomainVerification } from "../../domain/domain-verifications.ts";
import type { ScopedCall } from "../call.ts";
import { toDomainVerification } from "../convert/domain-verification.ts";
import type { Handler } from "../endpoint.ts";

export const createDomainVerificationHandler: Handler<
  typeof OrganizationService.method.createDomainVerification,
  ScopedCall
> = async (context, request, call) => {
  const verification = await createDomainVerification(context, call, call.organizationId, request.domain);
  return { domainVerification: toDomainVerification(verification) };
};
