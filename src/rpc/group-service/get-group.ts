import type { MessageShape } from "@bufbuild/protobuf";
import type { GetGroupRequestSchema, GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type GroupId, parseId } from "../../base/ids.ts";
import { DomainError } from "../../domain/errors.ts";
import { getGroup, getGroupByName } from "../../domain/groups.ts";
import type { ScopedCall } from "../call.ts";
import { toGroup } from "../convert/group.ts";
import type { Handler } from "../endpoint.ts";

export const getGroupHandler: Handler<typeof GroupService.method.getGroup, ScopedCall> = async (
  context,
  request,
  { organizationId },
) => {
  const id = groupIdOf(request);
  const group =
    id === undefined
      ? await getGroupByName(context, organizationId, request.group.value ?? "")
      : await getGroup(context, organizationId, id);
  return { group: toGroup(group) };
};

/**
 * Undefined for a group that is looked for by its name.
 *
 * @throws invalid_argument for a request that names none. The contract has no rule for the field of older clients.
 */
export function groupIdOf({
  group,
  groupId,
}: MessageShape<typeof GetGroupRequestSchema>): GroupId | undefined {
  if (group.case === "name") return undefined;
  if (group.case === "id") return parseId(group.value);
  try {
    return parseId(groupId);
  } catch (cause) {
    throw new DomainError("invalid_argument", "id: needed, a UUID; or the name", { cause });
  }
}
