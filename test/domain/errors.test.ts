import { describe, expect, it } from "vitest";
import { DomainError, fromStorageError, notFoundError } from "../../src/domain/errors.ts";
import { StorageError, type StorageFault } from "../../src/storage/errors.ts";

describe("a storage fault as the domain's error", () => {
  const faults: readonly (readonly [StorageFault, DomainError["kind"], string])[] = [
    [{ kind: "not_found", entity: "user" }, "not_found", "user not found"],
    [{ kind: "not_found", entity: "sso_configuration" }, "not_found", "SSO configuration not found"],
    [{ kind: "already_exists", entity: "organization" }, "already_exists", "organization already exists"],
    [
      { kind: "referenced", entity: "scim_configuration" },
      "failed_precondition",
      "SCIM configuration is still referred to: remove what refers to it first",
    ],
    [
      { kind: "last_admin", entity: "user" },
      "failed_precondition",
      "the organization would be left without an active admin: give the role ADMIN to another member first",
    ],
    [
      { kind: "directory_managed", entity: "user" },
      "failed_precondition",
      "the identity provider manages this person through SCIM, and would bring them back: deprovision them there",
    ],
    [
      { kind: "deactivated", entity: "user" },
      "failed_precondition",
      "the identity provider has deactivated this person through SCIM: activate them there",
    ],
    [
      { kind: "suspended", entity: "user" },
      "permission_denied",
      "you are suspended in this organization: ask an admin of it to lift that",
    ],
    [
      { kind: "key_reused", entity: "record" },
      "invalid_argument",
      "Idempotency-Key: it was used for another request; use a new key for each",
    ],
    [
      { kind: "already_made", entity: "record" },
      "already_exists",
      "this was done before under the same Idempotency-Key, and a token is shown only once: if it was lost, ask for another " +
        "under a new key, and delete what is not needed",
    ],
    [
      { kind: "unavailable", reason: "SQLITE_BUSY on /var/lib/organization.db" },
      "unavailable",
      "the database is not available at the moment: try again",
    ],
  ];

  it.each(faults)("%o", (fault, kind, message) => {
    const error = fromStorageError(new StorageError(fault, { cause: new Error("driver text") }));
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ kind, message });
  });

  it("keeps the fault as its cause, for the log", () => {
    const fault = new StorageError({ kind: "unavailable", reason: "the disk is full" });
    expect(fromStorageError(fault)).toMatchObject({ cause: fault, retryAfterSeconds: 1 });
  });

  it("is what every other value stays as it is", () => {
    const values = [new Error("defect"), new DomainError("not_found", "x"), "text", undefined];
    for (const value of values) expect(fromStorageError(value)).toBe(value);
  });
});

describe("notFoundError", () => {
  it("says what was not found, and nothing of which", () => {
    expect(notFoundError("personal_access_token").message).toBe("personal access token not found");
  });
});
