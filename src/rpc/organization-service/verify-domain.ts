import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { type DomainVerificationId, parseId } from "../../base/ids.ts";
import { verifyDomain } from "../../domain/domain-verifications.ts";
import type { ScopedCall } from "../call.ts";
import { toDomainVerification } from "../convert/domain-verification.ts";
import type { Handler } from "../endpoint.ts";

export const verifyDomainHandler: Handler<
  typeof OrganizationService.method.verifyDomain,
  ScopedCall
> = async (context, request, call) => {
  const id = parseId<DomainVerificationId>(request.domainVerificationId);
  const verification = await verifyDomain(context, call, call.organizationId, id);
  return { domainVerification: toDomainVerification(verification) };
};
