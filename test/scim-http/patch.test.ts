/** PATCH of users over HTTP (RFC 7644 section 3.5.2), and what providers make of it. */
import { describe, expect, it } from "vitest";
import { patchOp } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectOk, expectUnchanged } from "./support/expect.ts";
import { at } from "./support/json.ts";
import { membersOf } from "./support/management.ts";
import { expectRefused, patchedUser } from "./support/patched.ts";
import {
  createGroup,
  enterpriseSchema,
  fullUser,
  group,
  minimalUser,
  nobodys,
  userSchema,
} from "./support/resources.ts";

const server = scimServer();
const { running, directory } = server;

/** A new user, to be patched. */
const user = (more?: Readonly<Record<string, unknown>>) => patchedUser(server, more);

describe("a PATCH that succeeds", () => {
  it("answers 200 with the resource as it is now, with its new version", async () => {
    const { patch, scim, path } = await user();
    const before = await scim.get(path);
    running().clock.advance(1000);
    const answer = await patch({ op: "replace", path: "title", value: "Countess" });
    expectOk(answer, 200, { title: "Countess" });
    expect(answer.text).toBe((await scim.get(path)).text);
    expect(answer.headers.get("etag")).toBe(at(answer.json, "meta", "version"));
    expect(at(answer.json, "meta", "version")).not.toBe(at(before.json, "meta", "version"));
    expect(at(answer.json, "meta", "lastModified")).not.toBe(at(before.json, "meta", "lastModified"));
    expect(at(answer.json, "meta", "created")).toBe(at(before.json, "meta", "created"));
  });

  it.each(["replace", "Replace", "REPLACE"])("takes the operation %s", async (op) => {
    const { patch } = await user();
    expectOk(await patch({ op, path: "title", value: "Countess" }), 200, { title: "Countess" });
  });

  it("takes paths in any letter case", async () => {
    const { patch } = await user();
    const answer = await patch(
      { op: "replace", path: "TITLE", value: "Countess" },
      { op: "replace", path: "NAME.givenname", value: "Augusta" },
      { op: "replace", path: 'Emails[TYPE eq "WORK"].Value', value: "a@a.example" },
    );
    expectOk(answer, 200, {
      title: "Countess",
      name: { givenName: "Augusta" },
      emails: [{ value: "a@a.example", type: "work" }],
    });
  });

  it("takes paths with the URN of the core schema", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "replace", path: `${userSchema}:name.givenName`, value: "Augusta" });
    expectOk(answer, 200, { name: { givenName: "Augusta" } });
  });

  it("shows no password, though one is set", async () => {
    const patched = await user();
    await expectUnchanged(patched.scim, patched.path, async () => {
      const answer = await patched.patch({ op: "replace", path: "password", value: "an0therSecret" });
      expectOk(answer, 200);
      expect(answer.text).not.toMatch(/password|an0ther/);
    });
  });
});

describe("active", () => {
  it.each([
    ["by its path, as a text of Entra ID's", [{ op: "Replace", path: "active", value: "False" }]],
    ["by its path, as a boolean", [{ op: "replace", path: "active", value: false }]],
    ["without a path", [{ op: "replace", value: { active: false } }]],
    ["without a path, as a text", [{ op: "replace", value: { active: "false" } }]],
    ["by add", [{ op: "add", path: "active", value: false }]],
    ["in a list of one", [{ op: "replace", path: "active", value: [false] }]],
  ])("can be set to false %s, and is a boolean then", async (_name, operations) => {
    const { patch, scim, path, management, organizationId } = await user();
    expectOk(await patch(...operations), 200, { active: false });
    expectOk(await scim.get(path), 200, { active: false });
    expect(await membersOf(management, organizationId)).toMatchObject([{ status: "suspended" }]);
    expectOk(await patch({ op: "Replace", path: "active", value: "True" }), 200, { active: true });
    expect(await membersOf(management, organizationId)).toMatchObject([{ status: "active" }]);
  });

  it("set to false never deletes", async () => {
    const { patch, scim, id } = await user();
    await patch({ op: "replace", value: { active: false } });
    expectOk(await scim.get("/Users"), 200, { totalResults: 1, Resources: [{ id }] });
  });

  it("cannot be what is neither true nor false", async () => {
    await expectRefused(await user(), [{ op: "replace", path: "active", value: "maybe" }], "invalidValue");
  });
});

describe("a value without a path", () => {
  it("sets attributes by plain, dotted and full names", async () => {
    const { patch } = await user({ [enterpriseSchema]: { department: "Engines" } });
    const answer = await patch({
      op: "replace",
      value: {
        displayName: "Lady Lovelace",
        "name.givenName": "Augusta",
        "name.familyName": "King",
        [`${enterpriseSchema}:employeeNumber`]: "1815",
      },
    });
    expectOk(answer, 200, {
      displayName: "Lady Lovelace",
      name: { givenName: "Augusta", familyName: "King" },
      [enterpriseSchema]: { employeeNumber: "1815", department: "Engines" },
    });
    expect(answer.json).not.toHaveProperty(["name.givenName"]);
  });

  it("sets an extension by its URN as an object", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "add", value: { [enterpriseSchema]: { department: "Engines" } } });
    expectOk(answer, 200, {
      schemas: [userSchema, enterpriseSchema],
      [enterpriseSchema]: { department: "Engines" },
    });
  });

  it("adds to lists and replaces them", async () => {
    const { patch } = await user();
    const other = { value: "b@a.example", type: "other" };
    expectOk(await patch({ op: "add", value: { emails: [other] } }), 200, {
      emails: [{ value: "ada@example.com" }, other],
    });
    expectOk(await patch({ op: "replace", value: { emails: [other] } }), 200, { emails: [other] });
  });

  it("must be an object", async () => {
    const patched = await user();
    for (const value of ["title", 1, null, ["title"]]) {
      await expectUnchanged(patched.scim, patched.path, async () => {
        expectError(await patched.patch({ op: "replace", value }), 400);
      });
    }
  });
});

describe("several operations", () => {
  it("are done in order", async () => {
    const { patch } = await user({ title: "First" });
    const answer = await patch(
      { op: "remove", path: "title" },
      { op: "add", path: "title", value: "Second" },
      { op: "replace", path: "title", value: "Third" },
    );
    expectOk(answer, 200, { title: "Third" });
  });

  it("are done all or none", async () => {
    const patched = await user();
    const operations = [
      { op: "replace", path: "title", value: "Countess" },
      { op: "replace", path: "active", value: false },
      { op: "replace", path: "favouriteColour", value: "blue" },
    ];
    await expectRefused(patched, operations, "invalidPath");
    expect(await membersOf(patched.management, patched.organizationId)).toMatchObject([{ status: "active" }]);
  });

  it("may take a required attribute away for as long as another gives it back", async () => {
    const { patch, id } = await user();
    const answer = await patch(
      { op: "replace", path: "userName", value: "x@example.com" },
      { op: "replace", path: "userName", value: "y@example.com" },
    );
    expectOk(answer, 200, { id, userName: "y@example.com" });
  });
});

describe("what changes nothing", () => {
  it.each([
    ["a value that is there already", { op: "replace", path: "displayName", value: "ada Example" }],
    [
      "an element that is there already",
      { op: "add", path: "emails", value: [fullUser("ada").emails].flat() },
    ],
    ["removing what is not there", { op: "remove", path: "nickName" }],
    ["removing an element that is not there", { op: "remove", path: 'emails[type eq "home"]' }],
  ])("changes neither version nor lastModified: %s", async (_name, operation) => {
    const { patch, scim, path } = await user();
    const before = await scim.get(path);
    running().clock.advance(1000);
    const answer = await patch(operation);
    expectOk(answer, 200);
    expect(answer.text).toBe(before.text);
  });

  it("is so without any operation, as Entra ID may send", async () => {
    const patched = await user();
    await expectUnchanged(patched.scim, patched.path, async () => {
      expectOk(await patched.patch(), 200);
    });
  });
});

describe("a PATCH is refused", () => {
  it.each([
    ["mutability", "removes what is required", { op: "remove", path: "userName" }],
    ["mutability", "sets the id", { op: "replace", path: "id", value: nobodys }],
    ["mutability", "sets meta", { op: "replace", path: "meta.version", value: '"1"' }],
    ["mutability", "sets the groups", { op: "add", path: "groups", value: [{ value: nobodys }] }],
    ["mutability", "removes the id", { op: "remove", path: "id" }],
    ["noTarget", "removes nothing in particular", { op: "remove" }],
    ["invalidPath", "names what no schema has", { op: "replace", path: "favouriteColour", value: "blue" }],
    [
      "invalidPath",
      "names a sub-attribute that is not there",
      { op: "replace", path: "name.nick", value: "a" },
    ],
    [
      "invalidPath",
      "names an extension that is not there",
      { op: "add", path: "urn:a:2.0:User:b", value: "c" },
    ],
    ["invalidPath", "has a path that is none", { op: "replace", path: "name..givenName", value: "a" }],
    [
      "invalidValue",
      "has an empty path, which is none, and no object",
      { op: "replace", path: "", value: "a" },
    ],
    ["invalidPath", "has a path that is no text", { op: "replace", path: 1, value: "a" }],
    ["invalidPath", "has a path with an end missing", { op: "remove", path: 'emails[type eq "work"' }],
    ["invalidFilter", "has a filter that is none", { op: "remove", path: "emails[type is work]" }],
    ["invalidFilter", "filters by what is not there", { op: "remove", path: 'emails[colour eq "blue"]' }],
    ["invalidValue", "has a value of another type", { op: "replace", path: "title", value: { a: 1 } }],
    ["invalidValue", "has no value", { op: "replace", path: "title" }],
    ["invalidValue", "empties the userName", { op: "replace", path: "userName", value: "" }],
    [
      "invalidValue",
      "adds two primaries",
      {
        op: "add",
        path: "emails",
        value: [
          { value: "b", primary: true },
          { value: "c", primary: true },
        ],
      },
    ],
    ["invalidSyntax", "has an operation that is none", { op: "foo", path: "title", value: "a" }],
    ["invalidSyntax", "has no operation", { path: "title", value: "a" }],
    ["invalidSyntax", "has an operation that is no text", { op: 1, path: "title", value: "a" }],
    ["invalidSyntax", "has an operation that is no object", "replace"],
  ])("as %s when it %s", async (scimType, _name, operation) => {
    const patched = await user();
    await expectUnchanged(patched.scim, patched.path, async () => {
      expectError(await patched.patch(operation), 400, scimType);
    });
  });

  it.each([
    ["without its schema", { Operations: [{ op: "remove", path: "title" }] }],
    ["with another schema", { schemas: [userSchema], Operations: [{ op: "remove", path: "title" }] }],
    ["without operations", { schemas: [patchOp] }],
    ["with operations that are no list", { schemas: [patchOp], Operations: { op: "remove", path: "title" } }],
    ["with operations that are null", { schemas: [patchOp], Operations: null }],
  ])("%s", async (_name, body) => {
    const { scim, path } = await user();
    await expectUnchanged(scim, path, async () => {
      expectError(await scim.send("PATCH", path, { body }), 400);
    });
  });

  it("for a user who does not exist", async () => {
    const { scim } = await directory();
    expectError(await scim.patch(`/Users/${nobodys}`, [{ op: "remove", path: "title" }]), 404);
  });
});

describe("a PATCH of the userName", () => {
  it("changes what the user is found by", async () => {
    const { patch, scim, id } = await user();
    expectOk(await patch({ op: "Replace", path: "userName", value: "Lovelace" }), 200, {
      userName: "Lovelace",
    });
    expectOk(await scim.filter("/Users", 'userName eq "lovelace"'), 200, { Resources: [{ id }] });
    expectOk(await scim.filter("/Users", 'userName eq "ada@example.com"'), 200, { totalResults: 0 });
    expectOk(
      await scim.post("/Users", minimalUser("ada@example.com", { emails: [{ value: "z@z.example" }] })),
      201,
    );
  });
});

describe("a PATCH of a group", () => {
  it("answers 204 without a body", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    const answer = await scim.patch(`/Groups/${id}`, [{ op: "replace", path: "externalId", value: "g" }]);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expectOk(await scim.get(`/Groups/${id}`), 200, { externalId: "g" });
  });
});
