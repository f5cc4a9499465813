import { describe, expect, it } from "vitest";
import { resolveSort } from "../../../src/scim/filter/sort.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { refusalOf } from "./support/refusal.ts";

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("what users are sorted by", () => {
  it.each([
    ["userName", { kind: "key", key: "userName" }],
    ["USERNAME", { kind: "key", key: "userName" }],
    ["urn:ietf:params:scim:schemas:core:2.0:User:userName", { kind: "key", key: "userName" }],
    ["id", { kind: "key", key: "id" }],
    ["externalId", { kind: "key", key: "externalId" }],
    ["active", { kind: "key", key: "active" }],
    ["name.familyName", { kind: "key", key: "name.familyName" }],
    ["department", { kind: "key", key: `${enterprise}:department` }],
    [`${enterprise}:manager.displayName`, { kind: "key", key: `${enterprise}:manager.displayName` }],
    ["manager", { kind: "key", key: `${enterprise}:manager.value` }],
    ["emails", { kind: "element", list: "emails", key: "value" }],
    ["emails.value", { kind: "element", list: "emails", key: "value" }],
    ["emails.Type", { kind: "element", list: "emails", key: "type" }],
    ["addresses.locality", { kind: "element", list: "addresses", key: "locality" }],
    ["meta.created", { kind: "time", key: "meta.created" }],
    ["Meta.LastModified", { kind: "time", key: "meta.lastModified" }],
  ])("is, for sortBy=%s, %j", (sortBy, by) => {
    expect(resolveSort(resourceTypes.User, sortBy, undefined)).toEqual({ by, descending: false });
  });

  it.each([
    ["", 400, "invalidPath"],
    ["unknown", 400, "invalidPath"],
    ["constructor", 400, "invalidPath"],
    ["__proto__", 400, "invalidPath"],
    ["userName.value", 400, "invalidPath"],
    ["emails.unknown", 400, "invalidPath"],
    ['emails[type eq "work"].value', 400, "invalidPath"],
    ["members", 400, "invalidPath"],
    [enterprise, 400, "invalidPath"],
    ["name", 400, "invalidValue"],
    ["addresses", 400, "invalidValue"],
    ["groups", 400, "invalidValue"],
    ["groups.value", 400, "invalidValue"],
    ["manager.$ref", 400, "invalidValue"],
    ["schemas", 400, "invalidValue"],
    ["meta", 400, "invalidValue"],
    ["meta.resourceType", 400, "invalidValue"],
    ["meta.version", 400, "invalidValue"],
    ["password", 403, "sensitive"],
  ])("is not %j: %i %s", (sortBy, status, scimType) => {
    expect(refusalOf(() => resolveSort(resourceTypes.User, sortBy, undefined))).toMatchObject({
      status,
      scimType,
    });
  });
});

describe("what groups are sorted by", () => {
  it("is their name, and not their members", () => {
    const by = { kind: "key", key: "displayName" };
    expect(resolveSort(resourceTypes.Group, "displayName", undefined)).toEqual({ by, descending: false });
    for (const sortBy of ["members", "members.value"]) {
      const refusal = refusalOf(() => resolveSort(resourceTypes.Group, sortBy, undefined));
      expect(refusal).toMatchObject({ status: 400, scimType: "invalidValue" });
    }
  });
});

describe("sortOrder", () => {
  it.each([
    [undefined, false],
    ["ascending", false],
    ["Ascending", false],
    ["descending", true],
    ["DESCENDING", true],
  ])("may be %s, which is descending: %s", (sortOrder, descending) => {
    expect(resolveSort(resourceTypes.User, "userName", sortOrder)).toMatchObject({ descending });
  });

  it.each(["", "desc", "down", "ascending "])("may not be %j", (sortOrder) => {
    const refusal = refusalOf(() => resolveSort(resourceTypes.User, "userName", sortOrder));
    expect(refusal).toMatchObject({ status: 400, scimType: "invalidValue" });
  });
});
