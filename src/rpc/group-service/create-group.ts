import type { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { createGroup } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import { toGroup } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";

export const createGroupHandler: Handler<typeof GroupService.method.createGroup, ScopedCall> = async (
  context,
  { name, description },
  call,
) => {
  const group = await createGroup(context, call, call.organizationId, { name, description });
  return { group: toGroup(group) };
};
