import type { AnyId, OrganizationId, PersonalAccessTokenId, UserId } from "../../base/ids.ts";
import { flag, fromFlag, id, integer, oneOf, optionalInteger, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Audit, PersonalAccessToken, PersonalAccessTokenCredential, TokenHash } from "../records.ts";
import type { Page } from "../storage.ts";
import { actorPrincipals, appendEvent } from "./events.ts";
import { memberStatuses, requireActiveMember, roles } from "./members.ts";
import { startOf } from "./paging.ts";

const columns = `organization_id, id, user_id, description, creator_id, creator_principal, read_only, created_at,
  expires_at, last_used_at`;

function decode(row: Row): PersonalAccessToken {
  return {
    organizationId: id(row, "organization_id"),
    id: id(row, "id"),
    userId: id(row, "user_id"),
    description: text(row, "description"),
    creatorId: id(row, "creator_id"),
    creatorPrincipal: oneOf(row, "creator_principal", actorPrincipals),
    readOnly: flag(row, "read_only"),
    createdAtMs: integer(row, "created_at"),
    expiresAtMs: integer(row, "expires_at"),
    lastUsedAtMs: optionalInteger(row, "last_used_at"),
  };
}

const from = `SELECT ${columns} FROM personal_access_tokens`;
const selectOne = { sql: `${from} WHERE organization_id = ? AND id = ?`, decode };
const selectPage = { sql: `${from} WHERE organization_id = ? AND id > ? ORDER BY id LIMIT ?`, decode };
const selectPageOfAll = { sql: `${from} WHERE id > ? ORDER BY id LIMIT ?`, decode };
const selectPageOfUser = { sql: `${from} WHERE user_id = ? AND id > ? ORDER BY id LIMIT ?`, decode };
/** Not a join: SQLite prepares one with a parameter anew at every call, which costs five times its reading. */
const memberOf = (column: string): string =>
  `(SELECT ${column} FROM members AS member
    WHERE member.organization_id = token.organization_id AND member.user_id = token.user_id) AS ${column}`;
const selectCredential = {
  sql: `SELECT ${columns}, ${memberOf("role")}, ${memberOf("status")}
        FROM personal_access_tokens AS token WHERE token_hash = ?`,
  decode: (row: Row): PersonalAccessTokenCredential => ({
    token: decode(row),
    role: oneOf(row, "role", roles),
    status: oneOf(row, "status", memberStatuses),
  }),
};

export function* createPersonalAccessToken(
  organizationId: OrganizationId,
  token: PersonalAccessToken,
  hash: TokenHash,
  audit: Audit,
): Operation<void> {
  yield* requireActiveMember(organizationId, token.userId);
  yield* run(
    `INSERT INTO personal_access_tokens (${columns}, token_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    token.id,
    token.userId,
    token.description,
    token.creatorId,
    token.creatorPrincipal,
    fromFlag(token.readOnly),
    token.createdAtMs,
    token.expiresAtMs,
    token.lastUsedAtMs ?? null,
    hash,
  );
  yield* appendEvent(organizationId, audit, "personal_access_token", token.id, "created");
}

export function* getPersonalAccessToken(
  organizationId: OrganizationId,
  tokenId: PersonalAccessTokenId,
): Operation<PersonalAccessToken> {
  const found = yield* first(selectOne, organizationId, tokenId);
  if (found === undefined) throw notFound("personal_access_token");
  return found;
}

export function* listPersonalAccessTokens(
  organizationId: OrganizationId,
  userIds: readonly UserId[] | undefined,
  page: Page<PersonalAccessTokenId>,
): Operation<PersonalAccessToken[]> {
  if (userIds === undefined) return yield* all(selectPage, organizationId, startOf(page), page.limit);
  const tokens = yield* pageOfUsers(userIds, page, organizationId);
  return tokens;
}

export function* listAllPersonalAccessTokens(
  userIds: readonly UserId[] | undefined,
  page: Page<PersonalAccessTokenId>,
): Operation<PersonalAccessToken[]> {
  if (userIds === undefined) return yield* all(selectPageOfAll, startOf(page), page.limit);
  return yield* pageOfUsers(userIds, page, undefined);
}

/** A merge of one index range for each user: at most 25 of them, and no engine's array parameters. */
function* pageOfUsers(
  userIds: readonly UserId[],
  page: Page<PersonalAccessTokenId>,
  organizationId: OrganizationId | undefined,
): Operation<PersonalAccessToken[]> {
  const found: PersonalAccessToken[] = [];
  for (const userId of new Set<AnyId>(userIds)) {
    found.push(...(yield* all(selectPageOfUser, userId, startOf(page), page.limit)));
  }
  return found
    .filter((token) => organizationId === undefined || token.organizationId === organizationId)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, page.limit);
}

export function* deletePersonalAccessToken(
  organizationId: OrganizationId,
  tokenId: PersonalAccessTokenId,
  audit: Audit,
): Operation<void> {
  const deleted = yield* run(
    "DELETE FROM personal_access_tokens WHERE organization_id = ? AND id = ?",
    organizationId,
    tokenId,
  );
  if (deleted === 0) throw notFound("personal_access_token");
  yield* appendEvent(organizationId, audit, "personal_access_token", tokenId, "deleted");
}

export function* touchPersonalAccessToken(
  organizationId: OrganizationId,
  tokenId: PersonalAccessTokenId,
  atMs: number,
): Operation<void> {
  yield* run(
    `UPDATE personal_access_tokens SET last_used_at = ?
     WHERE organization_id = ? AND id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
    atMs,
    organizationId,
    tokenId,
    atMs,
  );
}

export function* findCredentialByToken(
  hash: TokenHash,
): Operation<PersonalAccessTokenCredential | undefined> {
  return yield* first(selectCredential, hash);
}
