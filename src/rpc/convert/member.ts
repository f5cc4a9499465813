import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { CountResponseRelation, type CountResponseSchema } from "../../../gen/gitpod/v1/count_pb.ts";
import {
  type ListMembersRequest_FilterSchema,
  type ListMembersRequest_SortSchema,
  type OrganizationMemberSchema,
  OrganizationRole,
  ListMembersRequest_SortField as SortField,
} from "../../../gen/gitpod/v1/organization_pb.ts";
import { SortOrder } from "../../../gen/gitpod/v1/pagination_pb.ts";
import type { UserStatus } from "../../../gen/gitpod/v1/user_pb.ts";
import { type GroupId, parseId, type UserId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Count } from "../../domain/members.ts";
import type { Member, MemberStatus, Role } from "../../storage/records.ts";
import type { MemberFilter, MemberSort } from "../../storage/storage.ts";
import { setOf } from "./set.ts";
import { toTimestamp } from "./time.ts";
import { userStatuses } from "./user.ts";

const organizationRoles = {
  admin: OrganizationRole.ADMIN,
  member: OrganizationRole.MEMBER,
} as const satisfies Record<Role, OrganizationRole>;

const roles = ["admin", "member"] as const satisfies readonly Role[];
const statuses = ["active", "suspended", "left"] as const satisfies readonly MemberStatus[];

export function toOrganizationMember(member: Member): MessageInitShape<typeof OrganizationMemberSchema> {
  return {
    userId: member.userId,
    role: organizationRoles[member.role],
    memberSince: toTimestamp(member.memberSinceMs),
    avatarUrl: member.avatarUrl,
    fullName: member.fullName,
    email: member.email,
    status: userStatuses[member.status],
    loginProvider: member.loginProvider,
  };
}

/** @throws invalid_argument for UNSPECIFIED and for values that this version does not know */
export function fromOrganizationRole(value: OrganizationRole, field: string): Role {
  const role = roles.find((each) => organizationRoles[each] === value);
  if (role === undefined) throw new DomainError("invalid_argument", `${field}: must be ADMIN or MEMBER`);
  return role;
}

function fromUserStatus(value: UserStatus, field: string): MemberStatus {
  const status = statuses.find((each) => userStatuses[each] === value);
  if (status === undefined) {
    throw new DomainError("invalid_argument", `${field}: must be ACTIVE, SUSPENDED or LEFT`);
  }
  return status;
}

/** One filter has one form, to which page tokens are bound. @throws invalid_argument for values that are not known */
export function toMemberFilter(
  filter: MessageShape<typeof ListMembersRequest_FilterSchema> | undefined,
): MemberFilter {
  return {
    search: filter?.search ?? "",
    statuses: setOf(filter?.statuses, (status) => fromUserStatus(status, "filter.statuses")),
    roles: setOf(filter?.roles, (role) => fromOrganizationRole(role, "filter.roles")),
    userIds: setOf(filter?.userIds, (id) => parseId<UserId>(id)),
    excludeGroupIds: setOf(filter?.excludeGroupIds, (id) => parseId<GroupId>(id)),
    inNoGroup: filter?.excludeMembersInAnyTeam ?? false,
  };
}

/** @throws invalid_argument for values that this version does not know */
export function toMemberSort(
  sort: MessageShape<typeof ListMembersRequest_SortSchema> | undefined,
): MemberSort {
  return { by: toSortKey(sort?.field), descending: isDescending(sort?.order) };
}

function toSortKey(field: SortField | undefined): MemberSort["by"] {
  switch (field) {
    case undefined:
    case SortField.UNSPECIFIED:
    case SortField.DATE_JOINED:
      return "date_joined";
    case SortField.NAME:
      return "name";
    default:
      throw new DomainError("invalid_argument", "sort.field: must be NAME or DATE_JOINED");
  }
}

function isDescending(order: SortOrder | undefined): boolean {
  switch (order) {
    case undefined:
    case SortOrder.UNSPECIFIED:
    case SortOrder.ASC:
      return false;
    case SortOrder.DESC:
      return true;
    default:
      throw new DomainError("invalid_argument", "sort.order: must be ASC or DESC");
  }
}

export function toCount({ value, isExact }: Count): MessageInitShape<typeof CountResponseSchema> {
  return { value, relation: isExact ? CountResponseRelation.EQ : CountResponseRelation.GTE };
}
