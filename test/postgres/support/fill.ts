/** Rows of every table, a few thousand of each, made by the server itself. */
import type { TestDatabase } from "../../support/storage-postgres.ts";

const organizations = 500;
const perOrganization = 8;

/** Id number `n` of a kind: its place in the order of ids has nothing to do with its organization. */
const id = (kind: number, n: string): string =>
  `(lpad(to_hex((${n}) * 7919 % 1048576), 8, '0') || '-0000-7000-8000-' || lpad(to_hex(${kind}), 4, '0') || lpad(to_hex(${n}), 8, '0'))`;
const hash = (kind: number, n: string): string => `sha256(('${kind}/' || ${n})::bytea)`;

const fillings: readonly string[] = [
  `INSERT INTO organizations SELECT ${id(1, "o")}, 'Organization ' || o, 'enterprise', '[]', o, o
   FROM generate_series(1, ${organizations}) AS o`,
  `INSERT INTO members
   SELECT ${id(1, "o")}, ${id(2, "n")}, 'Person' || n || '@example.com', 'person' || n || '@example.com',
     'Person ' || n, '', CASE m WHEN 1 THEN 'admin' ELSE 'member' END, 'active', 'builtin', n, n ${each()}`,
  `INSERT INTO sso_configurations
   SELECT ${id(1, "o")}, ${id(3, "n")}, 'client', 'sealed', 'https://issuer.example', 'active', 'custom', '[]', '',
     '[]', '{}', '', n, n ${each()}`,
  `INSERT INTO scim_configurations
   SELECT ${id(1, "o")}, ${id(4, "n")}, ${id(3, "n")}, 'Directory', n % 2, 0, n, n, n, 86400, ${hash(4, "n")} ${each()}`,
  `INSERT INTO personal_access_tokens
   SELECT ${id(1, "o")}, ${id(5, "n")}, ${id(2, "n")}, 'Token ' || n, ${id(2, "n")}, 'user', 0, n, n, NULL,
     ${hash(5, "n")} ${each()}`,
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

export async function fill({ execute }: TestDatabase): Promise<void> {
  for (const sql of fillings) await execute(sql);
  await execute("ANALYZE");
}
