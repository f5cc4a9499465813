/** The end of a directory, with its configuration or with its organization. */
import type { OrganizationId, ScimConfigurationId } from "../../base/ids.ts";
import { id } from "../columns.ts";
import type { DirectoryTenant } from "../directory.ts";
import { all, type Operation, type Row, run } from "../operation.ts";

/**
 * Ends provisioning: members stay as they are, and so do groups, which are the organization's own from now on. The
 * configuration's row is locked by the caller, so that nothing new refers to it.
 */
export function* deleteDirectory({ organizationId, configurationId }: DirectoryTenant): Operation<void> {
  yield* run(
    `UPDATE groups SET configuration_id = NULL, external_id = NULL
     WHERE organization_id = ? AND configuration_id = ?`,
    organizationId,
    configurationId,
  );
  yield* deleteEmails(configurationId);
  yield* run(
    "DELETE FROM directory_users WHERE organization_id = ? AND configuration_id = ?",
    organizationId,
    configurationId,
  );
  yield* run(
    "DELETE FROM directory_counts WHERE organization_id = ? AND configuration_id = ?",
    organizationId,
    configurationId,
  );
}

function* deleteEmails(configurationId: ScimConfigurationId): Operation<void> {
  yield* run("DELETE FROM directory_user_emails WHERE configuration_id = ?", configurationId);
}

const selectConfigurations = {
  sql: "SELECT id FROM scim_configurations WHERE organization_id = ? {FOR UPDATE}",
  decode: (row: Row) => id<ScimConfigurationId>(row, "id"),
};
const selectGroups = {
  sql: "SELECT id FROM groups WHERE organization_id = ? {FOR UPDATE}",
  decode: () => undefined,
};
/** Children first. */
const deletions = [
  "DELETE FROM directory_users WHERE organization_id = ?",
  "DELETE FROM directory_counts WHERE organization_id = ?",
  "DELETE FROM group_members WHERE organization_id = ?",
  "DELETE FROM groups WHERE organization_id = ?",
];

/**
 * All directories and groups of an organization. What its users and memberships refer to is locked before: they do not refer
 * to the organization itself.
 */
export function* deleteDirectories(organizationId: OrganizationId): Operation<void> {
  const configurationIds = yield* all(selectConfigurations, organizationId);
  yield* all(selectGroups, organizationId);
  for (const configurationId of configurationIds) yield* deleteEmails(configurationId);
  for (const sql of deletions) yield* run(sql, organizationId);
}
