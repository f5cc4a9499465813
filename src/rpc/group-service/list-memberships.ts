import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type GroupId, parseId, type UserId } from "../../base/ids.ts";
import { listGroupMemberships } from "../../domain/groups.ts";
import type { GroupMembership } from "../../storage/records.ts";
import type { Page } from "../../storage/storage.ts";
import type { ScopedCall } from "../call.ts";
import { toGroupMembership } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";
import { paginateBy } from "../paging.ts";

export const listMembershipsHandler: Handler<typeof GroupService.method.listMemberships, ScopedCall> = async (
  context,
  request,
  { principal, organizationId },
) => {
  const groupId = parseId<GroupId>(request.groupId);
  const search = request.filter?.search ?? "";
  const { items, pagination } = await paginateBy(
    context.keyring,
    ["memberships", principal.id, organizationId, groupId, search],
    request.pagination,
    ({ userId }: GroupMembership) => userId,
    (page: Page<UserId>) => listGroupMemberships(context, organizationId, groupId, search, page),
  );
  return { pagination, members: items.map(toGroupMembership) };
};
