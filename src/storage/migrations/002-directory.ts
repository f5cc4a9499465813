import type { Migration } from "./migration.ts";

/**
 * SCIM's directories. Tables of a directory begin with its organization, as all do; what is unique, is so per configuration.
 * `search` is the search document of `src/scim/resource/search-document.ts`; columns that end in `_fold` are folded in
 * TypeScript. Members and groups are the organization's: a directory refers to them. What is unique by index alone has its
 * columns in the index's name: both engines name one of them in their error.
 */
export const directory: Migration = {
  version: 2,
  name: "directory",
  statements: [
    // Who suspended the member, so that SCIM lifts only its own suspensions: '', 'admin' or 'scim'.
    "ALTER TABLE members ADD COLUMN suspended_by TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE members ADD COLUMN full_name_fold TEXT NOT NULL DEFAULT ''",
    // The SCIM configuration that the member came with, or ''. No reference: it outlives the configuration.
    "ALTER TABLE members ADD COLUMN made_by TEXT NOT NULL DEFAULT ''",
    "UPDATE members SET full_name_fold = email_fold",
    "CREATE INDEX members_by_name ON members (organization_id, full_name_fold, user_id)",
    "CREATE INDEX members_by_date_joined ON members (organization_id, member_since, user_id)",
    // Few rows: what the invariant of the last admin asks.
    "CREATE INDEX members_who_are_admins ON members (organization_id, status) WHERE role = 'admin'",
    `CREATE TABLE directory_users (
      organization_id TEXT NOT NULL,
      configuration_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      user_name TEXT NOT NULL,
      user_name_fold TEXT NOT NULL,
      external_id TEXT,
      active INTEGER NOT NULL,
      linked INTEGER NOT NULL,
      display_name TEXT NOT NULL,
      display_name_fold TEXT NOT NULL,
      document TEXT NOT NULL,
      search TEXT NOT NULL,
      version {BIGINT} NOT NULL,
      created_at {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, configuration_id, user_id),
      FOREIGN KEY (organization_id, configuration_id) REFERENCES scim_configurations (organization_id, id),
      FOREIGN KEY (organization_id, user_id) REFERENCES members (organization_id, user_id)
    ) {STRICT}`,
    `CREATE UNIQUE INDEX directory_users_by_user_name_fold
      ON directory_users (configuration_id, user_name_fold)`,
    `CREATE UNIQUE INDEX directory_users_by_external_id
      ON directory_users (configuration_id, external_id) WHERE external_id IS NOT NULL`,
    "CREATE INDEX directory_users_by_updated_at ON directory_users (configuration_id, updated_at, user_id)",
    "CREATE INDEX directory_users_of_member ON directory_users (organization_id, user_id, configuration_id)",
    // An index that no engine can make by itself: from an address to the users who have it, any of theirs.
    `CREATE TABLE directory_user_emails (
      configuration_id TEXT NOT NULL,
      value_fold TEXT NOT NULL,
      user_id TEXT NOT NULL,
      PRIMARY KEY (configuration_id, value_fold, user_id)
    ) {STRICT}{CLUSTERED}`,
    // Without a configuration, the group is the management API's own; with one, it is SCIM's and read-only there.
    `CREATE TABLE groups (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      configuration_id TEXT,
      name TEXT NOT NULL,
      name_fold TEXT NOT NULL,
      description TEXT NOT NULL,
      external_id TEXT,
      member_count INTEGER NOT NULL,
      document TEXT NOT NULL,
      search TEXT NOT NULL,
      version {BIGINT} NOT NULL,
      created_at {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, configuration_id) REFERENCES scim_configurations (organization_id, id)
    ) {STRICT}`,
    "CREATE INDEX groups_by_configuration ON groups (organization_id, configuration_id, id)",
    `CREATE UNIQUE INDEX groups_by_name_fold ON groups (configuration_id, name_fold)
      WHERE configuration_id IS NOT NULL`,
    "CREATE INDEX groups_by_name ON groups (organization_id, name_fold, id)",
    `CREATE UNIQUE INDEX groups_by_external_id ON groups (configuration_id, external_id)
      WHERE external_id IS NOT NULL`,
    "CREATE INDEX groups_by_updated_at ON groups (configuration_id, updated_at, id)",
    `CREATE TABLE group_members (
      organization_id TEXT NOT NULL,
      group_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      id TEXT NOT NULL UNIQUE,
      created_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, group_id, user_id),
      FOREIGN KEY (organization_id, group_id) REFERENCES groups (organization_id, id),
      FOREIGN KEY (organization_id, user_id) REFERENCES members (organization_id, user_id)
    ) {STRICT}{CLUSTERED}`,
    "CREATE INDEX group_members_of_user ON group_members (organization_id, user_id, group_id)",
    // How many a directory has: a list's total without counting.
    `CREATE TABLE directory_counts (
      organization_id TEXT NOT NULL,
      configuration_id TEXT NOT NULL,
      user_count INTEGER NOT NULL,
      group_count INTEGER NOT NULL,
      PRIMARY KEY (organization_id, configuration_id),
      FOREIGN KEY (organization_id, configuration_id) REFERENCES scim_configurations (organization_id, id)
    ) {STRICT}`,
    // Without, the planner takes the columns for independent and a directory for much smaller than it is, and then goes
    // through all of it rather than through an index for each of a few.
    "{STATISTICS directory_users (organization_id, configuration_id)}",
    "{STATISTICS groups (organization_id, configuration_id)}",
    "{STATISTICS group_members (organization_id, group_id, user_id)}",
    `CREATE TABLE domain_verifications (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      domain TEXT NOT NULL,
      state TEXT NOT NULL,
      verification_token TEXT NOT NULL,
      verified_at {BIGINT},
      created_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, id),
      UNIQUE (organization_id, domain)
    ) {STRICT}`,
    `CREATE UNIQUE INDEX domain_verifications_by_domain ON domain_verifications (domain)
      WHERE state = 'verified'`,
  ],
};
