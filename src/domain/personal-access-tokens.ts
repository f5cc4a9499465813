import type { OrganizationId, PersonalAccessTokenId, UserId } from "../base/ids.ts";
import { mintToken } from "../keys/token-format.ts";
import type { PersonalAccessToken } from "../storage/records.ts";
import type { Page } from "../storage/storage.ts";
import { auditOf, type DomainContext } from "./context.ts";
import { DomainError } from "./errors.ts";
import type { Caller, Principal } from "./principal.ts";

/** 30 days, when the request names no lifetime. The bound, 90 days, is the proto's. */
export const defaultLifetimeMs = 30 * 24 * 60 * 60 * 1000;

export interface NewPersonalAccessToken {
  readonly userId: UserId;
  readonly description: string;
  /** 0 or undefined: the default. */
  readonly lifetimeMs: number | undefined;
  readonly readOnly: boolean;
}

export interface IssuedPersonalAccessToken {
  readonly record: PersonalAccessToken;
  /** Shown this once. */
  readonly token: string;
}

/**
 * A token for oneself, or by the operator for anybody: nobody else can act in a person's name.
 *
 * @throws permission_denied for another person; not_found for one who is not an active member
 */
export async function createPersonalAccessToken(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  input: NewPersonalAccessToken,
): Promise<IssuedPersonalAccessToken> {
  const { principal } = caller;
  if (principal.kind === "user" && principal.id !== input.userId) {
    throw new DomainError("permission_denied", "user_id: a token can only be created for yourself");
  }
  const audit = auditOf(context, caller);
  const token = mintToken("pat");
  const record: PersonalAccessToken = {
    organizationId,
    id: context.ids.next<PersonalAccessTokenId>(),
    userId: input.userId,
    description: input.description,
    creatorId: principal.id,
    creatorPrincipal: principal.kind,
    readOnly: input.readOnly,
    createdAtMs: audit.atMs,
    expiresAtMs: audit.atMs + (input.lifetimeMs || defaultLifetimeMs),
    lastUsedAtMs: undefined,
  };
  await context.storage.personalAccessTokens.create(
    organizationId,
    record,
    context.keyring.hashToken(token),
    audit,
  );
  return { record, token };
}

/** One's own, or any of the organization for an admin. @throws permission_denied; not_found */
export async function getPersonalAccessToken(
  context: DomainContext,
  principal: Principal,
  organizationId: OrganizationId,
  id: PersonalAccessTokenId,
): Promise<PersonalAccessToken> {
  const token = await context.storage.personalAccessTokens.get(organizationId, id);
  if (!seesAllTokens(principal) && token.userId !== principal.id) {
    throw new DomainError("permission_denied", "another member's token: this needs the role ADMIN");
  }
  return token;
}

/**
 * The tokens that the caller sees: a member their own, an admin the organization's, the operator all.
 * `userIds` narrows that further and never widens it.
 */
export async function listPersonalAccessTokens(
  context: DomainContext,
  principal: Principal,
  userIds: readonly UserId[] | undefined,
  page: Page<PersonalAccessTokenId>,
): Promise<readonly PersonalAccessToken[]> {
  const { personalAccessTokens } = context.storage;
  if (principal.kind === "operator") return await personalAccessTokens.listAll(userIds, page);
  if (seesAllTokens(principal)) {
    return await personalAccessTokens.list(principal.organizationId, userIds, page);
  }
  if (userIds !== undefined && !userIds.includes(principal.id)) return [];
  return await personalAccessTokens.list(principal.organizationId, [principal.id], page);
}

/** The token opens nothing once this resolves. @throws permission_denied; not_found */
export async function deletePersonalAccessToken(
  context: DomainContext,
  caller: Caller,
  organizationId: OrganizationId,
  id: PersonalAccessTokenId,
): Promise<void> {
  await getPersonalAccessToken(context, caller.principal, organizationId, id);
  await context.storage.personalAccessTokens.delete(organizationId, id, auditOf(context, caller));
}

function seesAllTokens(principal: Principal): boolean {
  return principal.kind === "operator" || principal.role === "admin";
}
