import { describe, expect, it } from "vitest";
import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../../src/scim/json.ts";
import { limits } from "../../../src/scim/limits.ts";
import {
  type Names,
  parseSelection,
  project,
  selects,
  selectsAll,
} from "../../../src/scim/projection/selection.ts";
import { resourceTypes } from "../../../src/scim/schema/registry.ts";
import { type Row, readRows } from "../support/fixtures.ts";

const { User, Group } = resourceTypes;
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const user: JsonObject = {
  schemas: [User.schema.id, enterprise],
  id: "1",
  externalId: "e",
  userName: "bj",
  name: { familyName: "Jensen", givenName: "Barbara" },
  active: true,
  emails: [
    { value: "a@example.com", type: "work", primary: true },
    { value: "b@example.com", type: "home" },
  ],
  addresses: [{ locality: "Hollywood" }],
  [enterprise]: { department: "Tours", manager: { value: "2", $ref: "../Users/2" } },
  groups: [{ value: "g", display: "Guides" }],
  meta: { resourceType: "User", version: "1" },
};

const group: JsonObject = {
  schemas: [Group.schema.id],
  id: "1",
  displayName: "Guides",
  meta: { resourceType: "Group", version: "1" },
  members: [
    { value: "1", $ref: "../Users/1", type: "User", display: "Barbara" },
    { value: "2", $ref: "../Users/2", type: "User", display: "Mandy" },
  ],
};

/** The leaves of a resource as paths, each once: `emails.value`. */
function pathsOf(resource: JsonObject): string[] {
  const paths = new Set<string>();
  const visit = (path: string, value: JsonValue): void => {
    if (isJsonArray(value) && value.some(isJsonObject)) for (const each of value) visit(path, each);
    else if (isJsonObject(value))
      for (const [name, each] of Object.entries(value)) visit(`${path}.${name}`, each);
    else paths.add(path);
  };
  for (const [name, value] of Object.entries(resource))
    visit(name === enterprise ? "enterprise" : name, value);
  return [...paths];
}

function namesIn(row: Row, key: string): Names {
  if (!row.has(key)) return undefined;
  const value = row.value(key);
  return isJsonArray(value) ? value.map(String) : String(value);
}

describe("a response has", () => {
  it.each(readRows("projections.json"))("$name", (row) => {
    const { type } = row;
    const selection = parseSelection(type, namesIn(row, "attributes"), namesIn(row, "excludedAttributes"));
    const resource = type === User ? user : group;
    expect(pathsOf(project(type, selection, resource))).toEqual(row.value("expected"));
  });

  it.each<Names>([undefined, "password", "userName,password"])(
    "no password with attributes %j",
    (attributes) => {
      const resource = { ...user, password: "secret" };
      expect(project(User, parseSelection(User, attributes, undefined), resource)).not.toHaveProperty(
        "password",
      );
    },
  );

  it("values as they are, those of elements included", () => {
    const selection = parseSelection(User, "emails.type,emails.primary,userName", undefined);
    expect(project(User, selection, user)).toEqual({
      schemas: [User.schema.id],
      id: "1",
      userName: "bj",
      emails: [{ type: "work", primary: true }, { type: "home" }],
    });
  });
});

describe("schemas", () => {
  it("names an extension of which something is left", () => {
    const selection = parseSelection(User, "manager.value", undefined);
    expect(project(User, selection, user).schemas).toEqual([User.schema.id, enterprise]);
  });

  it("leaves out one of which nothing is left (RFC 7643 section 3)", () => {
    const selection = parseSelection(User, undefined, `${enterprise}`);
    const projected = project(User, selection, user);
    expect(projected.schemas).toEqual([User.schema.id]);
    expect(Object.keys(projected)[0]).toBe("schemas");
  });
});

it("both lists together are refused", () => {
  const refused = { status: 400, scimType: "invalidValue" };
  expect(() => parseSelection(User, "userName", "emails")).toThrow(expect.objectContaining(refused));
  expect(() => parseSelection(User, ["x"], ["y"])).toThrow(expect.objectContaining(refused));
  expect(() => parseSelection(User, "", "emails")).not.toThrow();
});

it("a list is bounded", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `a${index}`);
  expect(() => parseSelection(User, names(limits.selectionNamesMax).join(","), undefined)).not.toThrow();
  expect(() => parseSelection(User, undefined, names(limits.selectionNamesMax + 1))).toThrow(
    "excludedAttributes must not have more than 500 names.",
  );
});

describe("what need not be read or parsed is told beforehand:", () => {
  it.each<readonly [Names, Names, boolean]>([
    [undefined, undefined, true],
    ["", [], true],
    [undefined, "shoeSize", true],
    ["shoeSize", undefined, false],
    ["id", undefined, false],
    [undefined, "members", false],
  ])("attributes %j and excludedAttributes %j select all: %j", (attributes, excludedAttributes, all) => {
    expect(selectsAll(parseSelection(Group, attributes, excludedAttributes))).toBe(all);
  });

  it.each<readonly [Names, Names, boolean]>([
    [undefined, undefined, true],
    ["members", undefined, true],
    ["MEMBERS.value", undefined, true],
    ["displayName", undefined, false],
    ["id", undefined, false],
    [undefined, "Members", false],
    [undefined, "members.display", true],
    [undefined, "displayName", true],
  ])("attributes %j and excludedAttributes %j need members: %j", (attributes, excludedAttributes, needed) => {
    expect(selects(parseSelection(Group, attributes, excludedAttributes), "members")).toBe(needed);
  });

  it("a user's groups and meta likewise; a user has no members", () => {
    const selection = parseSelection(User, "groups.display", undefined);
    expect(selects(selection, "groups")).toBe(true);
    expect(selects(selection, "meta")).toBe(false);
    expect(selects(parseSelection(User, undefined, undefined), "members")).toBe(false);
  });
});
