/** What a directory does to the organization's members: it brings them, links to them, suspends them and lets them go. */
import { foldCase } from "../../base/fold.ts";
import type { OrganizationId, ScimConfigurationId, UserId } from "../../base/ids.ts";
import type { DirectoryTenant, NewUser, UserContent } from "../directory.ts";
import { StorageError } from "../errors.ts";
import type { Operation } from "../operation.ts";
import type { Member } from "../records.ts";
import { hasVerifiedDomainOf } from "./domain-verifications.ts";
import {
  changeMember,
  type KnownMember,
  letGo,
  lockKnownMember,
  lockKnownMemberByEmail,
  type Presence,
  presencesOf,
  rejoined,
} from "./member-state.ts";
import { insertMember } from "./members.ts";

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
  const known = yield* lockKnownMemberByEmail(organizationId, user.content.email);
  if (known === undefined) {
    yield* insertMemberOf(tenant, user, loginProvider, atMs);
    return { userId: user.id, linked: false };
  }
  const presences = yield* presencesOf(organizationId, known.member.userId);
  refuseTwice(presences, configurationId, user.content);
  const isAllowed =
    user.allowUnverifiedLinking ||
    isOwn(known, presences, configurationId) ||
    (yield* hasVerifiedDomainOf(organizationId, user.content.email));
  if (!isAllowed) throw new StorageError({ kind: "link_refused", entity: "directory_user" });
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
  yield* changeMember(known, { ...next, member: { ...next.member, fullName: content.displayName } }, atMs);
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
    yield* changeMember(known, described, atMs);
    return;
  }
  const presences = yield* presencesOf(organizationId, userId);
  const others = presences.filter((presence) => presence.configurationId !== configurationId);
  const isInactive = !content.active || others.some(({ active }) => !active);
  yield* changeMember(known, withStatus(described, isInactive), atMs);
}

/** After the user is gone from a directory: the member has left, unless another directory has them. @throws last_admin */
export function* leaveUnlessPresent(
  organizationId: OrganizationId,
  userId: UserId,
  atMs: number,
): Operation<void> {
  const known = yield* requireKnown(organizationId, userId);
  const presences = yield* presencesOf(organizationId, userId);
  if (presences.length > 0 || known.member.status === "left") return;
  yield* letGo(known, atMs);
}

function* requireKnown(organizationId: OrganizationId, userId: UserId): Operation<KnownMember> {
  const known = yield* lockKnownMember(organizationId, userId);
  if (known === undefined) throw new Error("a directory's user without a member");
  return known;
}
