/** What the database keeps besides the rows that say it. */
import type Database from "better-sqlite3";

/** Each finds what is wrong, as lines; `what` names it. */
const checks: readonly string[] = [
  `SELECT 'group ' || id || ' says ' || member_count AS what FROM groups
   WHERE member_count <> (SELECT count(*) FROM group_members WHERE group_id = groups.id)`,
  `SELECT 'configuration ' || id || ' says ' || coalesce(user_count, 0) || ' users' AS what
   FROM scim_configurations LEFT JOIN directory_counts ON configuration_id = id
   WHERE coalesce(user_count, 0) <> (SELECT count(*) FROM directory_users WHERE configuration_id = id)`,
  `SELECT 'configuration ' || id || ' says ' || coalesce(group_count, 0) || ' groups' AS what
   FROM scim_configurations LEFT JOIN directory_counts ON configuration_id = id
   WHERE coalesce(group_count, 0) <> (SELECT count(*) FROM groups WHERE groups.configuration_id = scim_configurations.id)`,
  `SELECT 'counts of ' || configuration_id || ', which is gone' AS what FROM directory_counts
   WHERE configuration_id NOT IN (SELECT id FROM scim_configurations)`,
  // The one table without references.
  `SELECT 'address of ' || user_id || ', who is not in the directory' AS what FROM directory_user_emails AS address
   WHERE NOT EXISTS (SELECT 1 FROM directory_users AS user
                     WHERE user.configuration_id = address.configuration_id AND user.user_id = address.user_id)`,
];

export function wrongCounts(db: Database.Database): readonly string[] {
  return db.transaction(() => checks.flatMap((sql) => db.prepare<[], string>(sql).pluck().all()))();
}
