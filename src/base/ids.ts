/** Branded identifiers: two ids that must not be swapped are two types. */

declare const brand: unique symbol;
type Id<Kind extends string> = string & { readonly [brand]: Kind };

export type OrganizationId = Id<"organization">;
export type UserId = Id<"user">;
export type SsoConfigurationId = Id<"sso-configuration">;
export type ScimConfigurationId = Id<"scim-configuration">;
export type PersonalAccessTokenId = Id<"personal-access-token">;
export type GroupId = Id<"group">;
export type GroupMembershipId = Id<"group-membership">;
export type DomainVerificationId = Id<"domain-verification">;
export type OrganizationInviteId = Id<"organization-invite">;
export type OperatorId = Id<"operator">;
export type EventId = Id<"event">;
export type AnyId =
  | OrganizationId
  | UserId
  | SsoConfigurationId
  | ScimConfigurationId
  | PersonalAccessTokenId
  | GroupId
  | GroupMembershipId
  | DomainVerificationId
  | OrganizationInviteId
  | OperatorId
  | EventId;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * The id in canonical (lower-case) form. The one place where a string becomes an id.
 *
 * @throws RangeError when `value` is not a UUID; the value itself is not repeated.
 */
export function parseId<T extends AnyId>(value: string): T {
  const canonical = value.toLowerCase();
  if (!isUuid<T>(canonical)) throw new RangeError("not a UUID");
  return canonical;
}

function isUuid<T extends AnyId>(value: string): value is T {
  return uuidPattern.test(value);
}
