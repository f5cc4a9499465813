/** What a directory does to the organization's members: it brings them, links to them, suspends them and lets them go. */
import { foldCase } from "../../base/fold.ts";
import type { OrganizationId, ScimConfigurationId, UserId } from "../../base/ids.ts";
import { flag, id, oneOf, text } from "../columns.ts";
import type { DirectoryTenant, NewUser, UserContent } from "../directory.ts";
import { StorageError } from "../errors.ts";
import { all, first, type Operation, type Row, run } from "../operation.ts";
import type { Member } from "../records.ts";
import { keepAnAdmin } from "./last-admin.ts";
import {
  decodeMember,
  foldName,
  insertMember,
  memberColumns,
  type Provenance,
  suspenders,
} from "./members.ts";

interface KnownMember extends Provenance {
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
const selectOne = {
  sql: `${from} WHERE organization_id = ? AND user_id = ? {FOR UPDATE}`,
  decode: decodeKnown,
};

/** A directory that has the member, and what it says of them. */
interface Presence {
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
const selectVerifiedDomain = {
  sql: "SELECT id FROM domain_verifications WHERE organization_id = ? AND domain = ? AND state = 'verified'",
  decode: (row: Row) => text(row, "id"),
};

export interface MemberOfUser {
  readonly userId: UserId;
  /** Another than this directory made the member: the email stays theirs. */
  readonly linked: boolean;
}

/** A new member, or the one who has the email. @throws already_exists, link_refused, last_admin */
export function* bringMember(
  tenant: DirectoryTenant,
  user: NewUser,
  loginProvider: string,
  atMs: number,
): Operation<MemberOfUser> {
  const { organizationId, configurationId } = tenant;
  const known = yield* first(selectByEmail, organizationId, foldCase(user.content.email));
  if (known === undefined) {
    yield* insertMemberOf(tenant, user, loginProvider, atMs);
    return { userId: user.id, linked: false };
  }
  const presences = yield* all(selectPresences, organizationId, known.member.userId);
  refuseTwice(presences, configurationId, user.content);
  if (!user.allowUnverifiedLinking && !isOwn(known, presences, configurationId)) {
    yield* requireVerifiedDomain(organizationId, user.content.email);
  }
  yield* takeUp(known, user.content, presences, atMs);
  return { userId: known.member.userId, linked: known.madeBy !== configurationId };
}

function* insertMemberOf(
  { organizationId, configurationId }: DirectoryTenant,
  { id: userId, content }: NewUser,
  loginProvider: string,
  atMs: number,
): Operation<void> {
  const member: Member = {
    organizationId,
    userId,
    email: content.email,
    fullName: content.displayName,
    avatarUrl: "",
    role: "member",
    status: content.active ? "active" : "suspended",
    loginProvider,
    memberSinceMs: atMs,
    updatedAtMs: atMs,
  };
  const suspendedBy = content.active ? "" : "scim";
  yield* insertMember(organizationId, member, { suspendedBy, madeBy: configurationId });
}

/** A directory has a member once. It is told the name where that is what it repeats. */
function refuseTwice(
  presences: readonly Presence[],
  configurationId: ScimConfigurationId,
  content: UserContent,
): void {
  const own = presences.find((presence) => presence.configurationId === configurationId);
  if (own === undefined) return;
  const key = own.userNameFold === foldCase(content.userName) ? "userName" : "email";
  throw new StorageError({ kind: "already_exists", entity: "directory_user", key });
}

/**
 * Whether the directory may have the member without proof that the email is the organization's: whom it made itself, or
 * whom any directory of the organization made once, who has left and whom none has now.
 */
function isOwn(
  { member, madeBy }: KnownMember,
  presences: readonly Presence[],
  configurationId: ScimConfigurationId,
): boolean {
  if (madeBy === configurationId) return true;
  return madeBy !== "" && member.status === "left" && presences.length === 0;
}

function* requireVerifiedDomain(organizationId: OrganizationId, email: string): Operation<void> {
  const at = email.lastIndexOf("@");
  const domain = foldCase(email.slice(at + 1));
  if (at >= 0 && (yield* first(selectVerifiedDomain, organizationId, domain)) !== undefined) return;
  throw new StorageError({ kind: "link_refused", entity: "directory_user" });
}

/** Email, role and login provider stay; who has left is a member again, as at first. */
function* takeUp(
  known: KnownMember,
  content: UserContent,
  presences: readonly Presence[],
  atMs: number,
): Operation<void> {
  const present = known.member.status === "left" ? rejoined(known, atMs) : known;
  const isInactive = !content.active || presences.some(({ active }) => !active);
  const next = withStatus(present, isInactive);
  yield* change(known, { ...next, member: { ...next.member, fullName: content.displayName } }, atMs);
}

/** An admin's suspension is not undone by leaving and coming back. */
function rejoined(known: KnownMember, atMs: number): KnownMember {
  const status = known.suspendedBy === "admin" ? "suspended" : "active";
  return { ...known, member: { ...known.member, role: "member", status, memberSinceMs: atMs } };
}

/** Suspended when a directory says so; lifted when none does and SCIM suspended them. */
function withStatus(known: KnownMember, isInactive: boolean): KnownMember {
  const { member, suspendedBy } = known;
  if (isInactive && member.status === "active") {
    return { ...known, member: { ...member, status: "suspended" }, suspendedBy: "scim" };
  }
  if (!isInactive && member.status === "suspended" && suspendedBy === "scim") {
    return { ...known, member: { ...member, status: "active" }, suspendedBy: "" };
  }
  return known;
}

/** What an update of a user changes in their member. @throws already_exists (email), last_admin */
export function* updateMember(
  { organizationId, configurationId }: DirectoryTenant,
  { userId, linked }: MemberOfUser,
  content: UserContent,
  hasChangedActive: boolean,
  atMs: number,
): Operation<void> {
  const known = yield* requireKnown(organizationId, userId);
  const email = linked ? known.member.email : content.email;
  const described = { ...known, member: { ...known.member, email, fullName: content.displayName } };
  if (!hasChangedActive) {
    yield* change(known, described, atMs);
    return;
  }
  const presences = yield* all(selectPresences, organizationId, userId);
  const others = presences.filter((presence) => presence.configurationId !== configurationId);
  const isInactive = !content.active || others.some(({ active }) => !active);
  yield* change(known, withStatus(described, isInactive), atMs);
}

/**
 * After the user is gone from a directory: the member has left, unless another directory has them. Their tokens go, so that
 * none is alive again when they come back.
 *
 * @throws last_admin
 */
export function* leaveUnlessPresent(
  organizationId: OrganizationId,
  userId: UserId,
  atMs: number,
): Operation<void> {
  const known = yield* requireKnown(organizationId, userId);
  const presences = yield* all(selectPresences, organizationId, userId);
  if (presences.length > 0 || known.member.status === "left") return;
  const suspendedBy = known.suspendedBy === "admin" ? "admin" : "";
  const member: Member = { ...known.member, status: "left", role: "member" };
  yield* change(known, { ...known, member, suspendedBy }, atMs);
  yield* run("DELETE FROM personal_access_tokens WHERE user_id = ?", userId);
}

function* requireKnown(organizationId: OrganizationId, userId: UserId): Operation<KnownMember> {
  const known = yield* first(selectOne, organizationId, userId);
  if (known === undefined) throw new Error("a directory's user without a member");
  return known;
}

function* change(before: KnownMember, after: KnownMember, atMs: number): Operation<void> {
  if (isSame(before, after)) return;
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
}

function isSame(before: KnownMember, after: KnownMember): boolean {
  return (
    before.suspendedBy === after.suspendedBy &&
    before.member.email === after.member.email &&
    before.member.fullName === after.member.fullName &&
    before.member.status === after.member.status
  );
}
