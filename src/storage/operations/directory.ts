/** The end of a directory, with its configuration or with its organization. */
import type { GroupId, OrganizationId, ScimConfigurationId } from "../../base/ids.ts";
import { id } from "../columns.ts";
import type { DirectoryTenant } from "../directory.ts";
import { all, type Operation, type Row, run } from "../operation.ts";
import { inPieces, pieceMax } from "./pieces.ts";

/**
 * Ends provisioning: members stay as they are, and so do groups, which are the organization's own from now on. The
 * configuration's row is locked by the caller, so that nothing new refers to it.
 */
export function* deleteDirectory({ organizationId, configurationId }: DirectoryTenant): Operation<void> {
  yield* handOverGroups(organizationId, configurationId);
  yield* deleteEmails(configurationId);
  yield* deleteUsers(organizationId, configurationId);
  yield* run(
    "DELETE FROM directory_counts WHERE organization_id = ? AND configuration_id = ?",
    organizationId,
    configurationId,
  );
}

const handOverGroups = inPieces({
  table: "groups",
  change: "UPDATE groups SET configuration_id = NULL, external_id = NULL",
  where: "organization_id = ? AND configuration_id = ?",
  by: ["id"],
});
const deleteEmails = inPieces({
  table: "directory_user_emails",
  change: "DELETE FROM directory_user_emails",
  where: "configuration_id = ?",
  by: ["value_fold", "user_id"],
});
const deleteUsers = inPieces({
  table: "directory_users",
  change: "DELETE FROM directory_users",
  where: "organization_id = ? AND configuration_id = ?",
  by: ["user_id"],
});

const selectConfigurations = {
  sql: "SELECT id FROM scim_configurations WHERE organization_id = ? {FOR UPDATE}",
  decode: (row: Row) => id<ScimConfigurationId>(row, "id"),
};
const selectGroups = {
  sql: "SELECT id FROM groups WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ? {FOR UPDATE}",
  decode: (row: Row) => id<GroupId>(row, "id"),
};
const deleteCounts = "DELETE FROM directory_counts WHERE organization_id = ?";
const deleteMemberships = inPieces({
  table: "group_members",
  change: "DELETE FROM group_members",
  where: "organization_id = ?",
  by: ["group_id", "user_id"],
});
const deleteGroups = inPieces({
  table: "groups",
  change: "DELETE FROM groups",
  where: "organization_id = ?",
  by: ["id"],
});

/**
 * All directories and groups of an organization. What its users and memberships refer to is locked before: they do not refer
 * to the organization itself.
 */
export function* deleteDirectories(organizationId: OrganizationId): Operation<void> {
  const configurationIds = yield* all(selectConfigurations, organizationId);
  yield* lockGroups(organizationId);
  // Children first.
  for (const configurationId of configurationIds) {
    yield* deleteEmails(configurationId);
    yield* deleteUsers(organizationId, configurationId);
  }
  yield* run(deleteCounts, organizationId);
  yield* deleteMemberships(organizationId);
  yield* deleteGroups(organizationId);
}

function* lockGroups(organizationId: OrganizationId): Operation<void> {
  let after: string | undefined = "";
  while (after !== undefined) {
    const ids: readonly GroupId[] = yield* all(selectGroups, organizationId, after, pieceMax);
    after = ids.length < pieceMax ? undefined : ids.at(-1);
  }
}
