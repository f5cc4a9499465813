import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import type { DomainVerificationId } from "../../base/ids.ts";
import { listDomainVerifications } from "../../domain/domain-verifications.ts";
import type { Page } from "../../storage/storage.ts";
import type { ScopedCall } from "../call.ts";
import { toDomainVerification } from "../convert/domain-verification.ts";
import type { Handler } from "../endpoint.ts";
import { paginate } from "../paging.ts";

export const listDomainVerificationsHandler: Handler<
  typeof OrganizationService.method.listDomainVerifications,
  ScopedCall
> = async (context, request, { principal, organizationId }) => {
  const { items, pagination } = await paginate(
    context.keyring,
    ["domain-verifications", principal.id, organizationId],
    request.pagination,
    (page: Page<DomainVerificationId>) => listDomainVerifications(context, organizationId, page),
  );
  return { pagination, domainVerifications: items.map(toDomainVerification) };
};
