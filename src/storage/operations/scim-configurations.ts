import type { OrganizationId, ScimConfigurationId } from "../../base/ids.ts";
import { flag, fromFlag, id, integer, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, ScimConfiguration, ScimToken, TokenHash } from "../records.ts";
import type { Page, ScimConfigurationPatch } from "../storage.ts";
import { deleteDirectory } from "./directory.ts";
import { appendEvent } from "./events.ts";
import { startOf } from "./paging.ts";
import { applyPatch } from "./patch.ts";
import { requireSsoConfiguration } from "./sso-configurations.ts";

const columns = `organization_id, id, sso_configuration_id, name, enabled, allow_unverified_email_account_linking,
  created_at, updated_at, token_expires_at, token_lifetime_seconds`;

function decode(row: Row): ScimConfiguration {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    ssoConfigurationId: id(row, "sso_configuration_id"),
    name: text(row, "name"),
    enabled: flag(row, "enabled"),
    allowUnverifiedEmailAccountLinking: flag(row, "allow_unverified_email_account_linking"),
    createdAtMs: integer(row, "created_at"),
    updatedAtMs: integer(row, "updated_at"),
    tokenExpiresAtMs: integer(row, "token_expires_at"),
    tokenLifetimeSeconds: integer(row, "token_lifetime_seconds"),
  };
}

const selectOne = {
  sql: `SELECT ${columns} FROM scim_configurations WHERE organization_id = ? AND id = ?`,
  decode,
};
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };
const selectPage = {
  sql: `SELECT ${columns} FROM scim_configurations WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?`,
  decode,
};
const selectPageOfAll = {
  sql: `SELECT ${columns} FROM scim_configurations WHERE id > ? ORDER BY id LIMIT ?`,
  decode,
};
const selectByTokenHash = { sql: `SELECT ${columns} FROM scim_configurations WHERE token_hash = ?`, decode };

export function* createScimConfiguration(
  organizationId: OrganizationId,
  configuration: ScimConfiguration,
  tokenHash: TokenHash,
  audit: Audit,
): Operation<void> {
  yield* requireSsoConfiguration(organizationId, configuration.ssoConfigurationId);
  yield* run(
    `INSERT INTO scim_configurations (${columns}, token_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    configuration.id,
    configuration.ssoConfigurationId,
    configuration.name,
    fromFlag(configuration.enabled),
    fromFlag(configuration.allowUnverifiedEmailAccountLinking),
    configuration.createdAtMs,
    configuration.updatedAtMs,
    configuration.tokenExpiresAtMs,
    configuration.tokenLifetimeSeconds,
    tokenHash,
  );
  yield* appendEvent(organizationId, audit, "scim_configuration", configuration.id, "created");
}

export function* getScimConfiguration(
  organizationId: OrganizationId,
  configurationId: ScimConfigurationId,
): Operation<ScimConfiguration> {
  const found = yield* first(selectOne, organizationId, configurationId);
  if (found === undefined) throw notFound("scim_configuration");
  return found;
}

export function* listScimConfigurations(
  organizationId: OrganizationId,
  page: Page<ScimConfigurationId>,
): Operation<ScimConfiguration[]> {
  return yield* all(selectPage, organizationId, startOf(page), page.limit);
}

export function* listAllScimConfigurations(page: Page<ScimConfigurationId>): Operation<ScimConfiguration[]> {
  return yield* all(selectPageOfAll, startOf(page), page.limit);
}

export function* updateScimConfiguration(
  organizationId: OrganizationId,
  configurationId: ScimConfigurationId,
  patch: ScimConfigurationPatch,
  audit: Audit,
): Operation<ScimConfiguration> {
  const current = yield* requireScimConfiguration(organizationId, configurationId);
  if (patch.ssoConfigurationId !== undefined) {
    yield* requireSsoConfiguration(organizationId, patch.ssoConfigurationId);
  }
  const { next, changed } = applyPatch(current, patch, audit.atMs);
  if (!changed) return current;
  yield* run(
    `UPDATE scim_configurations
     SET name = ?, enabled = ?, sso_configuration_id = ?, allow_unverified_email_account_linking = ?, updated_at = ?
     WHERE organization_id = ? AND id = ?`,
    next.name,
    fromFlag(next.enabled),
    next.ssoConfigurationId,
    fromFlag(next.allowUnverifiedEmailAccountLinking),
    next.updatedAtMs,
    organizationId,
    configurationId,
  );
  yield* appendEvent(organizationId, audit, "scim_configuration", configurationId, "updated");
  return next;
}

export function* deleteScimConfiguration(
  organizationId: OrganizationId,
  configurationId: ScimConfigurationId,
  audit: Audit,
): Operation<void> {
  yield* requireScimConfiguration(organizationId, configurationId);
  yield* deleteDirectory({ organizationId, configurationId });
  yield* run(
    "DELETE FROM scim_configurations WHERE organization_id = ? AND id = ?",
    organizationId,
    configurationId,
  );
  yield* appendEvent(organizationId, audit, "scim_configuration", configurationId, "deleted");
}

export function* replaceScimToken(
  organizationId: OrganizationId,
  configurationId: ScimConfigurationId,
  issue: (current: ScimConfiguration) => ScimToken,
  audit: Audit,
): Operation<ScimConfiguration> {
  const current = yield* requireScimConfiguration(organizationId, configurationId);
  const token = issue(current);
  const next = {
    ...current,
    tokenExpiresAtMs: token.expiresAtMs,
    tokenLifetimeSeconds: token.lifetimeSeconds,
    updatedAtMs: Math.max(audit.atMs, current.updatedAtMs),
  };
  yield* run(
    `UPDATE scim_configurations
     SET token_hash = ?, token_expires_at = ?, token_lifetime_seconds = ?, updated_at = ?
     WHERE organization_id = ? AND id = ?`,
    token.hash,
    next.tokenExpiresAtMs,
    next.tokenLifetimeSeconds,
    next.updatedAtMs,
    organizationId,
    configurationId,
  );
  yield* appendEvent(organizationId, audit, "scim_configuration", configurationId, "token_regenerated");
  return next;
}

export function* findScimConfigurationByToken(hash: TokenHash): Operation<ScimConfiguration | undefined> {
  return yield* first(selectByTokenHash, hash);
}

function* requireScimConfiguration(
  organizationId: OrganizationId,
  configurationId: ScimConfigurationId,
): Operation<ScimConfiguration> {
  const found = yield* first(selectForUpdate, organizationId, configurationId);
  if (found === undefined) throw notFound("scim_configuration");
  return found;
}
