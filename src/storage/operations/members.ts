import { foldCase } from "../../base/fold.ts";
import type { OrganizationId, UserId } from "../../base/ids.ts";
import { id, integer, oneOf, text } from "../columns.ts";
import { notFound } from "../errors.ts";
import { first, type Operation, type Row, run } from "../operation.ts";
import type { Member } from "../records.ts";

export const roles = ["admin", "member"] as const;
export const memberStatuses = ["active", "suspended", "left"] as const;

/** Of `members`, what `decodeMember` reads. */
export const memberColumns =
  "organization_id, user_id, email, full_name, avatar_url, role, status, login_provider, member_since, updated_at";

export function decodeMember(row: Row): Member {
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
  sql: `SELECT ${memberColumns} FROM members WHERE organization_id = ? AND user_id = ?`,
  decode: decodeMember,
};
const selectByEmail = {
  sql: `SELECT ${memberColumns} FROM members WHERE organization_id = ? AND email_fold = ?`,
  decode: decodeMember,
};
/** Also keeps the member as it is while something is created for it. */
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode: decodeMember };

const foldedNameMaxLength = 256;

/** What members are sorted by: its beginning, because PostgreSQL's indexes take no more than 2,704 bytes. */
export function foldName(fullName: string): string {
  return foldCase(fullName).slice(0, foldedNameMaxLength).toWellFormed();
}

export const suspenders = ["", "admin", "scim"] as const;

/** What SCIM needs to know of a member besides. */
export interface Provenance {
  /** Who suspended the member: SCIM lifts only its own suspensions. */
  readonly suspendedBy: (typeof suspenders)[number];
  /** The id of the SCIM configuration that the member came with, or "". */
  readonly madeBy: string;
}

export function* insertMember(
  organizationId: OrganizationId,
  member: Member,
  { suspendedBy, madeBy }: Provenance = { suspendedBy: "", madeBy: "" },
): Operation<void> {
  yield* run(
    `INSERT INTO members (${memberColumns}, email_fold, full_name_fold, suspended_by, made_by)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
    foldName(member.fullName),
    suspendedBy,
    madeBy,
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
  const found = yield* lockMember(organizationId, userId);
  if (found === undefined || found.status !== "active") throw notFound("user");
  return found;
}

/** The member as it stays until the transaction ends. */
export function* lockMember(organizationId: OrganizationId, userId: UserId): Operation<Member | undefined> {
  return yield* first(selectForUpdate, organizationId, userId);
}
