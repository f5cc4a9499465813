import type { OrganizationId, UserId } from "../base/ids.ts";
import type { Member, Organization } from "../storage/records.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Caller } from "./principal.ts";

export interface NewOrganization {
  readonly name: string;
  /** The creator becomes a member. */
  readonly join: boolean;
  /** People whose email has the creator's domain may join. */
  readonly inviteMatchingDomain: boolean;
  /** The first member, an admin: only the command line makes one. */
  readonly adminEmail?: string;
}

export interface CreatedOrganization {
  readonly organization: Organization;
  readonly admin: Member | undefined;
}

/** @throws failed_precondition when it asks for what only a person can have: the operator is none */
export async function createOrganization(
  context: DomainContext,
  caller: Caller,
  input: NewOrganization,
): Promise<CreatedOrganization> {
  if (input.join) throw needsPerson("join_organization");
  if (input.inviteMatchingDomain) throw needsPerson("invite_accounts_with_matching_domain");
  const audit = auditOf(context, caller);
  const organization: Organization = {
    id: context.ids.next<OrganizationId>(),
    name: input.name,
    tier: "enterprise",
    inviteDomains: [],
    createdAtMs: audit.atMs,
    updatedAtMs: audit.atMs,
  };
  const admin =
    input.adminEmail === undefined ? undefined : firstAdmin(context, organization, input.adminEmail);
  return { organization: await context.storage.organizations.create(organization, admin, audit), admin };
}

function needsPerson(field: string): DomainError {
  return new DomainError(
    "failed_precondition",
    `${field}: the operator is not a person; leave it unset, or create the organization with its first admin ` +
      "by the command `organization create --name … --admin-email …`",
  );
}

function firstAdmin(context: DomainContext, organization: Organization, email: string): Member {
  return {
    organizationId: organization.id,
    userId: context.ids.next<UserId>(),
    email,
    fullName: email,
    avatarUrl: "",
    role: "admin",
    status: "active",
    loginProvider: "builtin",
    memberSinceMs: organization.createdAtMs,
    updatedAtMs: organization.createdAtMs,
  };
}

export function getOrganization(context: DomainContext, id: OrganizationId): Promise<Organization> {
  return context.storage.organizations.get(id);
}

export interface OrganizationUpdate {
  readonly name?: string | undefined;
  readonly inviteDomains?: readonly string[] | undefined;
}

/** @throws invalid_argument for an empty name; not_found */
export async function updateOrganization(
  context: DomainContext,
  caller: Caller,
  id: OrganizationId,
  update: OrganizationUpdate,
): Promise<Organization> {
  // The contract puts no rule on this field, and requires the name of every organization that it returns.
  if (update.name === "")
    throw new DomainError("invalid_argument", "name: must not be empty; omit it to keep it");
  return await context.storage.organizations.update(id, update, auditOf(context, caller));
}

export function deleteOrganization(
  context: DomainContext,
  caller: Caller,
  id: OrganizationId,
): Promise<void> {
  return context.storage.organizations.delete(id, auditOf(context, caller));
}
