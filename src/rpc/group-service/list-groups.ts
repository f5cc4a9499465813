import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import type { GroupId } from "../../base/ids.ts";
import { listGroups } from "../../domain/groups.ts";
import type { Page } from "../../storage/storage.ts";
import type { OwnCall } from "../call.ts";
import { toGroup, toGroupFilter } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";
import { paginate } from "../paging.ts";

export const listGroupsHandler: Handler<typeof GroupService.method.listGroups, OwnCall> = async (
  context,
  request,
  { principal, organizationId },
) => {
  const filter = toGroupFilter(request.filter);
  // No group is there to share a single resource, and none holds a role on one that it could be left out for.
  const onlyDirectShare = request.filter?.directShare === true;
  const { items, pagination } = await paginate(
    context.keyring,
    ["groups", principal.id, organizationId ?? "all", JSON.stringify(filter), String(onlyDirectShare)],
    request.pagination,
    async (page: Page<GroupId>) =>
      onlyDirectShare ? [] : await listGroups(context, organizationId, filter, page),
  );
  return { pagination, groups: items.map(toGroup) };
};
