/**
 * The storage contract of SCIM's directories. A SCIM configuration is a tenant of its own within its organization: what
 * another configuration has is `not_found`, also within the same organization.
 *
 * Obligations, besides those of `storage.ts`:
 * - What a write does to the organization (members, groups, tokens that die with a suspension) is in the same transaction.
 * - `change` functions are pure, are called within the transaction on what it has locked, and may be called again when it
 *   is retried. What they throw rolls the operation back and reaches the caller as it is.
 * - One user or one membership costs the same in a directory of any size.
 */
import type { GroupId, OrganizationId, ScimConfigurationId, UserId } from "../base/ids.ts";
import type { Condition, Sort } from "../scim/filter/condition.ts";
import type { SearchDocument } from "../scim/resource/search-document.ts";
import type { Audit } from "./records.ts";

/** More are refused as `too_many_members`. */
export const groupMembersMax = 200_000;

export interface DirectoryTenant {
  readonly organizationId: OrganizationId;
  readonly configurationId: ScimConfigurationId;
}

/** What a directory keeps of a user, as the domain derives it from the resource. */
export interface UserContent {
  readonly userName: string;
  readonly externalId: string | undefined;
  readonly active: boolean;
  /** The resource as JSON text without id, meta and groups; begins with its `schemas`. */
  readonly document: string;
  readonly search: SearchDocument;
  /** What the member is called; also shown as `display` in groups. */
  readonly displayName: string;
  /** The member's. The primary email, or else what identifies the person. */
  readonly email: string;
}

export interface DirectoryUser {
  /** The member's: the same person has the same id in the management API. */
  readonly id: UserId;
  readonly userName: string;
  readonly externalId: string | undefined;
  readonly active: boolean;
  readonly document: string;
  /** Grows with every change of this row. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** The directory's groups that the user is in, by id. */
  readonly groups: readonly GroupReference[];
}

export interface GroupReference {
  readonly id: GroupId;
  readonly displayName: string;
}

export interface NewUser {
  /** For a member who does not exist yet. */
  readonly id: UserId;
  readonly content: UserContent;
  /** Without it, an email that is a member's already is linked only when its domain is verified for the organization. */
  readonly allowUnverifiedLinking: boolean;
}

export interface GroupContent {
  readonly displayName: string;
  readonly externalId: string | undefined;
  /** The resource as JSON text without id, meta and members; begins with its `schemas`. */
  readonly document: string;
  readonly search: SearchDocument;
}

export interface DirectoryGroup {
  readonly id: GroupId;
  readonly displayName: string;
  readonly externalId: string | undefined;
  readonly document: string;
  readonly memberCount: number;
  /** Grows with every change of the group, of its members, and of how they are displayed. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

export interface MemberReference {
  readonly userId: UserId;
  readonly display: string;
}

/** In order of user id. */
export interface MemberPage {
  readonly members: readonly MemberReference[];
  /** Where the next page begins; undefined after the last. */
  readonly nextAfter: UserId | undefined;
}

/** A group and its members as of one moment, however long it takes. Disposing of it, which never fails, is its opener's. */
export interface MembersReading extends AsyncDisposable {
  readonly group: DirectoryGroup;
  /**
   * All members in order of user id, a page at a time as it is asked for. To be called once.
   *
   * @throws unavailable when it was open for too long, was disposed of, or the storage closes
   */
  pages(): AsyncIterable<readonly MemberReference[]>;
}

export type MembersChange =
  /** No id is in both. Adding who is there, and removing who is not, change nothing. */
  | { readonly kind: "delta"; readonly add: readonly UserId[]; readonly remove: readonly UserId[] }
  | { readonly kind: "replace"; readonly members: readonly UserId[] };

export interface GroupChange {
  readonly content?: GroupContent | undefined;
  readonly members?: MembersChange | undefined;
}

/** Where a list goes on: the sort key's value and the id of the last item. */
export interface ListPosition {
  /** Undefined for one without the key, and for lists that are sorted by id alone. */
  readonly key: string | number | undefined;
  readonly id: string;
}

export interface DirectoryQuery {
  readonly condition: Condition | undefined;
  /** Undefined: by id. Ties are broken by id, in the same direction. */
  readonly sort: Sort | undefined;
  readonly page:
    | { readonly kind: "offset"; readonly offset: number; readonly limit: number }
    | { readonly kind: "after"; readonly after: ListPosition | undefined; readonly limit: number };
}

export interface DirectoryPage<Item> {
  readonly items: readonly Item[];
  /** All that match, on whatever page. */
  readonly total: number;
  /** Of the last item, when there are more after it. */
  readonly next: ListPosition | undefined;
}

export interface DirectoryUserRepository {
  /**
   * Creates the user and their member, or links them to the member who has the email. A linked member keeps email and
   * role; one who has left, or whom this configuration made, is taken up again, as MEMBER when they had left.
   *
   * @throws already_exists (directory_user, with the key `userName`, `externalId` or `email`); link_refused when the
   *   email is a member's whom it may not be linked to; last_admin when that is the organization's last one and the user is
   *   inactive; not_found (scim_configuration)
   */
  create(tenant: DirectoryTenant, user: NewUser, audit: Audit): Promise<DirectoryUser>;
  /** @throws not_found (directory_user) */
  get(tenant: DirectoryTenant, id: UserId): Promise<DirectoryUser>;
  /**
   * @param change undefined for no change: nothing is written then
   * @throws not_found (directory_user); already_exists as `create`; last_admin when it would suspend the organization's last one
   */
  update(
    tenant: DirectoryTenant,
    id: UserId,
    change: (current: DirectoryUser) => UserContent | undefined,
    audit: Audit,
  ): Promise<DirectoryUser>;
  /**
   * The member has left, unless another configuration still has them; the user is in no group any more.
   *
   * @param check throws to refuse
   * @throws not_found (directory_user); last_admin
   */
  delete(
    tenant: DirectoryTenant,
    id: UserId,
    check: (current: DirectoryUser) => void,
    audit: Audit,
  ): Promise<void>;
  list(tenant: DirectoryTenant, query: DirectoryQuery): Promise<DirectoryPage<DirectoryUser>>;
}

export interface DirectoryGroupRepository {
  /**
   * @throws already_exists (directory_group, with the key `displayName` or `externalId`); not_found (directory_user) for a
   *   member who is no user of this directory; too_many_members; not_found (scim_configuration)
   */
  create(
    tenant: DirectoryTenant,
    group: { readonly id: GroupId; readonly content: GroupContent; readonly members: readonly UserId[] },
    audit: Audit,
  ): Promise<DirectoryGroup>;
  /** @throws not_found (directory_group) */
  get(tenant: DirectoryTenant, id: GroupId): Promise<DirectoryGroup>;
  /** The group with its first members, of one moment. @throws not_found (directory_group) */
  getWithMembers(
    tenant: DirectoryTenant,
    id: GroupId,
    limit: number,
  ): Promise<{ readonly group: DirectoryGroup; readonly page: MemberPage }>;
  /**
   * The group with all its members, for those who have more than a page. What is read is held, of which there is little: few
   * readings are open at the same time, and each for a minute at most.
   *
   * @throws not_found (directory_group); unavailable when too many are open
   */
  readMembers(tenant: DirectoryTenant, id: GroupId, pageSize: number): Promise<MembersReading>;
  /** @throws not_found (directory_group, or directory_user for a member); already_exists; too_many_members */
  update(
    tenant: DirectoryTenant,
    id: GroupId,
    change: (current: DirectoryGroup) => GroupChange,
    audit: Audit,
  ): Promise<DirectoryGroup>;
  /** @throws not_found (directory_group) */
  delete(
    tenant: DirectoryTenant,
    id: GroupId,
    check: (current: DirectoryGroup) => void,
    audit: Audit,
  ): Promise<void>;
  /** Without their members. */
  list(tenant: DirectoryTenant, query: DirectoryQuery): Promise<DirectoryPage<DirectoryGroup>>;
}
