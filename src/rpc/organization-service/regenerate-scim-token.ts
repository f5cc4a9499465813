import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId } from "../../base/ids.ts";
import { regenerateScimToken } from "../../domain/scim-configurations.ts";
import { forbidStoring, type ScopedCall } from "../call.ts";
import { toSeconds, toTimestamp } from "../convert/time.ts";
import type { Handler } from "../endpoint.ts";

export const regenerateSCIMTokenHandler: Handler<
  typeof OrganizationService.method.regenerateSCIMToken,
  ScopedCall
> = async (context, request, call) => {
  const { configuration, token } = await regenerateScimToken(
    context,
    call,
    call.organizationId,
    parseId(request.scimConfigurationId),
    toSeconds(request.tokenExpiresIn),
  );
  forbidStoring(call);
  return { token, tokenExpiresAt: toTimestamp(configuration.tokenExpiresAtMs) };
};
