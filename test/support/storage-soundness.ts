/** What must hold of directories' rows at any time: of the numbers that are kept, and of what refers to what. */
import { expect } from "vitest";
import type { StoreUnderTest } from "./storage-harness.ts";

const violations: Readonly<Record<string, string>> = {
  "a directory's counts are of its rows": `SELECT configuration_id FROM directory_counts AS counts WHERE
    user_count <> (SELECT count(*) FROM directory_users WHERE configuration_id = counts.configuration_id)
    OR group_count <> (SELECT count(*) FROM groups WHERE configuration_id = counts.configuration_id)`,
  "a group's count is of its members": `SELECT id FROM groups WHERE member_count <>
    (SELECT count(*) FROM group_members WHERE group_members.group_id = groups.id)`,
  "a directory's groups have its users alone": `SELECT group_id FROM group_members
    JOIN groups ON groups.id = group_members.group_id
    WHERE configuration_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM directory_users
      WHERE directory_users.configuration_id = groups.configuration_id
        AND directory_users.user_id = group_members.user_id)`,
  "addresses are of users": `SELECT user_id FROM directory_user_emails WHERE NOT EXISTS (SELECT 1 FROM directory_users
      WHERE directory_users.configuration_id = directory_user_emails.configuration_id
        AND directory_users.user_id = directory_user_emails.user_id)`,
  "an active member is inactive in no directory": `SELECT members.user_id FROM members
    JOIN directory_users ON directory_users.user_id = members.user_id
    WHERE members.status = 'active' AND directory_users.active = 0`,
  "a departed member is in no group": `SELECT group_id FROM group_members
    JOIN members ON members.user_id = group_members.user_id WHERE members.status = 'left'`,
  "a token is no departed member's": `SELECT id FROM personal_access_tokens AS token
    JOIN members ON members.user_id = token.user_id WHERE members.status = 'left'`,
};

export async function expectSound({ execute }: Pick<StoreUnderTest, "execute">): Promise<void> {
  for (const [rule, sql] of Object.entries(violations)) {
    expect({ rule, brokenBy: await execute(sql) }).toEqual({ rule, brokenBy: [] });
  }
}
