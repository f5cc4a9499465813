import type {
  OrganizationService,
  UpdateSSOConfigurationRequest,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { parseId, type SsoConfigurationId } from "../../base/ids.ts";
import { type SsoConfigurationUpdate, updateSsoConfiguration } from "../../domain/sso-configurations.ts";
import type { ScopedCall } from "../call.ts";
import { fromSSOConfigurationState, toEmailDomains } from "../convert/sso-configuration.ts";
import type { Handler } from "../endpoint.ts";

export const updateSSOConfigurationHandler: Handler<
  typeof OrganizationService.method.updateSSOConfiguration,
  ScopedCall
> = async (context, request, call) => {
  const id = parseId<SsoConfigurationId>(request.ssoConfigurationId);
  await updateSsoConfiguration(context, call, call.organizationId, id, toUpdate(request));
  return {};
};

/** Fields without presence (lists, the claims map) say by being empty that they stay as they are. */
function toUpdate(request: UpdateSSOConfigurationRequest): SsoConfigurationUpdate {
  const emailDomains = toEmailDomains(request.emailDomain, request.emailDomains);
  const claims = Object.keys(request.claims).length === 0 ? undefined : request.claims;
  return {
    clientId: request.clientId,
    clientSecret: request.clientSecret,
    issuerUrl: request.issuerUrl,
    state: fromSSOConfigurationState(request.state),
    claims,
    emailDomains: emailDomains.length === 0 ? undefined : emailDomains,
    displayName: request.displayName,
    additionalScopes: request.additionalScopes?.scopes,
    claimsExpression: request.claimsExpression,
  };
}
