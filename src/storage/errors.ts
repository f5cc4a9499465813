/** What storage can answer besides a result. Driver errors are kept as causes and never leave as text. */

export type Entity =
  | "organization"
  | "user"
  | "sso_configuration"
  | "scim_configuration"
  | "personal_access_token"
  | "group"
  | "group_membership"
  | "domain_verification"
  | "organization_invite"
  /** A user, or a group, as a SCIM configuration's directory has it. */
  | "directory_user"
  | "directory_group";

/** What a unique key is called in SCIM. */
export type UniqueKey = "userName" | "externalId" | "displayName" | "email";

export type StorageFault =
  /** Nothing with that id in that organization. */
  | { readonly kind: "not_found"; readonly entity: Entity }
  /** A unique key is taken. The key is named where the caller can choose another. */
  | { readonly kind: "already_exists"; readonly entity: Entity | "record"; readonly key?: UniqueKey }
  /** The email is a member's to whom the directory may not link a user of its own. */
  | { readonly kind: "link_refused"; readonly entity: "directory_user" }
  /** It would leave the organization without an active admin. */
  | { readonly kind: "last_admin"; readonly entity: "user" }
  | {
      readonly kind: "too_many_members";
      readonly entity: "group" | "directory_group";
      readonly max: number;
    }
  /** A directory has the person, who would be back at its next synchronization. */
  | { readonly kind: "directory_managed"; readonly entity: "user" }
  /** A directory says that the person is inactive. */
  | { readonly kind: "deactivated"; readonly entity: "user" }
  /** Suspended in the organization that they want to join. */
  | { readonly kind: "suspended"; readonly entity: "user" }
  /** A directory says that the person has the email, and its organization has not verified the domain. */
  | { readonly kind: "unproven_email"; readonly entity: "user" }
  /** The idempotency key is another request's. */
  | { readonly kind: "key_reused"; readonly entity: "record" }
  /** Made before under the same idempotency key, with a secret that is shown once. */
  | { readonly kind: "already_made"; readonly entity: "record" }
  /** A directory manages it, and it alone changes it. */
  | { readonly kind: "system_managed"; readonly entity: "group" }
  /** Another record still refers to it, or what it refers to is gone. */
  | { readonly kind: "referenced"; readonly entity: Entity | "record" }
  /** Not now: locked, full, gone. Nothing was written, but where a commit's outcome could not be learned. */
  | { readonly kind: "unavailable"; readonly reason: string };

export class StorageError extends Error {
  readonly fault: StorageFault;

  constructor(fault: StorageFault, options?: { cause?: unknown }) {
    super(`storage: ${fault.kind}${"entity" in fault ? ` (${fault.entity})` : `: ${fault.reason}`}`, options);
    this.name = "StorageError";
    this.fault = fault;
  }
}

export function notFound(entity: Entity): StorageError {
  return new StorageError({ kind: "not_found", entity });
}

/** The answer of a storage that is closing or closed. */
export function shuttingDown(): StorageError {
  return new StorageError({ kind: "unavailable", reason: "shutting down" });
}

/** The database cannot be opened: one line for the operator, who must act. */
export class StorageOpenError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "StorageOpenError";
  }
}
