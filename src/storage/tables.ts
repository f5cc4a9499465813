/**
 * Every table with its columns, in an order that satisfies the references: for what moves whole databases. A test
 * holds it against the schema that the migrations make.
 */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns that order and identify its rows; the first of `columns`. */
  readonly key: readonly string[];
}

export const tables: readonly Table[] = [
  { name: "instance", key: ["key"], columns: ["key", "value"] },
  {
    name: "organizations",
    key: ["id"],
    columns: ["id", "name", "tier", "invite_domains", "created_at", "updated_at"],
  },
  {
    name: "members",
    key: ["organization_id", "user_id"],
    columns: [
      "organization_id",
      "user_id",
      "email",
      "email_fold",
      "full_name",
      "avatar_url",
      "role",
      "status",
      "login_provider",
      "member_since",
      "updated_at",
    ],
  },
  {
    name: "sso_configurations",
    key: ["organization_id", "id"],
    columns: [
      "organization_id",
      "id",
      "client_id",
      "sealed_client_secret",
      "issuer_url",
      "state",
      "provider_type",
      "email_domains",
      "display_name",
      "additional_scopes",
      "claims",
      "claims_expression",
      "created_at",
      "updated_at",
    ],
  },
  {
    name: "scim_configurations",
    key: ["organization_id", "id"],
    columns: [
      "organization_id",
      "id",
      "sso_configuration_id",
      "name",
      "enabled",
      "allow_unverified_email_account_linking",
      "created_at",
      "updated_at",
      "token_expires_at",
      "token_lifetime_seconds",
      "token_hash",
    ],
  },
  {
    name: "personal_access_tokens",
    key: ["organization_id", "id"],
    columns: [
      "organization_id",
      "id",
      "user_id",
      "description",
      "creator_id",
      "creator_principal",
      "read_only",
      "created_at",
      "expires_at",
      "last_used_at",
      "token_hash",
    ],
  },
  { name: "event_positions", key: ["organization_id"], columns: ["organization_id", "position"] },
  {
    name: "events",
    key: ["organization_id", "position"],
    columns: [
      "organization_id",
      "position",
      "id",
      "actor_id",
      "actor_principal",
      "subject_type",
      "subject_id",
      "action",
      "request_id",
      "created_at",
    ],
  },
];
