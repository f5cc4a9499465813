/** A group of any size within a moment: new users as rows, made by the database itself. */

export interface GroupRef {
  readonly organizationId: string;
  readonly configurationId: string;
  readonly groupId: string;
}

/** One statement past the storage. */
export type Execute = (sql: string, ...parameters: readonly string[]) => Promise<unknown>;

/** The group's members from now on, in order of id; their names are "Member 1" and so on. It is a change of the group. */
export async function fillGroup(
  execute: Execute,
  { organizationId, configurationId, groupId }: GroupRef,
  count: number,
): Promise<void> {
  // Ids that begin with the group's own end: two groups have no user in common.
  const prefix = `0189${groupId.slice(-12, -8)}-${groupId.slice(-8, -4)}-7000-8000-`;
  const numbers = `WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count})`;
  const id = `'${prefix}' || substr(CAST(1000000000000 + i AS TEXT), 2)`;
  await execute(
    `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role, status,
       login_provider, member_since, updated_at)
     ${numbers} SELECT CAST(? AS TEXT), ${id}, ${id} || '@example.com', ${id} || '@example.com', 'Member ' || i,
       'member ' || i, '', 'member', 'active', '', 1, 1 FROM numbers`,
    organizationId,
  );
  await execute(
    `INSERT INTO directory_users (organization_id, configuration_id, user_id, user_name, user_name_fold, active, linked,
       display_name, display_name_fold, document, search, version, created_at, updated_at)
     ${numbers} SELECT CAST(? AS TEXT), CAST(? AS TEXT), ${id}, ${id}, ${id}, 1, 0, 'Member ' || i, 'member ' || i,
       '{"schemas":[]}', '{}', 1, 1, 1 FROM numbers`,
    organizationId,
    configurationId,
  );
  await execute(
    `INSERT INTO group_members (organization_id, group_id, user_id, id, created_at)
     ${numbers} SELECT CAST(? AS TEXT), CAST(? AS TEXT), ${id}, ${id}, 1 FROM numbers`,
    organizationId,
    groupId,
  );
  await execute(
    `UPDATE groups SET member_count = member_count + ${count}, version = version + 1 WHERE id = ?`,
    groupId,
  );
  await execute(
    `UPDATE directory_counts SET user_count = user_count + ${count} WHERE configuration_id = ?`,
    configurationId,
  );
}
