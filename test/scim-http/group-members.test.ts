/** Who is in a group: as the group has it, as the user has it, and how PATCH changes it. */
import { describe, expect, it } from "vitest";
import { scimServer } from "./support/directory.ts";
import { expectError, expectNoContent, expectOk, expectUnchanged, versionOf } from "./support/expect.ts";
import { at } from "./support/json.ts";
import { membershipsOf } from "./support/management.ts";
import {
  createGroup,
  createUser,
  createUsers,
  fullUser,
  group,
  membersIn,
  nobodys,
} from "./support/resources.ts";

const { running, directory } = scimServer();

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
    ["removes nobody by an empty list", () => [{ op: "Remove", path: "members", value: [] }], both],
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

  it("ignores another id beside it: the path says which group", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Old"));
    const other = await createGroup(scim, group("Other"));
    await expectUnchanged(scim, `/Groups/${other}`, async () => {
      const rename = [{ op: "replace", value: { id: other, displayName: "New" } }];
      expectNoContent(await scim.patch(`/Groups/${id}`, rename));
    });
    expectOk(await scim.get(`/Groups/${id}`), 200, { id, displayName: "New" });
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
