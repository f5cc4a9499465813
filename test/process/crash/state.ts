/** Everything that the database holds of organizations, in the terms of the model, read in one transaction. */
import type Database from "better-sqlite3";
import type { Keyring } from "../../../src/keys/keyring.ts";
import type { Fields, Kind } from "./model.ts";

export interface Row {
  readonly kind: Kind;
  readonly id: string;
  readonly organizationId: string;
  readonly fields: Fields;
}

export interface EventRow {
  readonly organizationId: string;
  readonly position: number;
  readonly subjectType: string;
  readonly subjectId: string;
  readonly action: string;
  readonly requestId: string;
}

export interface State {
  readonly rows: ReadonlyMap<string, Row>;
  readonly events: readonly EventRow[];
  /** The last position that was given out, by organization. */
  readonly positions: ReadonlyMap<string, number>;
}

type Columns = Readonly<Record<string, unknown>>;

const queries: Readonly<Record<Kind, string>> = {
  organization: "SELECT id, id AS organization_id, name, invite_domains AS inviteDomains FROM organizations",
  sso_configuration: `SELECT id, organization_id, client_id AS clientId, sealed_client_secret AS clientSecret,
      issuer_url AS issuerUrl, display_name AS displayName, state FROM sso_configurations`,
  scim_configuration: `SELECT id, organization_id, name, enabled, sso_configuration_id AS ssoConfigurationId,
      token_hash AS tokenHash FROM scim_configurations`,
  personal_access_token: `SELECT id, organization_id, description, user_id AS userId, token_hash AS tokenHash
      FROM personal_access_tokens`,
  user: `SELECT member.user_id AS id, member.organization_id, email, full_name AS fullName, status,
      configuration_id AS configurationId, user_name AS userName, external_id AS externalId, active,
      display_name AS displayName, document ->> 'title' AS title,
      (SELECT group_concat(value_fold) FROM directory_user_emails AS address
       WHERE address.configuration_id = directory.configuration_id AND address.user_id = directory.user_id) AS addresses
      FROM members AS member LEFT JOIN directory_users AS directory
        ON directory.organization_id = member.organization_id AND directory.user_id = member.user_id
      WHERE made_by <> ''`,
  group: `SELECT id, organization_id, name, configuration_id AS configurationId, external_id AS externalId,
      document ->> 'displayName' AS nameInDocument,
      (SELECT group_concat(email ORDER BY email) FROM group_members JOIN members USING (organization_id, user_id)
       WHERE group_members.group_id = groups.id) AS members
      FROM groups`,
};

export function readState(db: Database.Database, keyring: Keyring): State {
  return db.transaction(() => ({
    rows: new Map([...readRows(db, keyring)].map((row) => [row.id, row])),
    events: db
      .prepare<[], EventRow>(
        `SELECT organization_id AS organizationId, position, subject_type AS subjectType,
           subject_id AS subjectId, action, request_id AS requestId
         FROM events ORDER BY organization_id, position`,
      )
      .all(),
    positions: new Map(
      db
        .prepare<[], { id: string; position: number }>(
          "SELECT organization_id AS id, position FROM event_positions",
        )
        .all()
        .map(({ id, position }) => [id, position]),
    ),
  }))();
}

function* readRows(db: Database.Database, keyring: Keyring): Generator<Row> {
  const kinds: readonly Kind[] = [
    "organization",
    "sso_configuration",
    "scim_configuration",
    "personal_access_token",
    "user",
    "group",
  ];
  for (const kind of kinds) {
    for (const columns of db.prepare<[], Columns>(queries[kind]).all()) {
      const { id, organization_id: organizationId, ...others } = columns;
      const fields = Object.entries(others).map(([name, value]) => [name, toText(value)]);
      const row = { kind, id: toText(id), organizationId: toText(organizationId) };
      yield { ...row, fields: opened(keyring, row, Object.fromEntries(fields)) };
    }
  }
}

function toText(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString("hex") : String(value);
}

/** With the client secret as it was given: one that does not open is no secret that was kept. */
function opened(keyring: Keyring, { organizationId, id }: Omit<Row, "fields">, fields: Fields): Fields {
  const { clientSecret } = fields;
  if (clientSecret === undefined) return fields;
  const binding = `sso_configurations/${organizationId}/${id}/client_secret`;
  return { ...fields, clientSecret: keyring.unseal(clientSecret, binding) };
}
