import { text } from "../columns.ts";
import { StorageError } from "../errors.ts";
import { all, type Operation, type Row } from "../operation.ts";
import type { Member } from "../records.ts";
import { requireOrganization } from "./organizations.ts";

const selectTwoAdmins = {
  sql: `SELECT user_id FROM members
        WHERE organization_id = ? AND role = 'admin' AND status = 'active' LIMIT 2`,
  decode: (row: Row) => text(row, "user_id"),
};

/**
 * Before a member stops being an active admin. The organization's row is what all of an organization's admins who stop at
 * once wait for, so that each sees what became of the others.
 *
 * @param member locked by the caller, as it is before the change
 * @throws last_admin when it is an active admin and there is no other
 */
export function* keepAnAdmin(member: Member): Operation<void> {
  if (member.role !== "admin" || member.status !== "active") return;
  yield* requireOrganization(member.organizationId);
  const admins = yield* all(selectTwoAdmins, member.organizationId);
  if (admins.some((userId) => userId !== member.userId)) return;
  throw new StorageError({ kind: "last_admin", entity: "user" });
}
