/** The examples of RFC 7643 section 8, RFC 7644 section 3 and RFC 9865 section 2, sent as they stand there. */
import { beforeAll, describe, expect, it } from "vitest";
import filterRows from "./fixtures/rfc-filters.json" with { type: "json" };
import userRows from "./fixtures/rfc-users.json" with { type: "json" };
import type { ScimClient } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectIds, expectOk, listSchema } from "./support/expect.ts";
import { at, listAt, pluck, resourcesOf, textAt } from "./support/json.ts";
import { createUser, enterpriseSchema, groupSchema, minimalUser } from "./support/resources.ts";

const { directory } = scimServer();

/** What the server decides itself, never tells, or has nothing to say of. */
const decided = new Set(["id", "meta", "groups", "password", "roles"]);

describe("the users of the examples", () => {
  it("are there", () => {
    expect(userRows.length).toBeGreaterThanOrEqual(5);
    expect(filterRows.length).toBeGreaterThanOrEqual(15);
  });

  it.each(userRows)("$section: comes back as it was sent, and can be written back", async ({ resource }) => {
    const { scim } = await directory();
    const created = await scim.post("/Users", resource);
    const kept = Object.fromEntries(Object.entries(resource).filter(([name]) => !decided.has(name)));
    expectOk(created, 201, withoutManagersName(kept));
    expect(textAt(created.json, "id")).not.toBe(at(resource, "id"));
    expect(created.text).not.toContain("t1meMa$heen");
    const path = `/Users/${textAt(created.json, "id")}`;
    const read = await scim.get(path);
    expect(read.json).toEqual(created.json);
    const written = await scim.put(path, read.json);
    expectOk(written, 200);
    expect(written.text).toBe(read.text);
  });
});

/** The manager's name and reference are the server's to say. */
function withoutManagersName(resource: object): object {
  const manager = at(resource, enterpriseSchema, "manager");
  if (manager === undefined) return resource;
  const extension = { ...Object.fromEntries(Object.entries(at(resource, enterpriseSchema) ?? {})) };
  return { ...resource, [enterpriseSchema]: { ...extension, manager: { value: at(manager, "value") } } };
}

describe("the group of RFC 7643 section 8.4", () => {
  it("comes back as it was sent, and can be written back", async () => {
    const { scim } = await directory();
    const babs = await createUser(scim, minimalUser("babs@example.com", { displayName: "Babs Jensen" }));
    const mandy = await createUser(
      scim,
      minimalUser("mandy@example.com", { displayName: "Mandy Pepperidge" }),
    );
    const created = await scim.post("/Groups", {
      schemas: [groupSchema],
      id: "e9e30dba-f08f-4109-8486-d5c6a331660a",
      displayName: "Tour Guides",
      members: [
        { value: babs, $ref: `https://example.com/v2/Users/${babs}`, display: "Babs Jensen" },
        { value: mandy, $ref: `https://example.com/v2/Users/${mandy}`, display: "Mandy Pepperidge" },
      ],
      meta: {
        resourceType: "Group",
        created: "2010-01-23T04:56:22Z",
        lastModified: "2011-05-13T04:42:34Z",
        version: 'W/"3694e05e9dff592"',
        location: "https://example.com/v2/Groups/e9e30dba-f08f-4109-8486-d5c6a331660a",
      },
    });
    expectOk(created, 201, { displayName: "Tour Guides" });
    const members = listAt(created.json, "members");
    expect(pluck(members, "display")).toEqual(["Babs Jensen", "Mandy Pepperidge"]);
    expect(pluck(members, "value")).toEqual([babs, mandy]);
    const path = `/Groups/${textAt(created.json, "id")}`;
    expect((await scim.put(path, created.json)).text).toBe((await scim.get(path)).text);
    expectOk(await scim.get(path), 200, { members: [{ value: babs }, { value: mandy }] });
  });
});

describe("the filters of RFC 7644 section 3.4.2.2", () => {
  let scim: ScimClient;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    scim = (await directory()).scim;
    const people = [
      minimalUser("bjensen", {
        name: { familyName: "Jensen", givenName: "Barbara" },
        title: "Tour Guide",
        userType: "Employee",
        emails: [{ value: "bjensen@example.com", type: "work" }],
        [enterpriseSchema]: { department: "Tour Operations" },
      }),
      minimalUser("jomalley", {
        name: { familyName: "O'Malley", givenName: "Jo" },
        userType: "Employee",
        emails: [{ value: "jo@example.org", type: "home" }],
      }),
      minimalUser("jsmith", {
        name: { familyName: "Smith", givenName: "John" },
        displayName: "Smith, James",
        userType: "Intern",
        emails: [{ value: "james@example.net", type: "home" }],
        ims: [{ value: "james@foo.com", type: "xmpp" }],
      }),
    ];
    for (const person of people) ids.set(String(person.userName), await createUser(scim, person));
  });

  it.each(filterRows)("$filter", async ({ filter, found }) => {
    expectIds(
      await scim.filter("/Users", filter),
      found.map((name) => ids.get(name) ?? ""),
    );
  });

  it("in section 3.4.2.1, over all types", async () => {
    const text = '(meta.resourceType eq "User") or (meta.resourceType eq "Group")';
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    expectOk(await scim.post("/.search", { schemas, filter: text }), 200, { totalResults: 3 });
  });

  it("in section 3.4.3, by POST", async () => {
    const answer = await scim.post("/.search", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      attributes: ["displayName", "userName"],
      filter: 'displayName sw "smith"',
      startIndex: 1,
      count: 10,
    });
    expectOk(answer, 200, { schemas: [listSchema], totalResults: 1, itemsPerPage: 1, startIndex: 1 });
    expect(resourcesOf(answer)).toMatchObject([
      { id: ids.get("jsmith"), userName: "jsmith", displayName: "Smith, James" },
    ]);
  });

  it("in section 3.4.2, of selected attributes", async () => {
    const answer = await scim.get("/Users?attributes=userName");
    expectOk(answer, 200, { totalResults: 3 });
    expect(pluck(resourcesOf(answer), "userName")).toEqual(["bjensen", "jomalley", "jsmith"]);
  });
});

describe("the pages of RFC 9865 section 2", () => {
  it("go from the first by cursor", async () => {
    const { scim } = await directory();
    for (const name of ["a", "b", "c"]) await createUser(scim, minimalUser(name));
    const first = await scim.get("/Users?cursor&count=2");
    expectOk(first, 200, { schemas: [listSchema], totalResults: 3, itemsPerPage: 2 });
    const second = await scim.get(`/Users?cursor=${textAt(first.json, "nextCursor")}&count=2`);
    expectOk(second, 200, { totalResults: 3, itemsPerPage: 1 });
    expect(second.json).not.toHaveProperty("nextCursor");
  });
});
