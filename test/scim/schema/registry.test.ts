import { describe, expect, it } from "vitest";
import { pathOf } from "../../../src/scim/resource/flat-keys.ts";
import { commonAttributes } from "../../../src/scim/schema/common.ts";
import { findAttribute, resolvePath, resourceTypes, searchKeyOf } from "../../../src/scim/schema/registry.ts";

const { User, Group } = resourceTypes;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const core = "urn:ietf:params:scim:schemas:core:2.0:User";

describe("a path", () => {
  it.each([
    ["userName", "userName"],
    ["USERNAME", "userName"],
    ["Name.GIVENNAME", "name.givenName"],
    ["emails.value", "emails.value"],
    ["id", "id"],
    ["Meta.LastModified", "meta.lastModified"],
    [`${core}:userName`, "userName"],
    [`${core.toUpperCase()}:NAME.FAMILYNAME`, "name.familyName"],
    [`${core}:externalId`, "externalId"],
    [`${enterprise}:department`, `${enterprise}:department`],
    [`${enterprise.toLowerCase()}:MANAGER.VALUE`, `${enterprise}:manager.value`],
    ["manager", `${enterprise}:manager`],
    ["manager.displayName", `${enterprise}:manager.displayName`],
    // A user's own, not the manager's.
    ["displayName", "displayName"],
  ])("%s names %s", (path, canonical) => {
    const target = resolvePath(User, path);
    expect(target?.kind === "attribute" && pathOf(target)).toBe(canonical);
  });

  it("that is an extension's URN names the extension", () => {
    expect(resolvePath(User, enterprise.toUpperCase())).toEqual({
      kind: "extension",
      schema: User.extensions[0],
    });
  });

  it.each([
    "",
    ".",
    "shoeSize",
    "userName.value",
    "name.",
    "name.alias",
    "name.givenName.x",
    ".givenName",
    " userName",
    core,
    `${core}:`,
    `${core}:department`,
    `${enterprise}:`,
    `${enterprise}:userName`,
    `${enterprise}:id`,
    `${enterprise}.department`,
    "urn:example:x:userName",
    "members",
    "constructor",
    "__proto__",
    "name.__proto__",
    "emails[0].value",
  ])("%j names nothing of a user", (path) => {
    expect(resolvePath(User, path)).toBeUndefined();
  });

  it("of another type's extension names nothing", () => {
    expect(resolvePath(Group, "manager")).toBeUndefined();
    expect(resolvePath(Group, enterprise)).toBeUndefined();
    expect(resolvePath(Group, `${core}:displayName`)).toBeUndefined();
  });
});

it("a key of search has the URN of an extension, and no sub-attribute for lists", () => {
  const keyOf = (path: string) => {
    const target = resolvePath(User, path);
    return target?.kind === "attribute" ? searchKeyOf(target) : undefined;
  };
  expect(keyOf("NAME.givenname")).toBe("name.givenName");
  expect(keyOf("emails.value")).toBe("emails");
  expect(keyOf("manager.value")).toBe(`${enterprise}:manager.value`);
});

describe("the registry", () => {
  it("has no two attributes of a schema that differ in case alone, nor one that is called like a common one", () => {
    for (const type of [User, Group]) {
      const lists = [
        [...commonAttributes, ...type.schema.attributes],
        ...type.extensions.map((each) => each.attributes),
      ];
      const subLists = lists.flat().map(({ subAttributes = [] }) => subAttributes);
      for (const list of [...lists, ...subLists]) {
        const names = list.map(({ name }) => name.toLowerCase());
        expect(new Set(names).size).toBe(names.length);
      }
    }
  });

  it("has names that RFC 7643 section 2.1 allows", () => {
    const all = [User, Group].flatMap((type) => [
      ...type.schema.attributes,
      ...type.extensions.flatMap(({ attributes }) => attributes),
    ]);
    for (const attribute of [...commonAttributes, ...all].flatMap((each) => [
      each,
      ...(each.subAttributes ?? []),
    ])) {
      expect(attribute.name).toMatch(/^(?:[A-Za-z][\w-]*|\$ref)$/);
    }
  });

  it("says what the service decided: keys of identity and of secrets", () => {
    const { attributes } = User.schema;
    expect(findAttribute(commonAttributes, "externalId")).toMatchObject({
      caseExact: true,
      uniqueness: "server",
    });
    expect(findAttribute(commonAttributes, "id")).toMatchObject({
      caseExact: true,
      returned: "always",
      mutability: "readOnly",
    });
    expect(findAttribute(commonAttributes, "schemas")).toMatchObject({ returned: "always" });
    expect(findAttribute(attributes, "password")).toMatchObject({
      mutability: "writeOnly",
      returned: "never",
    });
  });
});
