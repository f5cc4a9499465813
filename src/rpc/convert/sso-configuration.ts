import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import {
  InviteDomainsSchema,
  SSOConfiguration_ProviderType as ProviderType,
  type SSOConfigurationSchema,
  SSOConfigurationState,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { DomainError } from "../../domain/errors.ts";
import type * as records from "../../storage/records.ts";

const states = {
  active: SSOConfigurationState.SSO_CONFIGURATION_STATE_ACTIVE,
  inactive: SSOConfigurationState.SSO_CONFIGURATION_STATE_INACTIVE,
} as const satisfies Record<records.SsoConfigurationState, SSOConfigurationState>;

const providerTypes = {
  builtin: ProviderType.BUILTIN,
  custom: ProviderType.CUSTOM,
} as const satisfies Record<records.SsoProviderType, ProviderType>;

/** The client secret is write-only: it is not here. */
export function toSSOConfiguration(
  configuration: records.SsoConfiguration,
): MessageInitShape<typeof SSOConfigurationSchema> {
  return {
    id: configuration.id,
    organizationId: configuration.organizationId,
    clientId: configuration.clientId,
    issuerUrl: configuration.issuerUrl,
    state: states[configuration.state],
    claims: { ...configuration.claims },
    emailDomain: configuration.emailDomains[0] ?? "",
    providerType: providerTypes[configuration.providerType],
    emailDomains: [...configuration.emailDomains],
    displayName: configuration.displayName,
    additionalScopes: [...configuration.additionalScopes],
    claimsExpression: configuration.claimsExpression,
  };
}

/** @throws invalid_argument for UNSPECIFIED and for values that this version does not know */
export function fromSSOConfigurationState(
  state: SSOConfigurationState | undefined,
): records.SsoConfigurationState | undefined {
  switch (state) {
    case undefined:
      return undefined;
    case states.active:
      return "active";
    case states.inactive:
      return "inactive";
    default:
      throw new DomainError("invalid_argument", "state: must be ACTIVE or INACTIVE; omit it to keep it");
  }
}

const validator = createValidator();

/** By the proto's rule for a list of domains: for `email_domain` itself the contract states only a length. */
function isDomainName(text: string): boolean {
  return (
    validator.validate(InviteDomainsSchema, create(InviteDomainsSchema, { domains: [text] })).kind === "valid"
  );
}

/**
 * The older single field counts only without the newer list: a client that knows both may send what it read.
 *
 * @throws invalid_argument for a single domain that could not be given back as one of `email_domains`
 */
export function toEmailDomains(
  emailDomain: string | undefined,
  emailDomains: readonly string[],
): readonly string[] {
  if (emailDomains.length > 0) return emailDomains;
  if (emailDomain === undefined) return [];
  if (!isDomainName(emailDomain)) {
    throw new DomainError("invalid_argument", "email_domain: must be a domain name such as example.com");
  }
  return [emailDomain];
}
