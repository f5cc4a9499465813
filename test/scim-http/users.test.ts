/** Users who are there: read, replaced, deactivated, deleted and provisioned again. */
import { describe, expect, it } from "vitest";
import { isAlive } from "../rpc/support/people.ts";
import { scimServer } from "./support/directory.ts";
import {
  expectBadValue,
  expectError,
  expectIds,
  expectNoContent,
  expectOk,
  expectUnchanged,
  listSchema,
  versionOf,
} from "./support/expect.ts";
import { at, listAt, namesIn, numberAt, resourcesOf, textAt } from "./support/json.ts";
import { membersOf } from "./support/management.ts";
import {
  createGroup,
  createUser,
  createUsers,
  enterpriseSchema,
  fullUser,
  group,
  groupSchema,
  minimalUser,
  nobodys,
  userSchema,
} from "./support/resources.ts";

const { running, directory } = scimServer();

describe("a list of users", () => {
  it("has numbers that are numbers, and users with their attributes", async () => {
    const { scim } = await directory();
    await createUsers(scim, ["ada", "grace"]);
    const answer = await scim.get("/Users?count=1&startIndex=1");
    expectOk(answer, 200, { schemas: [listSchema], totalResults: 2, startIndex: 1, itemsPerPage: 1 });
    expect(numberAt(answer.json, "totalResults")).toBe(2);
    expect(resourcesOf(answer)).toMatchObject([
      {
        id: expect.any(String),
        userName: "ada@example.com",
        name: { givenName: "ada", familyName: "Example" },
        active: true,
        emails: [{ value: "ada@example.com" }],
      },
    ]);
  });

  it("is empty and not missing when nobody is found", async () => {
    const { scim } = await directory();
    expectOk(await scim.filter("/Users", 'userName eq "none@example.com"'), 200, {
      totalResults: 0,
      itemsPerPage: 0,
      Resources: [],
    });
  });

  it("has each user as a read has it", async () => {
    const { scim } = await directory();
    const [id = ""] = await createUsers(scim, ["ada"]);
    await createGroup(scim, group("Countesses", [id]));
    const [listed] = resourcesOf(await scim.get("/Users"));
    expect(listed).toEqual((await scim.get(`/Users/${id}`)).json);
  });
});

describe("a user who is replaced", () => {
  it("keeps id and meta.created, and loses every attribute that is not sent", async () => {
    const { scim } = await directory();
    const before = await scim.post(
      "/Users",
      fullUser("ada", { title: "Countess", [enterpriseSchema]: { department: "Engines" } }),
    );
    const id = textAt(before.json, "id");
    running().clock.advance(1000);
    const after = await scim.put(`/Users/${id}`, minimalUser("ada@example.com"));
    expectOk(after, 200, { id, schemas: [userSchema], userName: "ada@example.com" });
    expect(namesIn(after.json).toSorted()).toEqual(["active", "id", "meta", "schemas", "userName"]);
    for (const name of ["created", "location", "resourceType"]) {
      expect(at(after.json, "meta", name)).toBe(at(before.json, "meta", name));
    }
    expect(at(after.json, "meta", "lastModified")).not.toBe(at(before.json, "meta", "lastModified"));
    expect(after.headers.get("etag")).toBe(at(after.json, "meta", "version"));
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
  });

  it("stays who the path says, whatever id, meta and schemas the body has", async () => {
    const { scim } = await directory();
    const [first = "", second = ""] = await createUsers(scim, ["ada", "grace"]);
    await expectUnchanged(scim, `/Users/${second}`, async () => {
      const body = fullUser("ada", {
        id: second,
        meta: { version: '"0"', location: `${scim.base}/Users/${second}` },
        schemas: [userSchema, groupSchema],
        title: "Countess",
      });
      expectOk(await scim.put(`/Users/${first}`, body), 200, { id: first, title: "Countess" });
    });
  });

  it("keeps active when the body does not speak of it", async () => {
    const { scim, management, organizationId } = await directory();
    const id = await createUser(scim, fullUser("ada", { active: false }));
    const { active: _active, ...silent } = fullUser("ada", { title: "Countess" });
    expectOk(await scim.put(`/Users/${id}`, silent), 200, { active: false, title: "Countess" });
    expect(await membersOf(management, organizationId)).toMatchObject([{ status: "suspended" }]);
    expectOk(await scim.put(`/Users/${id}`, { ...silent, active: true }), 200, { active: true });
    expectOk(await scim.put(`/Users/${id}`, { ...silent, title: "x" }), 200, { active: true });
  });

  it("by itself keeps its version", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const before = await scim.get(`/Users/${id}`);
    running().clock.advance(1000);
    expect((await scim.put(`/Users/${id}`, before.json)).text).toBe(before.text);
  });

  it("gives no password back", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const answer = await scim.put(`/Users/${id}`, fullUser("ada", { password: "an0therSecret" }));
    expectOk(answer, 200);
    expect(answer.text).not.toMatch(/password|an0ther/);
  });

  it("is refused without a userName", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    await expectUnchanged(scim, `/Users/${id}`, async () => {
      expectBadValue(await scim.put(`/Users/${id}`, { schemas: [userSchema], title: "x" }));
    });
  });

  it("is not made when there is none", async () => {
    const { scim } = await directory();
    expectError(await scim.put(`/Users/${nobodys}`, fullUser("ada")), 404);
    expectIds(await scim.get("/Users"), []);
  });
});

describe("the member of a user", () => {
  it("follows the user's name, address and standing", async () => {
    const { scim, management, organizationId } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const emails = [{ value: "lovelace@example.com", primary: true }];
    await scim.put(`/Users/${id}`, fullUser("ada", { displayName: "Lady Lovelace", emails, active: false }));
    expect(await membersOf(management, organizationId)).toEqual([
      { id, email: "lovelace@example.com", fullName: "Lady Lovelace", status: "suspended", role: "member" },
    ]);
  });

  it("is found by the userName when there is no address", async () => {
    const { scim, management, organizationId } = await directory();
    await createUser(scim, minimalUser("ada@example.com"));
    expect(await membersOf(management, organizationId)).toMatchObject([{ email: "ada@example.com" }]);
  });
});

describe("a user who is deleted", () => {
  it("is gone from everywhere but the organization, which it has left", async () => {
    const { scim, management, organizationId } = await directory();
    const [id = "", other = ""] = await createUsers(scim, ["ada", "grace"]);
    expectNoContent(await scim.del(`/Users/${id}`));
    const rename = [{ op: "replace", path: "title", value: "x" }];
    for (const answer of [
      await scim.get(`/Users/${id}`),
      await scim.put(`/Users/${id}`, fullUser("ada")),
      await scim.patch(`/Users/${id}`, rename),
      await scim.del(`/Users/${id}`),
    ]) {
      expectError(answer, 404);
    }
    expectIds(await scim.get("/Users"), [other]);
    expectIds(await scim.filter("/Users", 'userName eq "ada@example.com"'), []);
    expectIds(await scim.filter("/Users", 'emails.value eq "ada@example.com"'), []);
    expect(await membersOf(management, organizationId)).toMatchObject([
      { id, status: "left" },
      { id: other, status: "active" },
    ]);
  });

  it("is in no group any more, each of which has another version", async () => {
    const { scim } = await directory();
    const [id = "", other = ""] = await createUsers(scim, ["ada", "grace"]);
    const groupId = await createGroup(scim, group("Both", [id, other]));
    const before = await versionOf(scim, `/Groups/${groupId}`);
    await scim.del(`/Users/${id}`);
    const after = await scim.get(`/Groups/${groupId}`);
    expectOk(after, 200, { members: [{ value: other }] });
    expect(after.headers.get("etag")).not.toBe(before);
  });

  it("can be created again, afresh, as the same member", async () => {
    const { scim, management, organizationId } = await directory();
    const id = await createUser(scim, fullUser("ada", { title: "Countess" }));
    const groupId = await createGroup(scim, group("Countesses", [id]));
    await scim.del(`/Users/${id}`);
    const answer = await scim.post("/Users", fullUser("ada"));
    expectOk(answer, 201, { id, active: true });
    expect(answer.json).not.toHaveProperty("title");
    expect(listAt(answer.json, "groups")).toEqual([]);
    expectIds(await scim.filter("/Groups", `members eq "${id}"`), []);
    expectOk(await scim.get(`/Groups/${groupId}`), 200);
    expect(await membersOf(management, organizationId)).toMatchObject([
      { id, status: "active", role: "member" },
    ]);
  });
});

describe("a user who was deactivated", () => {
  it("stays readable and listed", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    await scim.patch(`/Users/${id}`, [{ op: "replace", path: "active", value: false }]);
    expectOk(await scim.get(`/Users/${id}`), 200, { active: false });
    expectIds(await scim.get("/Users"), [id]);
    expectIds(await scim.filter("/Users", "active eq false"), [id]);
  });

  it("and is created again is a conflict, while the filter finds who it is: no loop", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada", { active: false }));
    expectError(await scim.post("/Users", fullUser("ada")), 409, "uniqueness");
    expectIds(await scim.filter("/Users", 'userName eq "ADA@example.com"'), [id]);
    expectIds(await scim.filter("/Users", 'externalId eq "ext-ada"'), [id]);
  });

  it("is suspended as a member, whose tokens open nothing from then on; nobody else is", async () => {
    const { scim, management, organizationId } = await directory();
    const [id = "", other = ""] = await createUsers(scim, ["ada", "grace"]);
    const token = await running().tokenFor({ organizationId, userId: id, token: "" });
    expect(await isAlive(running(), token)).toBe(true);
    await scim.patch(`/Users/${id}`, [{ op: "replace", value: { active: false } }]);
    expect(await isAlive(running(), token)).toBe(false);
    expect(await membersOf(management, organizationId)).toMatchObject([
      { id, status: "suspended" },
      { id: other, status: "active" },
    ]);
  });
});

describe("an id that does not exist", () => {
  it.each([
    `/Users/${nobodys}`,
    `/Groups/${nobodys}`,
    "/Users/00000000000000000000",
    "/Users/1",
    "/Users/a%00b",
  ])("is 404 with a detail: %s", async (path) => {
    const { scim } = await directory();
    expectError(await scim.get(path), 404, null);
  });

  it("is exact in its letter case", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    expectError(await scim.get(`/Users/${id.toUpperCase()}`), 404);
  });
});
