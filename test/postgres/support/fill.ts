/** Rows of every table, a few thousand of each, made by the server itself. */
import type { TestDatabase } from "../../support/storage-postgres.ts";

const organizations = 500;
const perOrganization = 8;

/** Id number `n` of a kind: its place in the order of ids has nothing to do with its organization. */
const id = (kind: number, n: string): string =>
  `(lpad(to_hex((${n}) * 7919 % 1048576), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(${kind}), 4, '0') || lpad(to_hex(${n}), 8, '0'))`;
const hash = (kind: number, n: string): string => `sha256(('${kind}/' || ${n})::bytea)`;

/** Few organizations have a directory, and in it many users and groups. */
const directories = 10;
const perDirectory = 1_000;
const perGroup = 3;
/** Its first configuration. */
const directoryOfO = id(4, `(o - 1) * ${perOrganization} + 1`);

const fillings: readonly string[] = [
  `INSERT INTO organizations SELECT ${id(1, "o")}, 'Organization ' || o, 'enterprise', '[]', o, o
   FROM generate_series(1, ${organizations}) AS o`,
  `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role, status,
     login_provider, member_since, updated_at, suspended_by, made_by)
   SELECT ${id(1, "o")}, ${id(2, "n")}, 'Person' || n || '@example.com', 'person' || n || '@example.com',
     'Person ' || n, 'person ' || n, '', CASE m WHEN 1 THEN 'admin' ELSE 'member' END, 'active', 'builtin', n, n,
     '', '' ${each()}`,
  `INSERT INTO sso_configurations
   SELECT ${id(1, "o")}, ${id(3, "n")}, 'client', 'sealed', 'https://issuer.example', 'active', 'custom', '[]', '',
     '[]', '{}', '', n, n ${each()}`,
  `INSERT INTO scim_configurations
   SELECT ${id(1, "o")}, ${id(4, "n")}, ${id(3, "n")}, 'Directory', n % 2, 0, n, n, n, 86400, ${hash(4, "n")} ${each()}`,
  `INSERT INTO personal_access_tokens
   SELECT ${id(1, "o")}, ${id(5, "n")}, ${id(2, "n")}, 'Token ' || n, ${id(2, "n")}, 'user', 0, n, n, NULL,
     ${hash(5, "n")} ${each()}`,
  `INSERT INTO members (organization_id, user_id, email, email_fold, full_name, full_name_fold, avatar_url, role, status,
     login_provider, member_since, updated_at, suspended_by, made_by)
   SELECT ${id(1, "o")}, ${id(10, "n")}, 'user' || n || '@example.com', 'user' || n || '@example.com', 'User ' || n,
     'user ' || n, '', 'member', 'active', 'builtin', n, n, '', ${directoryOfO} ${eachOfDirectories()}`,
  `INSERT INTO directory_users (organization_id, configuration_id, user_id, user_name, user_name_fold, external_id, active,
     linked, display_name, display_name_fold, document, search, version, created_at, updated_at)
   SELECT ${id(1, "o")}, ${directoryOfO}, ${id(10, "n")}, 'User' || n, 'user' || n, 'external ' || n, 1, 0, 'User ' || n,
     'user ' || n, '{}', '{"emails":[{"value":"user' || n || '@example.com"}]}', 1, n, n ${eachOfDirectories()}`,
  `INSERT INTO directory_user_emails (configuration_id, value_fold, user_id)
   SELECT ${directoryOfO}, 'user' || n || '@example.com', ${id(10, "n")} ${eachOfDirectories()}`,
  `INSERT INTO groups (organization_id, id, configuration_id, name, name_fold, description, external_id, member_count,
     document, search, version, created_at, updated_at)
   SELECT ${id(1, "o")}, ${id(7, "n")}, NULL, 'Group ' || n, 'group ' || n, '', NULL, 0, '', '', 1, n, n ${each()}`,
  `INSERT INTO groups (organization_id, id, configuration_id, name, name_fold, description, external_id, member_count,
     document, search, version, created_at, updated_at)
   SELECT ${id(1, "o")}, ${id(11, "n")}, ${directoryOfO}, 'Group ' || n, 'group ' || n, '', 'external ' || n, ${perGroup}, '{}', '{}',
     1, n, n ${eachOfDirectories()}`,
  `INSERT INTO group_members (organization_id, group_id, user_id, id, created_at)
   SELECT ${id(1, "o")}, ${id(11, "n")}, ${id(10, `(o - 1) * ${perDirectory} + (m * 7 + k) % ${perDirectory} + 1`)},
     ${id(8, `n * ${perGroup} + k`)}, n ${eachOfDirectories()} CROSS JOIN generate_series(1, ${perGroup}) AS k`,
  `INSERT INTO directory_counts (organization_id, configuration_id, user_count, group_count)
   SELECT ${id(1, "o")}, ${id(4, "n")}, 0, 0 ${each()}`,
  `INSERT INTO domain_verifications (organization_id, id, domain, state, verification_token, verified_at, created_at)
   SELECT ${id(1, "o")}, ${id(9, "n")}, 'd' || n || '.example', CASE m WHEN 1 THEN 'verified' ELSE 'pending' END, 't' || n,
     n, n ${each()}`,
  `INSERT INTO organization_invites SELECT ${id(1, "o")}, ${id(12, "o")}, o
   FROM generate_series(1, ${organizations}) AS o`,
  `INSERT INTO idempotency_keys SELECT ${id(2, "n")}, 'key ' || n, ${hash(13, "n")}, '{}', n ${each()}`,
  `INSERT INTO event_positions SELECT ${id(1, "o")}, ${perOrganization} FROM generate_series(1, ${organizations}) AS o`,
  `INSERT INTO events
   SELECT ${id(1, "o")}, m, ${id(6, "n")}, ${id(2, "n")}, 'user', 'organization', ${id(1, "o")}, 'updated', 'r', n
   ${each()}`,
  `INSERT INTO instance SELECT 'fact ' || n, 'value' FROM generate_series(1, 2000) AS n`,
];

/** `o` counts organizations, `m` what each of them has, `n` all of it. */
function each(): string {
  return `FROM generate_series(1, ${organizations}) AS o
    CROSS JOIN generate_series(1, ${perOrganization}) AS m
    CROSS JOIN LATERAL (SELECT (o - 1) * ${perOrganization} + m AS n)`;
}

/** As `each`, of the organizations with a directory and what is in it. */
function eachOfDirectories(): string {
  return `FROM generate_series(1, ${directories}) AS o
    CROSS JOIN generate_series(1, ${perDirectory}) AS m
    CROSS JOIN LATERAL (SELECT (o - 1) * ${perDirectory} + m AS n)`;
}

export async function fill({ execute }: TestDatabase): Promise<void> {
  for (const sql of fillings) await execute(sql);
  await execute("VACUUM ANALYZE");
}
