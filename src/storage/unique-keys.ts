/** Which key a unique index guards, told from what an engine says when it is taken. */
import type { Entity, UniqueKey } from "./errors.ts";

interface GuardedKey {
  /** PostgreSQL names the constraint (`table_by_column`); SQLite's message names each column (`table.column`). */
  readonly pattern: RegExp;
  readonly entity: Entity;
  /** Undefined where the entity has no other. */
  readonly key?: UniqueKey;
}

const guardedKeys: readonly GuardedKey[] = [
  { pattern: /\bdirectory_users(?:_by_|\.)user_name_fold\b/, entity: "directory_user", key: "userName" },
  { pattern: /\bdirectory_users(?:_by_|\.)external_id\b/, entity: "directory_user", key: "externalId" },
  // Of a first member it cannot be taken: only directories bring further ones, and people who join.
  {
    pattern: /\bmembers(?:_organization_id_|\.)email_fold(?:_key)?\b/,
    entity: "directory_user",
    key: "email",
  },
  { pattern: /\bgroups(?:_by_|\.)name_fold\b/, entity: "directory_group", key: "displayName" },
  { pattern: /\bgroups(?:_by_|\.)external_id\b/, entity: "directory_group", key: "externalId" },
  {
    pattern: /\bdomain_verifications(?:_by_|_organization_id_|\.)domain(?:_key)?\b/,
    entity: "domain_verification",
  },
];

/**
 * The fault for a unique key that is taken.
 *
 * @param text SQLite's message, or the constraint's name on PostgreSQL
 */
export function alreadyExists(text: string): {
  readonly kind: "already_exists";
  readonly entity: Entity | "record";
  readonly key?: UniqueKey;
} {
  const guarded = guardedKeys.find(({ pattern }) => pattern.test(text));
  if (guarded === undefined) return { kind: "already_exists", entity: "record" };
  const { entity, key } = guarded;
  return { kind: "already_exists", entity, ...(key === undefined ? {} : { key }) };
}
