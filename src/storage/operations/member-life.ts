/** What the management API does to a member. Whom a directory has, the directory lets go. */
import type { OrganizationId, UserId } from "../../base/ids.ts";
import { notFound, StorageError } from "../errors.ts";
import { type Operation, run } from "../operation.ts";
import type { Audit } from "../records.ts";
import { appendEvent } from "./events.ts";
import { leaveOwnGroups } from "./group-memberships.ts";
import { deleteKeysOf } from "./idempotency.ts";
import { keepAnAdmin } from "./last-admin.ts";
import {
  changeMember,
  deleteTokensOf,
  type KnownMember,
  letGo,
  lockKnownMember,
  presencesOf,
} from "./member-state.ts";

export function* setMemberSuspended(
  organizationId: OrganizationId,
  userId: UserId,
  suspended: boolean,
  audit: Audit,
): Operation<void> {
  const known = yield* requirePresent(organizationId, userId);
  const next = suspended ? suspendedByAdmin(known) : yield* reinstated(known);
  const hasChanged = yield* changeMember(known, next, audit.atMs);
  if (!hasChanged) return;
  yield* appendEvent(organizationId, audit, "user", userId, suspended ? "suspended" : "reinstated");
}

/** Also whom SCIM has suspended, so that SCIM does not lift it. */
function suspendedByAdmin(known: KnownMember): KnownMember {
  return { ...known, member: { ...known.member, status: "suspended" }, suspendedBy: "admin" };
}

/** SCIM's suspension too, when the directory that asked for it is gone. */
function* reinstated(known: KnownMember): Operation<KnownMember> {
  const { member } = known;
  if (member.status === "active") return known;
  const presences = yield* presencesOf(member.organizationId, member.userId);
  if (presences.some(({ active }) => !active))
    throw new StorageError({ kind: "deactivated", entity: "user" });
  return { ...known, member: { ...member, status: "active" }, suspendedBy: "" };
}

export function* leaveOrganization(
  organizationId: OrganizationId,
  userId: UserId,
  audit: Audit,
): Operation<void> {
  const known = yield* requirePresent(organizationId, userId);
  yield* refuseIfInDirectory(known);
  yield* letGo(known, audit.atMs);
  yield* appendEvent(organizationId, audit, "user", userId, "left");
}

/** Also who has left: what is erased is what is known of the person. Events keep the id. */
export function* deleteMember(organizationId: OrganizationId, userId: UserId, audit: Audit): Operation<void> {
  const known = yield* lockKnownMember(organizationId, userId);
  if (known === undefined) throw notFound("user");
  yield* refuseIfInDirectory(known);
  yield* keepAnAdmin(known.member);
  yield* deleteTokensOf(userId);
  yield* deleteKeysOf(userId);
  yield* leaveOwnGroups(organizationId, userId, audit.atMs);
  yield* run("DELETE FROM members WHERE organization_id = ? AND user_id = ?", organizationId, userId);
  yield* appendEvent(organizationId, audit, "user", userId, "deleted");
}

function* requirePresent(organizationId: OrganizationId, userId: UserId): Operation<KnownMember> {
  const known = yield* lockKnownMember(organizationId, userId);
  if (known === undefined || known.member.status === "left") throw notFound("user");
  return known;
}

/** At its next synchronization the directory would bring them back. */
function* refuseIfInDirectory({ member }: KnownMember): Operation<void> {
  const presences = yield* presencesOf(member.organizationId, member.userId);
  if (presences.length > 0) throw new StorageError({ kind: "directory_managed", entity: "user" });
}
