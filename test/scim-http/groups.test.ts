/** Groups and who is in them. */
import { describe, expect, it } from "vitest";
import type { ScimClient } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import {
  expectBadValue,
  expectError,
  expectIds,
  expectNoContent,
  expectOk,
  expectUnchanged,
  versionOf,
} from "./support/expect.ts";
import { at, listAt, pluck, resourcesOf, textAt } from "./support/json.ts";
import { groupsOf, membershipsOf } from "./support/management.ts";
import {
  createGroup,
  createUser,
  createUsers,
  fullUser,
  group,
  groupSchema,
  nobodys,
} from "./support/resources.ts";

const { running, directory } = scimServer();

/** The ids of the members, sorted. */
async function membersIn(scim: ScimClient, groupId: string): Promise<readonly unknown[]> {
  const answer = await scim.get(`/Groups/${groupId}`);
  expectOk(answer, 200);
  return pluck(listAt(answer.json, "members"), "value").toSorted();
}

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

describe("the groups of a user", () => {
  it("mirror the memberships", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const first = await createGroup(scim, group("First", [ada]));
    const second = await createGroup(scim, group("Second", [ada]));
    const groups = [
      { value: first, $ref: `${scim.base}/Groups/${first}`, display: "First", type: "direct" },
      { value: second, $ref: `${scim.base}/Groups/${second}`, display: "Second", type: "direct" },
    ];
    expectOk(await scim.get(`/Users/${ada}`), 200, { groups });
    await scim.patch(`/Groups/${first}`, [{ op: "remove", path: `members[value eq "${ada}"]` }]);
    expectOk(await scim.get(`/Users/${ada}`), 200, { groups: groups.slice(1) });
  });

  it("cannot be written at the user", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    const ada = await createUser(scim, fullUser("ada", { groups: [{ value: id }] }));
    await scim.put(`/Users/${ada}`, fullUser("ada", { groups: [{ value: id }] }));
    expect(await membersIn(scim, id)).toEqual([]);
    const add = [{ op: "add", path: "groups", value: [{ value: id }] }];
    expectError(await scim.patch(`/Users/${ada}`, add), 400, "mutability");
    expect(await membersIn(scim, id)).toEqual([]);
  });

  it("show a new name at once", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Old", [ada]));
    await scim.patch(`/Groups/${id}`, [{ op: "replace", path: "displayName", value: "New" }]);
    expectOk(await scim.get(`/Users/${ada}`), 200, { groups: [{ display: "New" }] });
  });
});

describe("the name of a member", () => {
  it("follows the user, and the group's version with it", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    const before = await versionOf(scim, `/Groups/${id}`);
    await scim.patch(`/Users/${ada}`, [{ op: "replace", path: "displayName", value: "Lady Lovelace" }]);
    const after = await scim.get(`/Groups/${id}`);
    expectOk(after, 200, { members: [{ value: ada, display: "Lady Lovelace" }] });
    expect(after.headers.get("etag")).not.toBe(before);
  });
});

describe("the membership", () => {
  it("of a suspended user stays", async () => {
    const { scim, management } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    await scim.patch(`/Users/${ada}`, [{ op: "replace", path: "active", value: false }]);
    expect(await membersIn(scim, id)).toEqual([ada]);
    expect(await membershipsOf(management, id)).toEqual([ada]);
  });
});

describe("PATCH of members", () => {
  const cases: readonly (readonly [
    string,
    (ids: Ids) => readonly unknown[],
    (ids: Ids) => readonly string[],
  ])[] = [
    [
      "adds, with a null reference",
      ({ mary }) => [{ op: "Add", path: "members", value: [{ $ref: null, value: mary }] }],
      ({ ada, grace, mary }) => [ada, grace, mary],
    ],
    [
      "adds one that is no list",
      ({ mary }) => [{ op: "add", path: "members", value: { value: mary } }],
      ({ ada, grace, mary }) => [ada, grace, mary],
    ],
    [
      "adds without a path",
      ({ mary }) => [{ op: "add", value: { members: [{ value: mary }] } }],
      ({ ada, grace, mary }) => [ada, grace, mary],
    ],
    [
      "adds who is there already",
      ({ ada }) => [{ op: "add", path: "members", value: [{ value: ada }] }],
      both,
    ],
    [
      "removes by a list of values, and only those",
      ({ ada }) => [{ op: "Remove", path: "members", value: [{ $ref: null, value: ada }] }],
      ({ grace }) => [grace],
    ],
    [
      "removes by a filter",
      ({ ada }) => [{ op: "remove", path: `members[value eq "${ada}"]` }],
      ({ grace }) => [grace],
    ],
    [
      "removes by a filter of several",
      ({ ada, grace }) => [{ op: "remove", path: `members[value eq "${ada}" or value eq "${grace}"]` }],
      () => [],
    ],
    [
      "removes who is not there",
      ({ mary }) => [{ op: "Remove", path: "members", value: [{ value: mary }] }],
      both,
    ],
    ["removes all", () => [{ op: "remove", path: "members" }], () => []],
    [
      "replaces all",
      ({ mary }) => [{ op: "replace", path: "members", value: [{ value: mary }] }],
      ({ mary }) => [mary],
    ],
    ["replaces all by nobody", () => [{ op: "replace", path: "members", value: [] }], () => []],
    ["replaces all by null", () => [{ op: "replace", path: "members", value: null }], () => []],
    [
      "adds and removes the same user in order",
      ({ mary }) => [
        { op: "add", path: "members", value: [{ value: mary }] },
        { op: "remove", path: `members[value eq "${mary}"]` },
      ],
      both,
    ],
    [
      "removes and adds the same user in order",
      ({ ada }) => [
        { op: "remove", path: `members[value eq "${ada}"]` },
        { op: "add", path: "members", value: [{ value: ada }] },
      ],
      both,
    ],
    [
      "replaces and then adds",
      ({ ada, mary }) => [
        { op: "replace", path: "members", value: [{ value: mary }] },
        { op: "add", path: "members", value: [{ value: ada }] },
      ],
      ({ ada, mary }) => [ada, mary],
    ],
  ];

  it.each(cases)("%s", async (_name, operations, expected) => {
    const { scim, management } = await directory();
    const [ada = "", grace = "", mary = ""] = await createUsers(scim, ["ada", "grace", "mary"]);
    const ids = { ada, grace, mary };
    const id = await createGroup(scim, group("Engineers", [ada, grace]));
    expectNoContent(await scim.patch(`/Groups/${id}`, operations(ids)));
    expect(await membersIn(scim, id)).toEqual(expected(ids).toSorted());
    expect(await membershipsOf(management, id)).toEqual(expected(ids).toSorted());
  });

  it("takes the group's own id beside a new name", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Old", [ada]));
    expectNoContent(
      await scim.patch(`/Groups/${id}`, [{ op: "replace", value: { id, displayName: "New" } }]),
    );
    expectOk(await scim.get(`/Groups/${id}`), 200, { displayName: "New", members: [{ value: ada }] });
  });

  it("refuses another id beside it", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Old"));
    const steal = [{ op: "replace", value: { id: nobodys, displayName: "New" } }];
    expectError(await scim.patch(`/Groups/${id}`, steal), 400, "mutability");
    expectOk(await scim.get(`/Groups/${id}`), 200, { displayName: "Old" });
  });

  it("answers with the group when attributes are asked for", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    const rename = (value: string) => [{ op: "replace", path: "displayName", value }];
    const some = await scim.patch(`/Groups/${id}?attributes=displayName`, rename("One"));
    expectOk(some, 200, { id, displayName: "One" });
    expect(some.json).not.toHaveProperty("members");
    const most = await scim.patch(`/Groups/${id}?excludedAttributes=externalId`, rename("Two"));
    expectOk(most, 200, { id, displayName: "Two", members: [{ value: ada }] });
  });

  it("that changes nothing changes no version", async () => {
    const { scim } = await directory();
    const [ada = "", grace = ""] = await createUsers(scim, ["ada", "grace"]);
    const id = await createGroup(scim, group("Engineers", [ada]));
    await expectUnchanged(scim, `/Groups/${id}`, async () => {
      running().clock.advance(1000);
      expectNoContent(
        await scim.patch(`/Groups/${id}`, [
          { op: "add", path: "members", value: [{ value: ada }] },
          { op: "remove", path: "members", value: [{ value: grace }] },
          { op: "replace", value: { id, displayName: "Engineers" } },
        ]),
      );
    });
  });

  it("that changes a member changes version and lastModified", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers"));
    const before = await scim.get(`/Groups/${id}`);
    running().clock.advance(1000);
    await scim.patch(`/Groups/${id}`, [{ op: "add", path: "members", value: [{ value: ada }] }]);
    const after = await scim.get(`/Groups/${id}`);
    expect(after.headers.get("etag")).not.toBe(before.headers.get("etag"));
    expect(at(after.json, "meta", "lastModified")).not.toBe(at(before.json, "meta", "lastModified"));
  });

  it("with one member who does not exist changes nothing", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const id = await createGroup(scim, group("Engineers"));
    await expectUnchanged(scim, `/Groups/${id}`, async () => {
      const operations = [
        { op: "replace", path: "displayName", value: "New" },
        { op: "add", path: "members", value: [{ value: ada }] },
        { op: "add", path: "members", value: [{ value: nobodys }] },
      ];
      expectError(await scim.patch(`/Groups/${id}`, operations), 400, "invalidValue");
    });
  });

  it("does sixty operations on sixty users in order", async () => {
    const { scim } = await directory();
    const ids = await createUsers(
      scim,
      Array.from({ length: 60 }, (_, index) => `user-${index}`),
    );
    const id = await createGroup(scim, group("Engineers", ids.slice(0, 30)));
    const operations = ids.map((value, index) =>
      index < 30
        ? { op: "remove", path: `members[value eq "${value}"]` }
        : { op: "add", path: "members", value: [{ value }] },
    );
    expectNoContent(await scim.patch(`/Groups/${id}`, operations));
    expect(await membersIn(scim, id)).toEqual(ids.slice(30).toSorted());
  });

  it("may not take the name away", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    await expectUnchanged(scim, `/Groups/${id}`, async () => {
      expectError(
        await scim.patch(`/Groups/${id}`, [{ op: "remove", path: "displayName" }]),
        400,
        "mutability",
      );
    });
  });
});

interface Ids {
  readonly ada: string;
  readonly grace: string;
  readonly mary: string;
}

function both({ ada, grace }: Ids): readonly string[] {
  return [ada, grace];
}
