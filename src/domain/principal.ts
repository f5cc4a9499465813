/** Who calls. */
import type { OperatorId, OrganizationId, PersonalAccessTokenId, UserId } from "../base/ids.ts";
import type { IdempotencyKey, Role } from "../storage/records.ts";

/** The installation's own administrator: may do everything in every organization, and is no person. */
export interface Operator {
  readonly kind: "operator";
  readonly id: OperatorId;
}

/** A member, through a personal access token. */
export interface User {
  readonly kind: "user";
  readonly id: UserId;
  readonly organizationId: OrganizationId;
  readonly role: Role;
  readonly tokenId: PersonalAccessTokenId;
  /** The token may not change anything. */
  readonly readOnly: boolean;
}

export type Principal = Operator | User;

/** A principal in the course of one request. */
export interface Caller {
  readonly principal: Principal;
  readonly requestId: string;
  /** Under which a creation happens once. */
  readonly idempotency?: IdempotencyKey | undefined;
}
