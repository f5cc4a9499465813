import type { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { createSsoConfiguration } from "../../domain/sso-configurations.ts";
import type { ScopedCall } from "../call.ts";
import { toEmailDomains, toSSOConfiguration } from "../convert/sso-configuration.ts";
import type { Handler } from "../endpoint.ts";

export const createSSOConfigurationHandler: Handler<
  typeof OrganizationService.method.createSSOConfiguration,
  ScopedCall
> = async (context, request, call) => {
  const configuration = await createSsoConfiguration(context, call, call.organizationId, {
    clientId: request.clientId,
    clientSecret: request.clientSecret,
    issuerUrl: request.issuerUrl,
    emailDomains: toEmailDomains(request.emailDomain, request.emailDomains),
    displayName: request.displayName,
    additionalScopes: request.additionalScopes,
    claimsExpression: request.claimsExpression ?? "",
  });
  return { ssoConfiguration: toSSOConfiguration(configuration) };
};
