/** What the path of a PATCH can name: elements, parts, extensions, the manager (RFC 7644 section 3.5.2). */
import { describe, expect, it } from "vitest";
import { scimServer } from "./support/directory.ts";
import { expectOk } from "./support/expect.ts";
import { at, listAt, pluck } from "./support/json.ts";
import { membersOf } from "./support/management.ts";
import { expectRefused, patchedUser } from "./support/patched.ts";
import { createUsers, enterpriseSchema, nobodys, userSchema } from "./support/resources.ts";

const server = scimServer();

/** A new user, to be patched. */
const user = (more?: Readonly<Record<string, unknown>>) => patchedUser(server, more);

describe("a path with a filter that selects nothing", () => {
  it("makes the element when its type is one that the schema knows, and leaves all others", async () => {
    const { patch } = await user();
    const answer = await patch({
      op: "Replace",
      path: 'emails[type eq "other"].value',
      value: "b@a.example",
    });
    expectOk(answer, 200, {
      emails: [
        { value: "ada@example.com", type: "work", primary: true },
        { value: "b@a.example", type: "other" },
      ],
    });
    expect(at(answer.json, "emails", 1, "primary")).not.toBe(true);
  });

  it("makes it where there was no list at all", async () => {
    const { patch } = await user({ emails: undefined });
    expectOk(await patch({ op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "+1" }), 200, {
      phoneNumbers: [{ value: "+1", type: "mobile" }],
    });
    expectOk(
      await patch({ op: "Replace", path: 'emails[type eq "work"].value', value: "a@a.example" }),
      200,
      {
        emails: [{ value: "a@a.example", type: "work" }],
      },
    );
  });

  it("makes the one that is primary, given as a text", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "Add", path: 'roles[primary eq "True"].value', value: "analyst" });
    expectOk(answer, 200, { roles: [{ value: "analyst", primary: true }] });
  });

  it("is noTarget for a type that no schema knows (RFC 7644 section 3.5.2.3)", async () => {
    const patched = await user();
    const path = 'emails[type eq "nonexistent"].value';
    await expectRefused(patched, [{ op: "replace", path, value: "b@a.example" }], "noTarget");
  });

  it("is noTarget when the element is not named by what it should be", async () => {
    const patched = await user();
    const path = 'emails[value co "nobody"].type';
    await expectRefused(patched, [{ op: "replace", path, value: "home" }], "noTarget");
  });
});

describe("a path with a filter", () => {
  const emails = [
    { value: "w@a.example", type: "work", primary: true },
    { value: "h@a.example", type: "home" },
    { value: "o@a.example", type: "other" },
  ];

  it("changes the sub-attribute of what it selects, and nothing else", async () => {
    const { patch } = await user({ emails });
    expectOk(
      await patch({ op: "replace", path: 'emails[type eq "home"].value', value: "x@a.example" }),
      200,
      {
        emails: [emails[0], { value: "x@a.example", type: "home" }, emails[2]],
      },
    );
  });

  it("removes what it selects", async () => {
    const { patch } = await user({ emails });
    const answer = await patch({ op: "remove", path: 'emails[type eq "home"]' });
    expectOk(answer, 200, { emails: [emails[0], emails[2]] });
  });

  it("removes a sub-attribute of what it selects", async () => {
    const { patch } = await user({ emails });
    const answer = await patch({ op: "remove", path: 'emails[type eq "home"].type' });
    expectOk(answer, 200, { emails: [emails[0], { value: "h@a.example" }, emails[2]] });
    expect(at(answer.json, "emails", 1)).not.toHaveProperty("type");
  });

  it("makes one primary, and the others not", async () => {
    const { patch } = await user({ emails });
    const answer = await patch({ op: "replace", path: 'emails[type eq "home"].primary', value: true });
    expectOk(answer, 200);
    const primaries = listAt(answer.json, "emails").filter((email) => at(email, "primary") === true);
    expect(pluck(primaries, "value")).toEqual(["h@a.example"]);
  });

  it("adding a primary element makes the others not", async () => {
    const { patch, management, organizationId } = await user({ emails });
    const value = [{ value: "new@a.example", type: "work", primary: true }];
    const answer = await patch({ op: "add", path: "emails", value });
    const primaries = listAt(answer.json, "emails").filter((email) => at(email, "primary") === true);
    expect(pluck(primaries, "value")).toEqual(["new@a.example"]);
    expect(await membersOf(management, organizationId)).toMatchObject([{ email: "new@a.example" }]);
  });

  it("takes a boolean as text", async () => {
    const { patch } = await user({ emails });
    const answer = await patch({
      op: "replace",
      path: 'emails[primary eq "true"].value',
      value: "x@a.example",
    });
    expectOk(answer, 200, { emails: [{ value: "x@a.example", primary: true }, emails[1], emails[2]] });
  });

  it("takes several conditions", async () => {
    const { patch } = await user({ emails });
    const path = 'emails[(type eq "home" or type eq "other") and not (value sw "h")]';
    expectOk(await patch({ op: "remove", path }), 200, { emails: [emails[0], emails[1]] });
  });
});

describe("the manager", () => {
  const shapes: readonly (readonly [string, string, (id: string, base: string) => unknown])[] = [
    ["a bare id under the full name", `${enterpriseSchema}:manager`, (id) => id],
    ["an object under the full name", `${enterpriseSchema}:manager`, (id) => ({ value: id })],
    ["a list under the bare name", "manager", (id, base) => [{ $ref: `${base}/Users/${id}`, value: id }]],
    ["a bare id under the bare name", "manager", (id) => id],
    ["a bare id under the name of its value", `${enterpriseSchema}:manager.value`, (id) => id],
  ];

  describe.each(["Add", "Replace"])("by %s", (op) => {
    it.each(shapes)("can be %s", async (_name, path, toValue) => {
      const { patch, scim } = await user();
      const [boss = ""] = await createUsers(scim, ["boss"]);
      const answer = await patch({ op, path, value: toValue(boss, scim.base) });
      expectOk(answer, 200, {
        schemas: [userSchema, enterpriseSchema],
        [enterpriseSchema]: { manager: { value: boss } },
      });
    });
  });

  it.each([
    ["Remove under the bare name", { op: "Remove", path: "manager" }],
    ["Remove under the full name", { op: "remove", path: `${enterpriseSchema}:manager` }],
    ["an empty text", { op: "Replace", path: "manager", value: "" }],
    ["null", { op: "replace", path: `${enterpriseSchema}:manager`, value: null }],
    ["an object with an empty value", { op: "replace", path: "manager", value: { value: "" } }],
  ])("goes by %s, and the extension with its last attribute", async (_name, operation) => {
    const { patch } = await user({ [enterpriseSchema]: { manager: { value: nobodys } } });
    const answer = await patch(operation);
    expectOk(answer, 200, { schemas: [userSchema] });
    expect(answer.json).not.toHaveProperty([enterpriseSchema]);
  });

  it("goes alone when the extension has more", async () => {
    const { patch } = await user({ [enterpriseSchema]: { manager: { value: nobodys }, department: "D" } });
    const answer = await patch({ op: "remove", path: "manager" });
    expectOk(answer, 200, {
      schemas: [userSchema, enterpriseSchema],
      [enterpriseSchema]: { department: "D" },
    });
    expect(answer.json).not.toHaveProperty([enterpriseSchema, "manager"]);
  });
});

describe("an extension", () => {
  it("has attributes under the full name, and can be a path itself", async () => {
    const { patch } = await user();
    expectOk(await patch({ op: "add", path: `${enterpriseSchema}:department`, value: "D" }), 200, {
      [enterpriseSchema]: { department: "D" },
    });
    expectOk(await patch({ op: "replace", path: enterpriseSchema, value: { costCenter: "C" } }), 200, {
      [enterpriseSchema]: { costCenter: "C" },
    });
    const answer = await patch({ op: "remove", path: enterpriseSchema });
    expectOk(answer, 200, { schemas: [userSchema] });
    expect(answer.json).not.toHaveProperty([enterpriseSchema]);
  });

  it("has attributes under bare names too", async () => {
    const { patch } = await user();
    expectOk(await patch({ op: "replace", path: "department", value: "D" }), 200, {
      [enterpriseSchema]: { department: "D" },
    });
  });

  it("is known by its URN in any letter case", async () => {
    const { patch } = await user();
    const path = `${enterpriseSchema.toUpperCase()}:Department`;
    expectOk(await patch({ op: "replace", path, value: "D" }), 200, {
      [enterpriseSchema]: { department: "D" },
    });
  });
});

describe("a complex attribute", () => {
  it("is merged by add", async () => {
    const { patch } = await user();
    expectOk(await patch({ op: "add", path: "name", value: { middleName: "King" } }), 200, {
      name: { givenName: "ada", familyName: "Example", middleName: "King" },
    });
  });

  it("is merged by replace too: its sub-attributes are replaced that are sent (RFC 7644 section 3.5.2.3)", async () => {
    const { patch } = await user();
    expectOk(await patch({ op: "replace", path: "name", value: { familyName: "King" } }), 200, {
      name: { givenName: "ada", familyName: "King" },
    });
  });

  it("loses a sub-attribute that is null, and no other", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "replace", path: "name", value: { familyName: null } });
    expectOk(answer, 200, { name: { givenName: "ada" } });
    expect(at(answer.json, "name")).not.toHaveProperty("familyName");
  });

  it("goes whole by remove", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "remove", path: "name" });
    expectOk(answer, 200);
    expect(answer.json).not.toHaveProperty("name");
  });
});

describe("null and empty values", () => {
  it("null clears", async () => {
    const { patch } = await user({ title: "Countess" });
    const answer = await patch({ op: "replace", path: "title", value: null });
    expectOk(answer, 200);
    expect(answer.json).not.toHaveProperty("title");
  });

  it("an empty list clears a list", async () => {
    const { patch } = await user();
    const answer = await patch({ op: "replace", path: "emails", value: [] });
    expectOk(answer, 200);
    expect(listAt(answer.json, "emails")).toEqual([]);
  });

  it("a list of one stands for the one", async () => {
    const { patch } = await user();
    expectOk(await patch({ op: "replace", path: "title", value: ["Countess"] }), 200, { title: "Countess" });
  });

  it("a list of two does not", async () => {
    await expectRefused(await user(), [{ op: "replace", path: "title", value: ["a", "b"] }], "invalidValue");
  });
});
