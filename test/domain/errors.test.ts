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
