import type { OrganizationId, ScimConfigurationId, SsoConfigurationId } from "../base/ids.ts";
import { mintToken } from "../keys/token-format.ts";
import type { ScimConfiguration, ScimToken } from "../storage/records.ts";
import type { Page, ScimConfigurationPatch } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import type { Caller } from "./principal.ts";

/** 365 days. The bounds, 1 day and 730 days, are the proto's. */
export const defaultTokenLifetimeSeconds = 365 * 24 * 60 * 60;

export interface NewScimConfiguration {
  readonly ssoConfigurationId: SsoConfigurationId;
  readonly name: string;
  readonly tokenLifetimeSeconds: number | undefined;
  readonly allowUnverifiedEmailAccountLinking: boolean;
}

/** A configuration with its token, which is shown this once. */
export interface IssuedScimToken {
  readonly configuration: ScimConfiguration;
  readonly token: string;
}

/** @throws not_found for an SSO configuration that is not this organization's */
export async function createScimConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  input: NewScimConfiguration,
): Promise<IssuedScimToken> {
  const audit = auditOf(context, caller);
  const token = mintToken("scim");
  const issued = issueAt(
    context,
    token,
    input.tokenLifetimeSeconds ?? defaultTokenLifetimeSeconds,
    audit.atMs,
  );
  const configuration: ScimConfiguration = {
    organizationId,
    id: context.ids.next<ScimConfigurationId>(),
    ssoConfigurationId: input.ssoConfigurationId,
    name: input.name,
    enabled: true,
    allowUnverifiedEmailAccountLinking: input.allowUnverifiedEmailAccountLinking,
    createdAtMs: audit.atMs,
    updatedAtMs: audit.atMs,
    tokenExpiresAtMs: issued.expiresAtMs,
    tokenLifetimeSeconds: issued.lifetimeSeconds,
  };
  await context.storage.scimConfigurations.create(organizationId, configuration, issued.hash, audit);
  return { configuration, token };
}

export function getScimConfiguration(
  context: DomainContext,
  organizationId: OrganizationId,
  id: ScimConfigurationId,
): Promise<ScimConfiguration> {
  return context.storage.scimConfigurations.get(organizationId, id);
}

/** Every organization's when none is given. */
export function listScimConfigurations(
  context: DomainContext,
  organizationId: OrganizationId | undefined,
  page: Page<ScimConfigurationId>,
): Promise<readonly ScimConfiguration[]> {
  const { scimConfigurations } = context.storage;
  return organizationId === undefined
    ? scimConfigurations.listAll(page)
    : scimConfigurations.list(organizationId, page);
}

/** @throws not_found */
export function updateScimConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: ScimConfigurationId,
  update: ScimConfigurationPatch,
): Promise<ScimConfiguration> {
  return context.storage.scimConfigurations.update(organizationId, id, update, auditOf(context, caller));
}

/** @throws not_found */
export function deleteScimConfiguration(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: ScimConfigurationId,
): Promise<void> {
  return context.storage.scimConfigurations.delete(organizationId, id, auditOf(context, caller));
}

/**
 * A new token for the configuration; the previous one is dead once this resolves.
 * Without a lifetime, the previous token's is used again.
 *
 * @throws not_found
 */
export async function regenerateScimToken(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: ScimConfigurationId,
  lifetimeSeconds: number | undefined,
): Promise<IssuedScimToken> {
  const audit = auditOf(context, caller);
  const token = mintToken("scim");
  const configuration = await context.storage.scimConfigurations.replaceToken(
    organizationId,
    id,
    (current) => issueAt(context, token, lifetimeSeconds ?? current.tokenLifetimeSeconds, audit.atMs),
    audit,
  );
  return { configuration, token };
}

function issueAt(
  { keyring }: DomainContext,
  token: string,
  lifetimeSeconds: number,
  atMs: number,
): ScimToken {
  return { hash: keyring.hashToken(token), lifetimeSeconds, expiresAtMs: atMs + lifetimeSeconds * 1000 };
}
