/** GroupService: each method with its permission and its handler. */
import { GroupService } from "../../../gen/gitpod/v1/group_pb.ts";
import { type Endpoints, inOrganization, inOwnOrganization } from "../endpoint.ts";
import { createGroupHandler } from "./create-group.ts";
import { createMembershipHandler } from "./create-membership.ts";
import { deleteGroupHandler } from "./delete-group.ts";
import { deleteMembershipHandler } from "./delete-membership.ts";
import { getGroupHandler, groupIdOf } from "./get-group.ts";
import { getMembershipHandler } from "./get-membership.ts";
import { listGroupsHandler } from "./list-groups.ts";
import { listMembershipsHandler } from "./list-memberships.ts";
import { updateGroupHandler } from "./update-group.ts";

const { method } = GroupService;
const organizationId = (request: { readonly organizationId: string }): string => request.organizationId;
const groupId = (request: { readonly groupId: string }): string => request.groupId;
const membershipId = (request: { readonly membershipId: string }): string => request.membershipId;

export const groupEndpoints: Endpoints<typeof GroupService> = {
  getGroup: inOrganization(method.getGroup, "member", "group", groupIdOf, getGroupHandler),
  listGroups: inOwnOrganization(method.listGroups, organizationId, listGroupsHandler),
  getMembership: inOrganization(method.getMembership, "member", "group", groupId, getMembershipHandler),
  listMemberships: inOrganization(method.listMemberships, "member", "group", groupId, listMembershipsHandler),

  createGroup: inOrganization(
    method.createGroup,
    "admin",
    "organization",
    organizationId,
    createGroupHandler,
  ),
  updateGroup: inOrganization(method.updateGroup, "admin", "group", groupId, updateGroupHandler),
  deleteGroup: inOrganization(method.deleteGroup, "admin", "group", groupId, deleteGroupHandler),
  createMembership: inOrganization(
    method.createMembership,
    "admin",
    "group",
    groupId,
    createMembershipHandler,
  ),
  deleteMembership: inOrganization(
    method.deleteMembership,
    "admin",
    "group_membership",
    membershipId,
    deleteMembershipHandler,
  ),
};
