/** GroupService: in the contract, not built yet. */
import { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type Endpoints, unbuilt } from "../endpoint.ts";

const { method } = GroupService;

export const groupEndpoints: Endpoints<typeof GroupService> = {
  createGroup: unbuilt(method.createGroup),
  getGroup: unbuilt(method.getGroup),
  listGroups: unbuilt(method.listGroups),
  updateGroup: unbuilt(method.updateGroup),
  deleteGroup: unbuilt(method.deleteGroup),
  createMembership: unbuilt(method.createMembership),
  deleteMembership: unbuilt(method.deleteMembership),
  getMembership: unbuilt(method.getMembership),
  listMemberships: unbuilt(method.listMemberships),
};
