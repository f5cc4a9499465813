import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type PersonalAccessTokenSchema,
  type UserSchema,
  UserStatus,
} from "../../../gen/gitpod/v1/user_pb.ts";
import type { Member, MemberStatus, PersonalAccessToken } from "../../storage/records.ts";
import { toPrincipal } from "./principal.ts";
import { toTimestamp } from "./time.ts";

export const userStatuses = {
  active: UserStatus.ACTIVE,
  suspended: UserStatus.SUSPENDED,
  left: UserStatus.LEFT,
} as const satisfies Record<MemberStatus, UserStatus>;

export function toUser(member: Member): MessageInitShape<typeof UserSchema> {
  return {
    id: member.userId,
    organizationId: member.organizationId,
    name: member.fullName,
    avatarUrl: member.avatarUrl,
    createdAt: toTimestamp(member.memberSinceMs),
    status: userStatuses[member.status],
    email: member.email,
  };
}

export function toPersonalAccessToken(
  token: PersonalAccessToken,
): MessageInitShape<typeof PersonalAccessTokenSchema> {
  return {
    id: token.id,
    userId: token.userId,
    description: token.description,
    creator: { id: token.creatorId, principal: toPrincipal(token.creatorPrincipal) },
    createdAt: toTimestamp(token.createdAtMs),
    expiresAt: toTimestamp(token.expiresAtMs),
    ...(token.lastUsedAtMs === undefined ? {} : { lastUsed: toTimestamp(token.lastUsedAtMs) }),
    readOnly: token.readOnly,
  };
}
