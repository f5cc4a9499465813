/** What the domain can refuse. The message is public: it names the field and the remedy, and repeats no input. */
import { type Entity, StorageError } from "../storage/errors.ts";

export type DomainErrorKind =
  | "invalid_argument"
  | "not_found"
  | "already_exists"
  | "failed_precondition"
  | "permission_denied"
  | "unauthenticated"
  | "resource_exhausted"
  | "deadline_exceeded"
  | "unavailable";

export class DomainError extends Error {
  readonly kind: DomainErrorKind;
  /** After how many seconds a retry makes sense. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: DomainErrorKind,
    message: string,
    options?: { readonly cause?: unknown; readonly retryAfterSeconds?: number },
  ) {
    super(message, { cause: options?.cause });
    this.name = "DomainError";
    this.kind = kind;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

const nouns: Readonly<Record<Entity | "record", string>> = {
  organization: "organization",
  user: "user",
  sso_configuration: "SSO configuration",
  scim_configuration: "SCIM configuration",
  personal_access_token: "personal access token",
  group: "group",
  group_membership: "group membership",
  domain_verification: "domain verification",
  organization_invite: "organization invite",
  directory_user: "user",
  directory_group: "group",
  record: "record",
};

/** The same text for what never existed, was deleted, and belongs to another organization. */
export function notFoundError(entity: Entity, cause?: unknown): DomainError {
  return new DomainError("not_found", `${nouns[entity]} not found`, { cause });
}

/** Storage's answer as the domain's. Anything else is not for the public, and stays what it is. */
export function fromStorageError(error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  const { fault } = error;
  switch (fault.kind) {
    case "not_found":
      return notFoundError(fault.entity, error);
    case "already_exists":
      return new DomainError("already_exists", `${nouns[fault.entity]} already exists`, { cause: error });
    case "last_admin":
      return new DomainError(
        "failed_precondition",
        "the organization would be left without an active admin: give the role ADMIN to another member first",
        { cause: error },
      );
    case "directory_managed":
      return new DomainError(
        "failed_precondition",
        "the identity provider manages this person through SCIM, and would bring them back: deprovision them there",
        { cause: error },
      );
    case "deactivated":
      return new DomainError(
        "failed_precondition",
        "the identity provider has deactivated this person through SCIM: activate them there",
        { cause: error },
      );
    case "suspended":
      return new DomainError(
        "permission_denied",
        "you are suspended in this organization: ask an admin of it to lift that",
        { cause: error },
      );
    case "unproven_email":
      return new DomainError(
        "failed_precondition",
        "your email address comes from the identity provider of your organization, which has not verified its domain: " +
          "have an admin of your organization verify it (CreateDomainVerification, VerifyDomain)",
        { cause: error },
      );
    case "key_reused":
      return new DomainError(
        "invalid_argument",
        "Idempotency-Key: it was used for another request; use a new key for each",
        { cause: error },
      );
    case "already_made":
      return new DomainError(
        "already_exists",
        "this was done before under the same Idempotency-Key, and a token is shown only once: if it was lost, ask for " +
          "another under a new key, and delete what is not needed",
        { cause: error },
      );
    case "system_managed":
      return new DomainError(
        "failed_precondition",
        "the identity provider manages this group through SCIM: change it there",
        { cause: error },
      );
    case "too_many_members":
      return new DomainError("failed_precondition", `a group has at most ${fault.max} members`, {
        cause: error,
      });
    // What a directory alone can answer: SCIM has its own words for it.
    case "link_refused":
      return error;
    case "referenced":
      return new DomainError(
        "failed_precondition",
        `${nouns[fault.entity]} is still referred to: remove what refers to it first`,
        { cause: error },
      );
    case "unavailable":
      return new DomainError("unavailable", "the database is not available at the moment: try again", {
        cause: error,
        retryAfterSeconds: 1,
      });
  }
}
