/** OrganizationService: each method with its permission and its handler. */
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import { type Endpoints, inOrganization, inOwnOrganization, operatorOnly, unbuilt } from "../endpoint.ts";
import { createOrganizationHandler } from "./create-organization.ts";
import { createSCIMConfigurationHandler } from "./create-scim-configuration.ts";
import { createSSOConfigurationHandler } from "./create-sso-configuration.ts";
import { deleteOrganizationHandler } from "./delete-organization.ts";
import { deleteSCIMConfigurationHandler } from "./delete-scim-configuration.ts";
import { deleteSSOConfigurationHandler } from "./delete-sso-configuration.ts";
import { getOrganizationHandler } from "./get-organization.ts";
import { getSCIMConfigurationHandler } from "./get-scim-configuration.ts";
import { getSSOConfigurationHandler } from "./get-sso-configuration.ts";
import { listMembersHandler } from "./list-members.ts";
import { listSCIMConfigurationsHandler } from "./list-scim-configurations.ts";
import { listSSOConfigurationsHandler } from "./list-sso-configurations.ts";
import { regenerateSCIMTokenHandler } from "./regenerate-scim-token.ts";
import { setRoleHandler } from "./set-role.ts";
import { updateOrganizationHandler } from "./update-organization.ts";
import { updateSCIMConfigurationHandler } from "./update-scim-configuration.ts";
import { updateSSOConfigurationHandler } from "./update-sso-configuration.ts";

const { method } = OrganizationService;
const organizationId = (request: { readonly organizationId: string }): string => request.organizationId;
const ssoConfigurationId = (request: { readonly ssoConfigurationId: string }): string =>
  request.ssoConfigurationId;
const scimConfigurationId = (request: { readonly scimConfigurationId: string }): string =>
  request.scimConfigurationId;

export const organizationEndpoints: Endpoints<typeof OrganizationService> = {
  createOrganization: operatorOnly(method.createOrganization, createOrganizationHandler),
  getOrganization: inOrganization(
    method.getOrganization,
    "member",
    "organization",
    organizationId,
    getOrganizationHandler,
  ),
  updateOrganization: inOrganization(
    method.updateOrganization,
    "admin",
    "organization",
    organizationId,
    updateOrganizationHandler,
  ),
  deleteOrganization: inOrganization(
    method.deleteOrganization,
    "admin",
    "organization",
    organizationId,
    deleteOrganizationHandler,
  ),

  listMembers: inOrganization(
    method.listMembers,
    "member",
    "organization",
    organizationId,
    listMembersHandler,
  ),
  setRole: inOrganization(method.setRole, "admin", "organization", organizationId, setRoleHandler),

  createSSOConfiguration: inOrganization(
    method.createSSOConfiguration,
    "admin",
    "organization",
    organizationId,
    createSSOConfigurationHandler,
  ),
  getSSOConfiguration: inOrganization(
    method.getSSOConfiguration,
    "member",
    "sso_configuration",
    ssoConfigurationId,
    getSSOConfigurationHandler,
  ),
  listSSOConfigurations: inOrganization(
    method.listSSOConfigurations,
    "member",
    "organization",
    organizationId,
    listSSOConfigurationsHandler,
  ),
  updateSSOConfiguration: inOrganization(
    method.updateSSOConfiguration,
    "admin",
    "sso_configuration",
    ssoConfigurationId,
    updateSSOConfigurationHandler,
  ),
  deleteSSOConfiguration: inOrganization(
    method.deleteSSOConfiguration,
    "admin",
    "sso_configuration",
    ssoConfigurationId,
    deleteSSOConfigurationHandler,
  ),

  createSCIMConfiguration: inOrganization(
    method.createSCIMConfiguration,
    "admin",
    "organization",
    organizationId,
    createSCIMConfigurationHandler,
  ),
  getSCIMConfiguration: inOrganization(
    method.getSCIMConfiguration,
    "member",
    "scim_configuration",
    scimConfigurationId,
    getSCIMConfigurationHandler,
  ),
  listSCIMConfigurations: inOwnOrganization(
    method.listSCIMConfigurations,
    organizationId,
    listSCIMConfigurationsHandler,
  ),
  updateSCIMConfiguration: inOrganization(
    method.updateSCIMConfiguration,
    "admin",
    "scim_configuration",
    scimConfigurationId,
    updateSCIMConfigurationHandler,
  ),
  deleteSCIMConfiguration: inOrganization(
    method.deleteSCIMConfiguration,
    "admin",
    "scim_configuration",
    scimConfigurationId,
    deleteSCIMConfigurationHandler,
  ),
  regenerateSCIMToken: inOrganization(
    method.regenerateSCIMToken,
    "admin",
    "scim_configuration",
    scimConfigurationId,
    regenerateSCIMTokenHandler,
  ),

  joinOrganization: unbuilt(method.joinOrganization),
  leaveOrganization: unbuilt(method.leaveOrganization),
  createOrganizationInvite: unbuilt(method.createOrganizationInvite),
  getOrganizationInvite: unbuilt(method.getOrganizationInvite),
  getOrganizationInviteSummary: unbuilt(method.getOrganizationInviteSummary),
  createDomainVerification: unbuilt(method.createDomainVerification),
  getDomainVerification: unbuilt(method.getDomainVerification),
  listDomainVerifications: unbuilt(method.listDomainVerifications),
  verifyDomain: unbuilt(method.verifyDomain),
  deleteDomainVerification: unbuilt(method.deleteDomainVerification),
};
