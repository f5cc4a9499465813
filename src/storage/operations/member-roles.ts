import type { OrganizationId, UserId } from "../../base/ids.ts";
import { notFound } from "../errors.ts";
import { type Operation, run } from "../operation.ts";
import type { Audit, Member, Role } from "../records.ts";
import { appendEvent } from "./events.ts";
import { keepAnAdmin } from "./last-admin.ts";
import { lockMember } from "./members.ts";

export function* setMemberRole(
  organizationId: OrganizationId,
  userId: UserId,
  role: Role,
  audit: Audit,
): Operation<Member> {
  const current = yield* lockMember(organizationId, userId);
  if (current === undefined || current.status === "left") throw notFound("user");
  if (current.role === role) return current;
  if (role !== "admin") yield* keepAnAdmin(current);
  const next = { ...current, role, updatedAtMs: Math.max(audit.atMs, current.updatedAtMs) };
  yield* run(
    "UPDATE members SET role = ?, updated_at = ? WHERE organization_id = ? AND user_id = ?",
    role,
    next.updatedAtMs,
    organizationId,
    userId,
  );
  yield* appendEvent(organizationId, audit, "user", userId, "role_changed");
  return next;
}
