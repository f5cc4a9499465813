/** Good messages of many kinds, to begin from. */
import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { IdentityService } from "../../../gen/gitpod/v1/identity_pb.ts";
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { UserService } from "../../../gen/gitpod/v1/user_pb.ts";
import { Health } from "../../../gen/grpc/health/v1/health_pb.ts";
import { ServerReflection } from "../../../gen/grpc/reflection/v1/reflection_pb.ts";
import type { TestTenant } from "../../support/server.ts";
import { encode, pathOf } from "./calls.ts";

/** A good message in both codecs, with the method that takes it. */
export interface Sample {
  readonly method: DescMethod;
  readonly json: Buffer;
  readonly binary: Buffer;
}

export function samplesFor({ organizationId, userId }: TestTenant): readonly Sample[] {
  const { method } = OrganizationService;
  return [
    sample(method.getOrganization, { organizationId }),
    sample(method.updateOrganization, {
      organizationId,
      name: "A name",
      inviteDomains: { domains: ["example.com"] },
    }),
    sample(method.createOrganization, { name: "Another", joinOrganization: false }),
    sample(method.createSSOConfiguration, {
      organizationId,
      clientId: "client",
      clientSecret: "secret",
      issuerUrl: "https://issuer.example",
      emailDomains: ["example.com", "example.org"],
      displayName: "Sign in",
      additionalScopes: ["groups"],
    }),
    sample(method.createSCIMConfiguration, {
      organizationId,
      ssoConfigurationId: organizationId,
      name: "Directory",
      tokenExpiresIn: { seconds: 86_400n },
    }),
    sample(method.listSCIMConfigurations, { organizationId, pagination: { pageSize: 10 } }),
    sample(method.listMembers, { organizationId, filter: { search: "a" } }),
    sample(UserService.method.createPersonalAccessToken, {
      userId,
      description: "d",
      validFor: { seconds: 60n },
    }),
    sample(UserService.method.listPersonalAccessTokens, { pagination: { pageSize: 10, token: "x" } }),
    sample(IdentityService.method.getAuthenticatedIdentity, {}),
    sample(EventService.method.watchEvents, {}),
    sample(Health.method.check, { service: "gitpod.v1.UserService" }),
    sample(ServerReflection.method.serverReflectionInfo, {
      messageRequest: { case: "fileContainingSymbol", value: pathOf(method.getOrganization).slice(1) },
    }),
  ];
}

function sample<I extends DescMessage>(
  method: DescMethod & { readonly input: I },
  init: MessageInitShape<I>,
): Sample {
  return { method, json: encode("json", method.input, init), binary: encode("binary", method.input, init) };
}
