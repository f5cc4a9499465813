/** Deny by default: who may act on what, decided before anything of it is read. */
import type { OrganizationId } from "../base/ids.ts";
import type { Role } from "../storage/records.ts";
import type { LocatableKind } from "../storage/storage.ts";
import { DomainError, notFoundError } from "./errors.ts";
import type { Principal } from "./principal.ts";

/** A member's role does all that a lower one does. */
const rank: Readonly<Record<Role, number>> = { member: 0, admin: 1 };

/** @throws permission_denied when the token may only read */
export function requireWritable(principal: Principal): void {
  if (principal.kind === "user" && principal.readOnly) {
    throw new DomainError(
      "permission_denied",
      "this personal access token is read-only: use one that is not",
    );
  }
}

/** @throws permission_denied */
export function requireOperator(principal: Principal): void {
  if (principal.kind !== "operator") {
    throw new DomainError("permission_denied", "only the operator may do this: use the operator token");
  }
}

/**
 * The organization in which the principal may act with at least `role`.
 *
 * @param owner whose the resource is; undefined when there is none such
 * @throws not_found for what is not theirs, whether or not it exists; permission_denied for a role too low
 */
export function authorize(
  principal: Principal,
  role: Role,
  kind: LocatableKind,
  owner: OrganizationId | undefined,
): OrganizationId {
  if (owner === undefined) throw notFoundError(kind);
  if (principal.kind === "operator") return owner;
  if (principal.organizationId !== owner) throw notFoundError(kind);
  if (rank[principal.role] < rank[role]) {
    throw new DomainError(
      "permission_denied",
      `this needs the role ${role.toUpperCase()} in the organization`,
    );
  }
  return owner;
}
