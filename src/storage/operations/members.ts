import { foldCase } from "../../base/fold.ts";
import type { OrganizationId, UserId } from "../../base/ids.ts";
import { id, integer, oneOf, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Member } from "../records.ts";

export const roles = ["admin", "member"] as const;
export const memberStatuses = ["active", "suspended", "left"] as const;

const columns =
  "organization_id, user_id, email, full_name, avatar_url, role, status, login_provider, member_since, updated_at";

function decode(row: Row): Member {
  return {
    organizationId: id(row, "organization_id"),
    userId: id(row, "user_id"),
    email: text(row, "email"),
    fullName: text(row, "full_name"),
    avatarUrl: text(row, "avatar_url"),
    role: oneOf(row, "role", roles),
    status: oneOf(row, "status", memberStatuses),
    loginProvider: text(row, "login_provider"),
    memberSinceMs: integer(row, "member_since"),
    updatedAtMs: integer(row, "updated_at"),
  };
}

const selectOne = {
  sql: `SELECT ${columns} FROM members WHERE organization_id = ? AND user_id = ?`,
  decode,
};
const selectByEmail = {
  sql: `SELECT ${columns} FROM members WHERE organization_id = ? AND email_fold = ?`,
  decode,
};
/** Also keeps the member as it is while something is created for it. */
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode };

export function* insertMember(organizationId: OrganizationId, member: Member): Operation<void> {
  yield* run(
    `INSERT INTO members (${columns}, email_fold) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    organizationId,
    member.userId,
    member.email,
    member.fullName,
    member.avatarUrl,
    member.role,
    member.status,
    member.loginProvider,
    member.memberSinceMs,
    member.updatedAtMs,
    foldCase(member.email),
  );
}

export function* getMember(organizationId: OrganizationId, userId: UserId): Operation<Member> {
  const found = yield* first(selectOne, organizationId, userId);
  if (found === undefined) throw notFound("user");
  return found;
}

export function* getMemberByEmail(organizationId: OrganizationId, email: string): Operation<Member> {
  const found = yield* first(selectByEmail, organizationId, foldCase(email));
  if (found === undefined) throw notFound("user");
  return found;
}

export function* requireActiveMember(organizationId: OrganizationId, userId: UserId): Operation<Member> {
  const found = yield* first(selectForUpdate, organizationId, userId);
  if (found === undefined || found.status !== "active") throw notFound("user");
  return found;
}
