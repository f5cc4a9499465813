/** OrganizationService: each method with its permission and its handler. */
import { OrganizationService } from "../../../gen/gitpod/v1/organization_pb.ts";
import {
  authenticated,
  type Endpoints,
  inOrganization,
  inOwnOrganization,
  operatorOnly,
} from "../endpoint.ts";
import { createDomainVerificationHandler } from "./create-domain-verification.ts";
import { createOrganizationHandler } from "./create-organization.ts";
import { createOrganizationInviteHandler } from "./create-organization-invite.ts";
import { createSCIMConfigurationHandler } from "./create-scim-configuration.ts";
import { createSSOConfigurationHandler } from "./create-sso-configuration.ts";
import { deleteDomainVerificationHandler } from "./delete-domain-verification.ts";
import { deleteOrganizationHandler } from "./delete-organization.ts";
import { deleteSCIMConfigurationHandler } from "./delete-scim-configuration.ts";
import { deleteSSOConfigurationHandler } from "./delete-sso-configuration.ts";
import { getDomainVerificationHandler } from "./get-domain-verification.ts";
import { getOrganizationHandler } from "./get-organization.ts";
import { getOrganizationInviteHandler } from "./get-organization-invite.ts";
import { getOrganizationInviteSummaryHandler } from "./get-organization-invite-summary.ts";
import { getSCIMConfigurationHandler } from "./get-scim-configuration.ts";
import { getSSOConfigurationHandler } from "./get-sso-configuration.ts";
import { joinOrganizationHandler } from "./join-organization.ts";
import { leaveOrganizationHandler } from "./leave-organization.ts";
import { listDomainVerificationsHandler } from "./list-domain-verifications.ts";
import { listMembersHandler } from "./list-members.ts";
import { listSCIMConfigurationsHandler } from "./list-scim-configurations.ts";
import { listSSOConfigurationsHandler } from "./list-sso-configurations.ts";
import { regenerateSCIMTokenHandler } from "./regenerate-scim-token.ts";
import { setRoleHandler } from "./set-role.ts";
import { updateOrganizationHandler } from "./update-organization.ts";
import { updateSCIMConfigurationHandler } from "./update-scim-configuration.ts";
import { updateSSOConfigurationHandler } from "./update-sso-configuration.ts";
import { verifyDomainHandler } from "./verify-domain.ts";

const { method } = OrganizationService;
const organizationId = (request: { readonly organizationId: string }): string => request.organizationId;
const ssoConfigurationId = (request: { readonly ssoConfigurationId: string }): string =>
  request.ssoConfigurationId;
const userId = (request: { readonly userId: string }): string => request.userId;
const domainVerificationId = (request: { readonly domainVerificationId: string }): string =>
  request.domainVerificationId;
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
  // What lets the caller in is the domain's rule; whom they may let go, too.
  joinOrganization: authenticated(method.joinOrganization, joinOrganizationHandler),
  leaveOrganization: inOrganization(
    method.leaveOrganization,
    "member",
    "user",
    userId,
    leaveOrganizationHandler,
  ),

  createOrganizationInvite: inOrganization(
    method.createOrganizationInvite,
    "admin",
    "organization",
    organizationId,
    createOrganizationInviteHandler,
  ),
  getOrganizationInvite: inOrganization(
    method.getOrganizationInvite,
    "member",
    "organization",
    organizationId,
    getOrganizationInviteHandler,
  ),
  // Of whatever organization: whoever knows the id is invited.
  getOrganizationInviteSummary: authenticated(
    method.getOrganizationInviteSummary,
    getOrganizationInviteSummaryHandler,
  ),

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

  createDomainVerification: inOrganization(
    method.createDomainVerification,
    "admin",
    "organization",
    organizationId,
    createDomainVerificationHandler,
  ),
  getDomainVerification: inOrganization(
    method.getDomainVerification,
    "member",
    "domain_verification",
    domainVerificationId,
    getDomainVerificationHandler,
  ),
  listDomainVerifications: inOrganization(
    method.listDomainVerifications,
    "member",
    "organization",
    organizationId,
    listDomainVerificationsHandler,
  ),
  verifyDomain: inOrganization(
    method.verifyDomain,
    "admin",
    "domain_verification",
    domainVerificationId,
    verifyDomainHandler,
  ),
  deleteDomainVerification: inOrganization(
    method.deleteDomainVerification,
    "admin",
    "domain_verification",
    domainVerificationId,
    deleteDomainVerificationHandler,
  ),
};
