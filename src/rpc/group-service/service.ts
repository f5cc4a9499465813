/** GroupService: each method with its permission and its handler. */
import { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type Endpoints, inOrganization, inOwnOrganization, unbuilt } from "../endpoint.ts";
import { getGroupHandler, groupIdOf } from "./get-group.ts";
import { getMembershipHandler } from "./get-membership.ts";
import { listGroupsHandler } from "./list-groups.ts";
import { listMembershipsHandler } from "./list-memberships.ts";

const { method } = GroupService;
const organizationId = (request: { readonly organizationId: string }): string => request.organizationId;
const groupId = (request: { readonly groupId: string }): string => request.groupId;

export const groupEndpoints: Endpoints<typeof GroupService> = {
  getGroup: inOrganization(method.getGroup, "member", "group", groupIdOf, getGroupHandler),
  listGroups: inOwnOrganization(method.listGroups, organizationId, listGroupsHandler),
  getMembership: inOrganization(method.getMembership, "member", "group", groupId, getMembershipHandler),
  listMemberships: inOrganization(method.listMemberships, "member", "group", groupId, listMembershipsHandler),

  createGroup: unbuilt(method.createGroup),
  updateGroup: unbuilt(method.updateGroup),
  deleteGroup: unbuilt(method.deleteGroup),
  createMembership: unbuilt(method.createMembership),
  deleteMembership: unbuilt(method.deleteMembership),
};
