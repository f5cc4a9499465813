/** Records as text, for answering again what was answered once: flat, and read as strictly as a table's rows. */
import { fromFlag, id, integer, oneOf, stringList, stringMap, text } from "../columns.ts";
import type { Row } from "../operation.ts";
import type {
  DomainVerification,
  Group,
  GroupMembership,
  Member,
  Organization,
  OrganizationInvite,
  SsoConfiguration,
} from "../records.ts";
import { memberStatuses, roles } from "./members.ts";

export interface StoredForm<Result> {
  write(result: Result): object;
  /** Of what `write` gave, its lists and maps as JSON and its booleans as 0 or 1. */
  read(stored: Row): Result;
}

export function toStored<Result>(form: StoredForm<Result>, result: Result): string {
  const fields = Object.entries(form.write(result)).map(([name, value]) => [name, toColumn(value)]);
  return JSON.stringify(Object.fromEntries(fields));
}

export function fromStored<Result>(form: StoredForm<Result>, text: string): Result {
  const stored: Row = JSON.parse(text);
  return form.read(stored);
}

function toColumn(value: unknown): unknown {
  if (typeof value === "boolean") return fromFlag(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : value;
}

const asItIs = <Result extends object>(result: Result): object => result;

export const organizationForm: StoredForm<Organization> = {
  write: asItIs,
  read: (stored) => ({
    id: id(stored, "id"),
    name: text(stored, "name"),
    tier: oneOf(stored, "tier", ["free", "enterprise", "core"]),
    inviteDomains: stringList(stored, "inviteDomains"),
    createdAtMs: integer(stored, "createdAtMs"),
    updatedAtMs: integer(stored, "updatedAtMs"),
  }),
};

export const memberForm: StoredForm<Member> = {
  write: asItIs,
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    userId: id(stored, "userId"),
    email: text(stored, "email"),
    fullName: text(stored, "fullName"),
    avatarUrl: text(stored, "avatarUrl"),
    role: oneOf(stored, "role", roles),
    status: oneOf(stored, "status", memberStatuses),
    loginProvider: text(stored, "loginProvider"),
    memberSinceMs: integer(stored, "memberSinceMs"),
    updatedAtMs: integer(stored, "updatedAtMs"),
  }),
};

export const inviteForm: StoredForm<OrganizationInvite> = {
  write: asItIs,
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    id: id(stored, "id"),
    createdAtMs: integer(stored, "createdAtMs"),
  }),
};

/** Without the client secret: it is in its own place alone, and no answer has it. */
export const ssoConfigurationForm: StoredForm<SsoConfiguration> = {
  write: (configuration) => ({ ...configuration, sealedClientSecret: "" }),
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    id: id(stored, "id"),
    clientId: text(stored, "clientId"),
    sealedClientSecret: text(stored, "sealedClientSecret"),
    issuerUrl: text(stored, "issuerUrl"),
    state: oneOf(stored, "state", ["active", "inactive"]),
    providerType: oneOf(stored, "providerType", ["builtin", "custom"]),
    emailDomains: stringList(stored, "emailDomains"),
    displayName: text(stored, "displayName"),
    additionalScopes: stringList(stored, "additionalScopes"),
    claims: stringMap(stored, "claims"),
    claimsExpression: text(stored, "claimsExpression"),
    createdAtMs: integer(stored, "createdAtMs"),
    updatedAtMs: integer(stored, "updatedAtMs"),
  }),
};

export const groupForm: StoredForm<Group> = {
  write: asItIs,
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    id: id(stored, "id"),
    // Directories make their groups in another way.
    scimConfigurationId: undefined,
    name: text(stored, "name"),
    description: text(stored, "description"),
    memberCount: integer(stored, "memberCount"),
    createdAtMs: integer(stored, "createdAtMs"),
    updatedAtMs: integer(stored, "updatedAtMs"),
  }),
};

export const groupMembershipForm: StoredForm<GroupMembership> = {
  write: asItIs,
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    groupId: id(stored, "groupId"),
    userId: id(stored, "userId"),
    id: id(stored, "id"),
    name: text(stored, "name"),
    avatarUrl: text(stored, "avatarUrl"),
  }),
};

export const domainVerificationForm: StoredForm<DomainVerification> = {
  write: asItIs,
  read: (stored) => ({
    organizationId: id(stored, "organizationId"),
    id: id(stored, "id"),
    domain: text(stored, "domain"),
    state: oneOf(stored, "state", ["pending", "verified"]),
    verificationToken: text(stored, "verificationToken"),
    verifiedAtMs: stored.verifiedAtMs === undefined ? undefined : integer(stored, "verifiedAtMs"),
    createdAtMs: integer(stored, "createdAtMs"),
  }),
};
