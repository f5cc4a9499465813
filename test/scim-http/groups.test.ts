/** Groups: created, read, replaced and deleted. */
import { describe, expect, it } from "vitest";
import { scimServer } from "./support/directory.ts";
import {
  expectBadValue,
  expectError,
  expectIds,
  expectNoContent,
  expectOk,
  expectUnchanged,
} from "./support/expect.ts";
import { listAt, resourcesOf, textAt } from "./support/json.ts";
import { groupsOf } from "./support/management.ts";
import { createGroup, createUsers, group, groupSchema, membersIn, nobodys } from "./support/resources.ts";

const { running, directory } = scimServer();

describe("a group that is created", () => {
  it("is answered with 201, a location and a version", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Groups", group("Engineers", [], { externalId: "g-1" }));
    const id = textAt(answer.json, "id");
    const location = `${scim.base}/Groups/${id}`;
    expectOk(answer, 201, {
      schemas: [groupSchema],
      displayName: "Engineers",
      externalId: "g-1",
      meta: { resourceType: "Group", location },
    });
    expect(answer.headers.get("location")).toBe(location);
    expect(answer.headers.get("etag")).toBe(textAt(answer.json, "meta", "version"));
    expect(listAt(answer.json, "members")).toEqual([]);
  });

  it("has its members with id, reference, type and name", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const answer = await scim.post("/Groups", group("Engineers", [ada]));
    const member = { value: ada, $ref: `${scim.base}/Users/${ada}`, type: "User", display: "ada Example" };
    expectOk(answer, 201, { members: [member] });
    expect((await scim.get(`/Groups/${textAt(answer.json, "id")}`)).json).toEqual(answer.json);
  });

  it("has a member once who was sent twice", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada, ada]));
    expect(await membersIn(scim, id)).toEqual([ada]);
  });

  it("ignores what is sent of a member's name and reference", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const members = [{ value: ada, display: "Nobody", $ref: "https://elsewhere.example/", type: "User" }];
    const answer = await scim.post("/Groups", group("Engineers", [], { members }));
    expectOk(answer, 201, {
      members: [{ value: ada, display: "ada Example", $ref: `${scim.base}/Users/${ada}` }],
    });
  });

  it("is a group of the organization, managed by the system", async () => {
    const { scim, management, organizationId } = await directory();
    const [ada = "", grace = ""] = await createUsers(scim, ["ada", "grace"]);
    const id = await createGroup(scim, group("Engineers", [ada, grace]));
    expect(await groupsOf(management, organizationId)).toEqual([
      { id, name: "Engineers", systemManaged: true, memberCount: 2, members: [ada, grace].toSorted() },
    ]);
  });

  it.each([
    ["without a displayName", { schemas: [groupSchema] }],
    ["with an empty displayName", group("")],
    ["with a displayName that is no text", { schemas: [groupSchema], displayName: 1 }],
    ["with members that are no list of objects", group("Engineers", [], { members: "ada" })],
    ["with a member without a value", group("Engineers", [], { members: [{ display: "ada" }] })],
    ["with a member who does not exist", group("Engineers", [nobodys])],
    ["with a member whose id is none", group("Engineers", ["ada"])],
  ])("%s is refused, and nothing is stored", async (_name, body) => {
    const { scim, management, organizationId } = await directory();
    expectBadValue(await scim.post("/Groups", body));
    expectIds(await scim.get("/Groups"), []);
    expect(await groupsOf(management, organizationId)).toEqual([]);
  });

  it("with one member who exists and one who does not is refused whole", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    expectError(await scim.post("/Groups", group("Engineers", [ada, nobodys])), 400, "invalidValue");
    expectIds(await scim.get("/Groups"), []);
    expect(listAt((await scim.get(`/Users/${ada}`)).json, "groups")).toEqual([]);
  });
});

describe("a group within a group", () => {
  it("is refused as invalidValue by POST, PUT and PATCH", async () => {
    const { scim } = await directory();
    const inner = await createGroup(scim, group("Inner"));
    const outer = await createGroup(scim, group("Outer"));
    const members = [{ value: inner, type: "Group" }];
    expectError(await scim.post("/Groups", group("Third", [], { members })), 400, "invalidValue");
    expectError(await scim.post("/Groups", group("Third", [inner])), 400, "invalidValue");
    await expectUnchanged(scim, `/Groups/${outer}`, async () => {
      const path = `/Groups/${outer}`;
      expectError(await scim.put(path, group("Outer", [], { members })), 400, "invalidValue");
      expectError(
        await scim.patch(path, [{ op: "add", path: "members", value: members }]),
        400,
        "invalidValue",
      );
      const itself = [{ value: outer }];
      expectError(
        await scim.patch(path, [{ op: "add", path: "members", value: itself }]),
        400,
        "invalidValue",
      );
    });
  });
});

describe("a displayName", () => {
  it("is taken in any letter case once a group has it: by POST, PUT and PATCH", async () => {
    const { scim } = await directory();
    await createGroup(scim, group("Engineers"));
    const other = await createGroup(scim, group("Others"));
    expectError(await scim.post("/Groups", group("ENGINEERS")), 409, "uniqueness");
    await expectUnchanged(scim, `/Groups/${other}`, async () => {
      expectError(await scim.put(`/Groups/${other}`, group("engineers")), 409, "uniqueness");
      const rename = [{ op: "replace", path: "displayName", value: "engineerS" }];
      expectError(await scim.patch(`/Groups/${other}`, rename), 409, "uniqueness");
    });
  });

  it("can be written in another letter case by the group that has it", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    expectOk(await scim.put(`/Groups/${id}`, group("ENGINEERS")), 200, { displayName: "ENGINEERS" });
  });
});

describe("an externalId that another group has", () => {
  it("is refused", async () => {
    const { scim } = await directory();
    await createGroup(scim, group("Engineers", [], { externalId: "g" }));
    expectError(await scim.post("/Groups", group("Others", [], { externalId: "g" })), 409, "uniqueness");
  });
});

describe("a group that is replaced", () => {
  it("has the name and the members of the body, and no others", async () => {
    const { scim } = await directory();
    const [ada = "", grace = "", mary = ""] = await createUsers(scim, ["ada", "grace", "mary"]);
    const id = await createGroup(scim, group("Engineers", [ada, grace], { externalId: "g" }));
    const answer = await scim.put(`/Groups/${id}`, group("Writers", [grace, mary]));
    expectOk(answer, 200, { id, displayName: "Writers" });
    expect(answer.json).not.toHaveProperty("externalId");
    expect(await membersIn(scim, id)).toEqual([grace, mary].toSorted());
  });

  it("without members has none", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    expectOk(await scim.put(`/Groups/${id}`, group("Engineers")), 200);
    expect(await membersIn(scim, id)).toEqual([]);
  });

  it("by itself keeps its version", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    const before = await scim.get(`/Groups/${id}`);
    running().clock.advance(1000);
    expect((await scim.put(`/Groups/${id}`, before.json)).text).toBe(before.text);
  });

  it("is refused with a member who does not exist", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    await expectUnchanged(scim, `/Groups/${id}`, async () => {
      expectError(await scim.put(`/Groups/${id}`, group("Others", [nobodys])), 400, "invalidValue");
    });
  });

  it("is not made when there is none", async () => {
    const { scim } = await directory();
    expectError(await scim.put(`/Groups/${nobodys}`, group("Engineers")), 404);
    expectIds(await scim.get("/Groups"), []);
  });
});

describe("a group that is deleted", () => {
  it("is gone, and its members are not", async () => {
    const { scim, management, organizationId } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    expectNoContent(await scim.del(`/Groups/${id}`));
    expectError(await scim.del(`/Groups/${id}`), 404);
    expectError(await scim.get(`/Groups/${id}`), 404);
    expectIds(await scim.get("/Groups"), []);
    expect(listAt((await scim.get(`/Users/${ada}`)).json, "groups")).toEqual([]);
    expect(await groupsOf(management, organizationId)).toEqual([]);
  });

  it("frees its name", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers", [], { externalId: "g" }));
    await scim.del(`/Groups/${id}`);
    expect(await createGroup(scim, group("Engineers", [], { externalId: "g" }))).not.toBe(id);
  });
});

describe("reading a group", () => {
  it("without its members leaves them out", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada], { externalId: "g" }));
    const one = await scim.get(`/Groups/${id}?excludedAttributes=members`);
    expectOk(one, 200, { displayName: "Engineers" });
    expect(one.json).not.toHaveProperty("members");
    for (const text of ['displayName eq "engineers"', 'externalId eq "g"']) {
      const list = await scim.filter("/Groups", text, "&excludedAttributes=members");
      expectIds(list, [id]);
      expect(resourcesOf(list)[0]).not.toHaveProperty("members");
    }
  });

  it("that is empty shows no members or an empty list", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    expect(listAt((await scim.get(`/Groups/${id}`)).json, "members")).toEqual([]);
  });
});
