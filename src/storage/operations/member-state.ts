/** A member with what decides over their standing: who suspended them, who brought them, and which directories have them. */
import { foldCase } from "../../base/fold.ts";
import type { OrganizationId, ScimConfigurationId, UserId } from "../../base/ids.ts";
import { flag, id, oneOf, text } from "../columns.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Member } from "../records.ts";
import { leaveOwnGroups } from "./group-memberships.ts";
import { keepAnAdmin } from "./last-admin.ts";
import { decodeMember, foldName, memberColumns, type Provenance, suspenders } from "./members.ts";
import { inPieces } from "./pieces.ts";

export interface KnownMember extends Provenance {
  readonly member: Member;
}

function decodeKnown(row: Row): KnownMember {
  return {
    member: decodeMember(row),
    suspendedBy: oneOf(row, "suspended_by", suspenders),
    madeBy: text(row, "made_by"),
  };
}

const from = `SELECT ${memberColumns}, suspended_by, made_by FROM members`;
const selectByEmail = {
  sql: `${from} WHERE organization_id = ? AND email_fold = ? {FOR UPDATE}`,
  decode: decodeKnown,
};
const selectOne = { sql: `${from} WHERE organization_id = ? AND user_id = ?`, decode: decodeKnown };
const selectForUpdate = { sql: `${selectOne.sql} {FOR UPDATE}`, decode: decodeKnown };

/** As it is at this moment. */
export function* findKnownMember(
  organizationId: OrganizationId,
  userId: UserId,
): Operation<KnownMember | undefined> {
  return yield* first(selectOne, organizationId, userId);
}

/** As it stays until the transaction ends. */
export function* lockKnownMember(
  organizationId: OrganizationId,
  userId: UserId,
): Operation<KnownMember | undefined> {
  return yield* first(selectForUpdate, organizationId, userId);
}

/** Without regard to case; as it stays until the transaction ends. */
export function* lockKnownMemberByEmail(
  organizationId: OrganizationId,
  email: string,
): Operation<KnownMember | undefined> {
  return yield* first(selectByEmail, organizationId, foldCase(email));
}

/** A directory that has the member, and what it says of them. */
export interface Presence {
  readonly configurationId: ScimConfigurationId;
  readonly userNameFold: string;
  readonly active: boolean;
}

const selectPresences = {
  sql: `SELECT configuration_id, user_name_fold, active FROM directory_users
        WHERE organization_id = ? AND user_id = ?`,
  decode: (row: Row): Presence => ({
    configurationId: id(row, "configuration_id"),
    userNameFold: text(row, "user_name_fold"),
    active: flag(row, "active"),
  }),
};

export function* presencesOf(organizationId: OrganizationId, userId: UserId): Operation<readonly Presence[]> {
  return yield* all(selectPresences, organizationId, userId);
}

/** A member again, as at first. An admin's suspension is not undone by leaving and coming back. */
export function rejoined(known: KnownMember, atMs: number): KnownMember {
  const status = known.suspendedBy === "admin" ? "suspended" : "active";
  return { ...known, member: { ...known.member, role: "member", status, memberSinceMs: atMs } };
}

/** The member leaves. Their tokens go, so that none is alive again when they come back. @throws last_admin */
export function* letGo(known: KnownMember, atMs: number): Operation<void> {
  const { organizationId, userId } = known.member;
  const suspendedBy = known.suspendedBy === "admin" ? "admin" : "";
  const member: Member = { ...known.member, status: "left", role: "member" };
  yield* changeMember(known, { ...known, member, suspendedBy }, atMs);
  yield* deleteTokensOf(userId);
  yield* leaveOwnGroups(organizationId, userId, atMs);
}

const deleteTokens = inPieces({
  table: "personal_access_tokens",
  change: "DELETE FROM personal_access_tokens",
  where: "user_id = ?",
  by: ["id"],
});

export function* deleteTokensOf(userId: UserId): Operation<void> {
  yield* deleteTokens(userId);
}

/**
 * @param before locked by the caller
 * @returns whether anything changed
 * @throws last_admin; already_exists (email)
 */
export function* changeMember(before: KnownMember, after: KnownMember, atMs: number): Operation<boolean> {
  if (isSame(before, after)) return false;
  const { member, suspendedBy } = after;
  if (member.status !== "active") yield* keepAnAdmin(before.member);
  yield* run(
    `UPDATE members
     SET email = ?, email_fold = ?, full_name = ?, full_name_fold = ?, role = ?, status = ?, suspended_by = ?,
         member_since = ?, updated_at = ?
     WHERE organization_id = ? AND user_id = ?`,
    member.email,
    foldCase(member.email),
    member.fullName,
    foldName(member.fullName),
    member.role,
    member.status,
    suspendedBy,
    member.memberSinceMs,
    Math.max(atMs, member.updatedAtMs),
    member.organizationId,
    member.userId,
  );
  return true;
}

function isSame(before: KnownMember, after: KnownMember): boolean {
  return (
    before.suspendedBy === after.suspendedBy &&
    before.member.email === after.member.email &&
    before.member.fullName === after.member.fullName &&
    before.member.status === after.member.status
  );
}
