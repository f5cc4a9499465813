/** A person of one organization becomes a member of another, in which they are another user. */
import { domainOfEmail, toDomainName } from "../../base/domain-name.ts";
import type { OrganizationId, OrganizationInviteId, UserId } from "../../base/ids.ts";
import { stringList } from "../columns.ts";
import { notFound, StorageError } from "../errors.ts";
import { first, type Operation, type Row } from "../operation.ts";
import type { Audit, Member } from "../records.ts";
import type { Joiner, JoinWay } from "../storage.ts";
import { hasVerifiedDomainOf } from "./domain-verifications.ts";
import { appendEvent } from "./events.ts";
import {
  changeMember,
  findKnownMember,
  type KnownMember,
  lockKnownMemberByEmail,
  rejoined,
} from "./member-state.ts";
import { getMember, insertMember } from "./members.ts";
import { getInviteById } from "./organization-invites.ts";

/** Keeps the organization from being deleted, and its invite from being replaced, until the transaction ends. */
const selectInviteDomains = {
  sql: "SELECT invite_domains FROM organizations WHERE id = ? {FOR KEY SHARE}",
  decode: (row: Row) => stringList(row, "invite_domains"),
};

/**
 * The actor in the joined organization's log is the member whom it knows: who they are elsewhere is not its business. On
 * PostgreSQL, locks are taken in this order: the organization, the member, the position.
 */
export function* joinOrganization(joiner: Joiner, way: JoinWay, audit: Audit): Operation<Member> {
  const person = yield* requireProvenPerson(joiner);
  const organizationId = yield* open(way, person);
  const userId = yield* enter(organizationId, person, joiner.newUserId, audit.atMs);
  yield* appendEvent(organizationId, { ...audit, actorId: userId }, "user", userId, "joined");
  return yield* getMember(organizationId, userId);
}

/**
 * A directory may say of its users that they have any address. Elsewhere that is believed only where its organization has
 * verified the domain: or else whoever has a directory of their own could come as somebody else.
 */
function* requireProvenPerson({ organizationId, userId }: Joiner): Operation<Member> {
  const known = yield* findKnownMember(organizationId, userId);
  if (known === undefined || known.member.status !== "active") throw notFound("user");
  const { member, madeBy } = known;
  const isProven = madeBy === "" || (yield* hasVerifiedDomainOf(organizationId, member.email));
  if (!isProven) throw new StorageError({ kind: "unproven_email", entity: "user" });
  return member;
}

/** Whom neither an invite nor a domain lets in is told nothing of the organization. @throws not_found */
function* open(way: JoinWay, person: Member): Operation<OrganizationId> {
  return way.kind === "invite"
    ? yield* openByInvite(way.inviteId)
    : yield* openByDomain(way.organizationId, person.email);
}

function* openByInvite(inviteId: OrganizationInviteId): Operation<OrganizationId> {
  const { organizationId } = yield* getInviteById(inviteId);
  yield* first(selectInviteDomains, organizationId);
  // It may have been replaced while the organization's row was waited for, and cannot be from now on.
  yield* getInviteById(inviteId);
  return organizationId;
}

function* openByDomain(organizationId: OrganizationId, email: string): Operation<OrganizationId> {
  const invited = (yield* first(selectInviteDomains, organizationId)) ?? [];
  const domain = domainOfEmail(email);
  const isInvited = domain !== undefined && invited.some((each) => toDomainName(each) === domain);
  if (isInvited && (yield* hasVerifiedDomainOf(organizationId, email))) return organizationId;
  throw notFound("organization");
}

/** @throws already_exists, suspended */
function* enter(
  organizationId: OrganizationId,
  person: Member,
  newUserId: UserId,
  atMs: number,
): Operation<UserId> {
  const known = yield* lockKnownMemberByEmail(organizationId, person.email);
  if (known !== undefined) return yield* comeBack(known, person, atMs);
  yield* insertMember(organizationId, {
    organizationId,
    userId: newUserId,
    email: person.email,
    fullName: person.fullName,
    avatarUrl: person.avatarUrl,
    role: "member",
    status: "active",
    loginProvider: "builtin",
    memberSinceMs: atMs,
    updatedAtMs: atMs,
  });
  return newUserId;
}

function* comeBack(known: KnownMember, { fullName }: Member, atMs: number): Operation<UserId> {
  const { userId, status } = known.member;
  if (status === "active") throw new StorageError({ kind: "already_exists", entity: "user" });
  const next = status === "left" ? rejoined(known, atMs) : known;
  if (next.member.status === "suspended") throw new StorageError({ kind: "suspended", entity: "user" });
  yield* changeMember(known, { ...next, member: { ...next.member, fullName } }, atMs);
  return userId;
}
