import type { OrganizationId, SsoConfigurationId } from "../base/ids.ts";
import { StorageError } from "../storage/errors.ts";
import type { SsoConfiguration, SsoConfigurationState } from "../storage/records.ts";
import type { Page } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Caller } from "./principal.ts";

export interface NewSsoConfiguration {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly issuerUrl: string;
  /** Without repetition; the first is the main one. */
  readonly emailDomains: readonly string[];
  readonly displayName: string;
  readonly additionalScopes: readonly string[];
  readonly claimsExpression: string;
}

export async function createSsoConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  input: NewSsoConfiguration,
): Promise<SsoConfiguration> {
  const audit = auditOf(context, caller);
  const id = context.ids.next<SsoConfigurationId>();
  const { clientSecret, ...fields } = input;
  const configuration: SsoConfiguration = {
    ...fields,
    organizationId,
    id,
    sealedClientSecret: sealClientSecret(context, organizationId, id, clientSecret),
    state: "active",
    providerType: "custom",
    claims: {},
    createdAtMs: audit.atMs,
    updatedAtMs: audit.atMs,
  };
  return await context.storage.ssoConfigurations.create(organizationId, configuration, audit);
}

export function getSsoConfiguration(
  context: DomainContext,
  organizationId: OrganizationId,
  id: SsoConfigurationId,
): Promise<SsoConfiguration> {
  return context.storage.ssoConfigurations.get(organizationId, id);
}

export function listSsoConfigurations(
  context: DomainContext,
  organizationId: OrganizationId,
  page: Page<SsoConfigurationId>,
): Promise<readonly SsoConfiguration[]> {
  return context.storage.ssoConfigurations.list(organizationId, page);
}

/** Present fields replace, absent ones stay. */
export interface SsoConfigurationUpdate {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly issuerUrl?: string | undefined;
  readonly state?: SsoConfigurationState | undefined;
  readonly claims?: Readonly<Record<string, string>> | undefined;
  readonly emailDomains?: readonly string[] | undefined;
  readonly displayName?: string | undefined;
  readonly additionalScopes?: readonly string[] | undefined;
  readonly claimsExpression?: string | undefined;
}

/** @throws not_found */
export async function updateSsoConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: SsoConfigurationId,
  update: SsoConfigurationUpdate,
): Promise<SsoConfiguration> {
  const { clientSecret, ...fields } = update;
  const patch =
    clientSecret === undefined
      ? fields
      : { ...fields, sealedClientSecret: sealClientSecret(context, organizationId, id, clientSecret) };
  return await context.storage.ssoConfigurations.update(organizationId, id, patch, auditOf(context, caller));
}

/** @throws not_found; failed_precondition while a SCIM configuration links to it */
export async function deleteSsoConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: SsoConfigurationId,
): Promise<void> {
  try {
    await context.storage.ssoConfigurations.delete(organizationId, id, auditOf(context, caller));
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault.kind !== "referenced") throw error;
    throw new DomainError(
      "failed_precondition",
      "a SCIM configuration links to this SSO configuration: delete that one first, or link it to another",
      { cause: error },
    );
  }
}

function sealClientSecret(
  { keyring }: DomainContext,
  organizationId: OrganizationId,
  id: SsoConfigurationId,
  clientSecret: string,
): string {
  return keyring.seal(clientSecret, `sso_configurations/${organizationId}/${id}/client_secret`);
}
