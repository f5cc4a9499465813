/** Rows of every table of an SQLite database, with values that are easily changed. */
import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { foldCase } from "../../../src/base/fold.ts";
import { awkwardNames } from "../../rpc/support/awkward.ts";

/** Their order is not the order in which they are made. */
function idOf(kind: string, index: number): string {
  const hex = createHash("sha256").update(`${kind}/${index}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const hashOf = (kind: string, index: number): Buffer =>
  createHash("sha256").update(`${kind}#${index}`).digest();
const textOf = (index: number): string => awkwardNames[index % awkwardNames.length] ?? "";
const times = [0, 1, 1_700_000_000_000, Number.MAX_SAFE_INTEGER];
const timeOf = (index: number): number => times[index % times.length] ?? 0;

type Value = string | number | null | Buffer;
type Rows = (index: number) => readonly Value[];

const organizationOf = (index: number): string => idOf("organization", index % 50);

const rows: Readonly<Record<string, Rows>> = {
  instance: (n) => [`fact ${n}`, textOf(n)],
  organizations: (n) => [
    idOf("organization", n),
    textOf(n),
    "core",
    JSON.stringify([textOf(n)]),
    timeOf(n),
    0,
  ],
  members: (n) => {
    const email = `${textOf(n)}${n}@Example.com`;
    const id = idOf("member", n);
    return [
      organizationOf(n),
      id,
      email,
      foldCase(email),
      textOf(n),
      "",
      "member",
      "left",
      textOf(n + 1),
      timeOf(n),
      1,
      "scim",
      foldCase(textOf(n)),
      idOf("scim", n),
    ];
  },
  sso_configurations: (n) => {
    const list = JSON.stringify([textOf(n), ""]);
    const claims = JSON.stringify({ [textOf(n)]: textOf(n + 1) });
    const id = idOf("sso", n);
    const known = [
      organizationOf(n),
      id,
      textOf(n),
      "v1.sealed",
      "https://issuer.example",
      "active",
      "custom",
    ];
    return [...known, list, textOf(n), list, claims, textOf(n + 2), timeOf(n), timeOf(n + 1)];
  },
  scim_configurations: (n) => {
    const known = [organizationOf(n), idOf("scim", n), idOf("sso", n), textOf(n), n % 2, (n + 1) % 2];
    return [...known, timeOf(n), timeOf(n + 1), timeOf(n + 2), 2_147_483_647, hashOf("scim", n)];
  },
  personal_access_tokens: (n) => {
    const user = idOf("member", n);
    const known = [organizationOf(n), idOf("token", n), user, textOf(n), user, "user", n % 2];
    return [...known, timeOf(n), timeOf(n + 1), n % 3 === 0 ? null : timeOf(n + 2), hashOf("token", n)];
  },
  directory_users: (n) => {
    const name = `${textOf(n)}${n}`;
    const known = [organizationOf(n), idOf("scim", n), idOf("member", n), name, foldCase(name)];
    const shown = [textOf(n), foldCase(textOf(n)), JSON.stringify({ schemas: [textOf(n)] })];
    const search = JSON.stringify({ emails: [{ value: textOf(n) }] });
    const externalId = n % 2 === 0 ? null : name;
    return [...known, externalId, n % 2, (n + 1) % 2, ...shown, search, n + 1, timeOf(n), timeOf(n + 1)];
  },
  directory_user_emails: (n) => [idOf("scim", n), textOf(n), idOf("member", n)],
  groups: (n) => {
    const name = `${textOf(n)}${n}`;
    const isDirectorys = n % 2 === 0;
    const known = [organizationOf(n), idOf("group", n), isDirectorys ? idOf("scim", n) : null];
    const described = [name, foldCase(name), textOf(n + 1), isDirectorys ? name : null];
    return [...known, ...described, 1, "{}", JSON.stringify({ displayName: name }), n, timeOf(n), 1];
  },
  group_members: (n) => [
    organizationOf(n),
    idOf("group", n),
    idOf("member", n),
    idOf("membership", n),
    timeOf(n),
  ],
  directory_counts: (n) => [organizationOf(n), idOf("scim", n), n, n + 1],
  domain_verifications: (n) => {
    const state = n % 2 === 0 ? "verified" : "pending";
    const verifiedAt = n % 2 === 0 ? timeOf(n) : null;
    return [organizationOf(n), idOf("domain", n), `d${n}.example`, state, textOf(n), verifiedAt, timeOf(n)];
  },
  organization_invites: (n) => [idOf("organization", n), idOf("invite", n), timeOf(n)],
  idempotency_keys: (n) => {
    const result = JSON.stringify({ name: textOf(n) });
    return [idOf("member", n), `${textOf(n)}${n}`, hashOf("request", n), result, timeOf(n)];
  },
  event_positions: (n) => [idOf("organization", n), n + 1],
  events: (n) => {
    const id = idOf("organization", n);
    return [
      organizationOf(n),
      n + 1,
      idOf("event", n),
      id,
      "operator",
      "organization",
      id,
      "made",
      textOf(n),
      timeOf(n),
      n + 1,
    ];
  },
};

export function fillSqlite(path: string, rowsPerTable: number): void {
  const db = new Database(path);
  const insertAll = db.transaction(() => {
    for (const [table, rowOf] of Object.entries(rows)) {
      const places = rowOf(0)
        .map(() => "?")
        .join(", ");
      const insert = db.prepare(`INSERT INTO ${table} VALUES (${places})`);
      for (let index = 0; index < rowsPerTable; index += 1) insert.run(...rowOf(index));
    }
  });
  insertAll();
  db.close();
}
