import type { DirectoryTenant } from "../directory.ts";
import { type Operation, run } from "../operation.ts";

/**
 * Keeps a directory's counts. Its row is what all creations and deletions of a directory wait for: the last before the
 * event's position, so that none waits with it for anything else.
 */
export function* count(
  { organizationId, configurationId }: DirectoryTenant,
  change: { readonly users?: number; readonly groups?: number },
): Operation<void> {
  yield* run(
    `INSERT INTO directory_counts (organization_id, configuration_id, user_count, group_count) VALUES (?, ?, ?, ?)
     ON CONFLICT (organization_id, configuration_id) DO UPDATE
     SET user_count = directory_counts.user_count + excluded.user_count,
         group_count = directory_counts.group_count + excluded.group_count`,
    organizationId,
    configurationId,
    change.users ?? 0,
    change.groups ?? 0,
  );
}
