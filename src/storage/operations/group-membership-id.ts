import { createHash } from "node:crypto";
import { type GroupId, type GroupMembershipId, parseId, type UserId } from "../../base/ids.ts";

/**
 * The id of a user's membership in a group, always the same: operations have no randomness, and may be run again. A UUID of
 * version 8 (RFC 9562 section 5.8).
 */
export function groupMembershipId(groupId: GroupId, userId: UserId): GroupMembershipId {
  const bytes = createHash("sha256").update(`${groupId}/${userId}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return parseId(parts.join("-"));
}
