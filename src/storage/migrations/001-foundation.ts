import type { Migration } from "./migration.ts";

/**
 * Every table that an organization owns refers to it directly: on PostgreSQL the reference's lock orders a creation
 * before or after the organization's deletion.
 */
export const foundation: Migration = {
  version: 1,
  name: "foundation",
  statements: [
    `CREATE TABLE instance (
      key TEXT NOT NULL PRIMARY KEY,
      value TEXT NOT NULL
    ) {STRICT}`,
    `CREATE TABLE organizations (
      id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      tier TEXT NOT NULL,
      invite_domains TEXT NOT NULL,
      created_at {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL
    ) {STRICT}`,
    `CREATE TABLE members (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      user_id TEXT NOT NULL UNIQUE,
      email TEXT NOT NULL,
      email_fold TEXT NOT NULL,
      full_name TEXT NOT NULL,
      avatar_url TEXT NOT NULL,
      role TEXT NOT NULL,
      status TEXT NOT NULL,
      login_provider TEXT NOT NULL,
      member_since {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, user_id),
      UNIQUE (organization_id, email_fold)
    ) {STRICT}`,
    `CREATE TABLE sso_configurations (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      client_id TEXT NOT NULL,
      sealed_client_secret TEXT NOT NULL,
      issuer_url TEXT NOT NULL,
      state TEXT NOT NULL,
      provider_type TEXT NOT NULL,
      email_domains TEXT NOT NULL,
      display_name TEXT NOT NULL,
      additional_scopes TEXT NOT NULL,
      claims TEXT NOT NULL,
      claims_expression TEXT NOT NULL,
      created_at {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, id)
    ) {STRICT}`,
    `CREATE TABLE scim_configurations (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      sso_configuration_id TEXT NOT NULL,
      name TEXT NOT NULL,
      enabled INTEGER NOT NULL,
      allow_unverified_email_account_linking INTEGER NOT NULL,
      created_at {BIGINT} NOT NULL,
      updated_at {BIGINT} NOT NULL,
      token_expires_at {BIGINT} NOT NULL,
      token_lifetime_seconds INTEGER NOT NULL,
      token_hash {BYTES} NOT NULL UNIQUE,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, sso_configuration_id)
        REFERENCES sso_configurations (organization_id, id)
    ) {STRICT}`,
    `CREATE INDEX scim_configurations_by_sso_configuration
      ON scim_configurations (organization_id, sso_configuration_id)`,
    `CREATE TABLE personal_access_tokens (
      organization_id TEXT NOT NULL REFERENCES organizations (id),
      id TEXT NOT NULL UNIQUE,
      user_id TEXT NOT NULL,
      description TEXT NOT NULL,
      creator_id TEXT NOT NULL,
      creator_principal TEXT NOT NULL,
      read_only INTEGER NOT NULL,
      created_at {BIGINT} NOT NULL,
      expires_at {BIGINT} NOT NULL,
      last_used_at {BIGINT},
      token_hash {BYTES} NOT NULL UNIQUE,
      PRIMARY KEY (organization_id, id),
      FOREIGN KEY (organization_id, user_id) REFERENCES members (organization_id, user_id)
    ) {STRICT}`,
    "CREATE INDEX personal_access_tokens_by_user ON personal_access_tokens (user_id, id)",
    // No reference to organizations: events outlive what they describe.
    `CREATE TABLE event_positions (
      organization_id TEXT NOT NULL PRIMARY KEY,
      position {BIGINT} NOT NULL
    ) {STRICT}`,
    `CREATE TABLE events (
      organization_id TEXT NOT NULL,
      position {BIGINT} NOT NULL,
      id TEXT NOT NULL UNIQUE,
      actor_id TEXT NOT NULL,
      actor_principal TEXT NOT NULL,
      subject_type TEXT NOT NULL,
      subject_id TEXT NOT NULL,
      action TEXT NOT NULL,
      request_id TEXT NOT NULL,
      created_at {BIGINT} NOT NULL,
      PRIMARY KEY (organization_id, position)
    ) {STRICT}`,
    "{EVENTS ARE APPEND-ONLY}",
  ],
};
