import type { OrganizationId, SsoConfigurationId } from "../../base/ids.ts";
import { id, integer, oneOf, stringList, stringMap, text } from "../columns.ts";
import { notFound, StorageError } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, SsoConfiguration } from "../records.ts";
import type { Page, SsoConfigurationPatch } from "../storage.ts";
import { appendEvent } from "./events.ts";
import { requireOrganization } from "./organizations.ts";
import { startOf } from "./paging.ts";
import { applyPatch } from "./patch.ts";

const columns = `organization_id, id, client_id, sealed_client_secret, issuer_url, state, provider_type,
  email_domains, display_name, additional_scopes, claims, claims_expression, created_at, updated_at`;

function decode(row: Row): SsoConfiguration {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    clientId: text(row, "client_id"),
    sealedClientSecret: text(row, "sealed_client_secret"),
    issuerUrl: text(row, "issuer_url"),
    state: oneOf(row, "state", ["active", "inactive"]),
    providerType: oneOf(row, "provider_type", ["builtin", "custom"]),
    emailDomains: stringList(row, "email_domains"),
    displayName: text(row, "display_name"),
    additionalScopes: stringList(row, "additional_scopes"),
    claims: stringMap(row, "claims"),
    claimsExpression: text(row, "claims_expression"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
  };
}

const selectOne = {
  sql: `SELECT ${columns} FROM sso_configurations WHERE organization_id = ? AND id = ?`,
  decode,
};
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };
const selectPage = {
  sql: `SELECT ${columns} FROM sso_configurations WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?`,
  decode,
};
const selectLink = {
  sql: `SELECT id FROM scim_configurations
        WHERE organization_id = ? AND sso_configuration_id = ? LIMIT 1`,
  decode: (row: Row) => text(row, "id"),
};

export function* createSsoConfiguration(
  organizationId: OrganizationId,
  configuration: SsoConfiguration,
  audit: Audit,
): Operation<SsoConfiguration> {
  yield* requireOrganization(organizationId);
  yield* run(
    `INSERT INTO sso_configurations (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    configuration.id,
    configuration.clientId,
    configuration.sealedClientSecret,
    configuration.issuerUrl,
    configuration.state,
    configuration.providerType,
    JSON.stringify(configuration.emailDomains),
    configuration.displayName,
    JSON.stringify(configuration.additionalScopes),
    JSON.stringify(configuration.claims),
    configuration.claimsExpression,
    configuration.createdAtMs,
    configuration.updatedAtMs,
  );
  yield* appendEvent(organizationId, audit, "sso_configuration", configuration.id, "created");
  return configuration;
}

export function* getSsoConfiguration(
  organizationId: OrganizationId,
  configurationId: SsoConfigurationId,
): Operation<SsoConfiguration> {
  const found = yield* first(selectOne, organizationId, configurationId);
  if (found === undefined) throw notFound("sso_configuration");
  return found;
}

export function* listSsoConfigurations(
  organizationId: OrganizationId,
  page: Page<SsoConfigurationId>,
): Operation<SsoConfiguration[]> {
  return yield* all(selectPage, organizationId, startOf(page), page.limit);
}

export function* updateSsoConfiguration(
  organizationId: OrganizationId,
  configurationId: SsoConfigurationId,
  patch: SsoConfigurationPatch,
  audit: Audit,
): Operation<SsoConfiguration> {
  const current = yield* requireSsoConfiguration(organizationId, configurationId);
  const { next, changed } = applyPatch(current, patch, audit.atMs);
  if (!changed) return current;
  yield* run(
    `UPDATE sso_configurations
     SET client_id = ?, sealed_client_secret = ?, issuer_url = ?, state = ?, email_domains = ?, display_name = ?,
         additional_scopes = ?, claims = ?, claims_expression = ?, updated_at = ?
     WHERE organization_id = ? AND id = ?`,
    next.clientId,
    next.sealedClientSecret,
    next.issuerUrl,
    next.state,
    JSON.stringify(next.emailDomains),
    next.displayName,
    JSON.stringify(next.additionalScopes),
    JSON.stringify(next.claims),
    next.claimsExpression,
    next.updatedAtMs,
    organizationId,
    configurationId,
  );
  yield* appendEvent(organizationId, audit, "sso_configuration", configurationId, "updated");
  return next;
}

export function* deleteSsoConfiguration(
  organizationId: OrganizationId,
  configurationId: SsoConfigurationId,
  audit: Audit,
): Operation<void> {
  yield* requireSsoConfiguration(organizationId, configurationId);
  const link = yield* first(selectLink, organizationId, configurationId);
  if (link !== undefined) throw new StorageError({ kind: "referenced", entity: "sso_configuration" });
  yield* run(
    "DELETE FROM sso_configurations WHERE organization_id = ? AND id = ?",
    organizationId,
    configurationId,
  );
  yield* appendEvent(organizationId, audit, "sso_configuration", configurationId, "deleted");
}

/** Locks the row, so that it can be changed or linked to. */
export function* requireSsoConfiguration(
  organizationId: OrganizationId,
  configurationId: SsoConfigurationId,
): Operation<SsoConfiguration> {
  const found = yield* first(selectForUpdate, organizationId, configurationId);
  if (found === undefined) throw notFound("sso_configuration");
  return found;
}
