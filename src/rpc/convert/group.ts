import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import type {
  GroupMembershipSchema,
  GroupSchema,
  ListGroupsRequest_FilterSchema,
} from "../../../gen/gitpod/v1/group_pb.ts";
import { Principal, type SubjectSchema } from "../../../gen/gitpod/v1/identity_pb.ts";
import { type GroupId, parseId, type UserId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Group, GroupMembership } from "../../storage/records.ts";
import type { GroupFilter } from "../../storage/storage.ts";
import { setOf } from "./set.ts";
import { toTimestamp } from "./time.ts";

export function toGroup(group: Group): MessageInitShape<typeof GroupSchema> {
  return {
    id: group.id,
    organizationId: group.organizationId,
    name: group.name,
    systemManaged: group.scimConfigurationId !== undefined,
    createdAt: toTimestamp(group.createdAtMs),
    updatedAt: toTimestamp(group.updatedAtMs),
    description: group.description,
    memberCount: group.memberCount,
  };
}

export function toGroupMembership(
  membership: GroupMembership,
): MessageInitShape<typeof GroupMembershipSchema> {
  return {
    id: membership.id,
    subject: { id: membership.userId, principal: Principal.USER },
    groupId: membership.groupId,
    name: membership.name,
    avatarUrl: membership.avatarUrl,
  };
}

/** One filter has one form, to which page tokens are bound. */
export function toGroupFilter(
  filter: MessageShape<typeof ListGroupsRequest_FilterSchema> | undefined,
): GroupFilter {
  return {
    search: filter?.search ?? "",
    groupIds: setOf(filter?.groupIds, (id) => parseId<GroupId>(id)),
    systemManaged: filter?.systemManaged,
  };
}

/**
 * Undefined for a subject of a kind that is in no group.
 *
 * @throws invalid_argument without an id
 */
export function toMemberId(subject: MessageShape<typeof SubjectSchema> | undefined): UserId | undefined {
  if (subject === undefined || subject.id === "") {
    throw new DomainError("invalid_argument", "subject.id: needed, to tell who is meant");
  }
  const isUser = subject.principal === Principal.USER || subject.principal === Principal.UNSPECIFIED;
  return isUser ? parseId<UserId>(subject.id) : undefined;
}
