import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { parseId } from "../../base/ids.ts";
import { updateGroup } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import { toGroup } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";

export const updateGroupHandler: Handler<typeof GroupService.method.updateGroup, ScopedCall> = async (
  context,
  { groupId, name, description },
  call,
) => {
  // The field cannot tell absent from empty. The name is never empty: the proto's rule holds for it.
  const update = { name, description: description === "" ? undefined : description };
  const group = await updateGroup(context, call, call.organizationId, parseId(groupId), update);
  return { group: toGroup(group) };
};
