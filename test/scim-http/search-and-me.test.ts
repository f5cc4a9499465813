/** Queries by POST, queries of everything, and /Me (RFC 7644 sections 3.4.3, 3.4.2.1 and 3.11). */
import { beforeAll, describe, expect, it } from "vitest";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk, listSchema } from "./support/expect.ts";
import { namesIn, pluck, resourcesOf } from "./support/json.ts";
import { createGroup, createUsers, group } from "./support/resources.ts";

const { directory } = scimServer();
const searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

let own: Directory;
let ada = "";
let grace = "";
let engineers = "";

beforeAll(async () => {
  own = await directory();
  [ada = "", grace = ""] = await createUsers(own.scim, ["ada", "grace"]);
  engineers = await createGroup(own.scim, group("Engineers", [ada]));
});

function search(path: string, body: object) {
  return own.scim.post(`${path}/.search`, { schemas: [searchRequest], ...body });
}

describe("a search by POST", () => {
  it("answers like a GET with the same parameters", async () => {
    const filter = 'userName sw "a" or userName sw "g"';
    const posted = await search("/Users", {
      filter,
      attributes: ["userName"],
      sortBy: "userName",
      sortOrder: "descending",
      startIndex: 2,
      count: 1,
    });
    const query = "&attributes=userName&sortBy=userName&sortOrder=descending&startIndex=2&count=1";
    const got = await own.scim.filter("/Users", filter, query);
    expectOk(posted, 200, { schemas: [listSchema], totalResults: 2, startIndex: 2, itemsPerPage: 1 });
    expect(posted.text).toBe(got.text);
    expect(namesIn(resourcesOf(posted)[0]).toSorted()).toEqual(["id", "schemas", "userName"]);
  });

  it("of groups leaves members out on demand", async () => {
    const answer = await search("/Groups", {
      excludedAttributes: ["members"],
      filter: `members eq "${ada}"`,
    });
    expectIds(answer, [engineers]);
    expect(resourcesOf(answer)[0]).not.toHaveProperty("members");
  });

  it("asks for nothing and gets all", async () => {
    expectIds(await search("/Users", {}), [ada, grace]);
  });

  it.each([
    ["without its schema", { filter: "userName pr" }],
    ["with another schema", { schemas: [listSchema], filter: "userName pr" }],
  ])("is refused %s", async (_name, body) => {
    expectError(await own.scim.post("/Users/.search", body), 400);
  });

  it.each([
    { filter: 7 },
    { count: "ten" },
    { startIndex: 1.5 },
    { attributes: { userName: true } },
    { sortOrder: "sideways" },
    { cursor: 3 },
  ])("is refused with a parameter of another type: %j", async (body) => {
    expectError(await search("/Users", { sortBy: "userName", ...body }), 400);
  });

  it("is refused with a filter that is none", async () => {
    expectError(await search("/Users", { filter: "userName is x" }), 400, "invalidFilter");
  });

  it("of the password is refused as sensitive", async () => {
    expectError(await search("/Users", { filter: 'password eq "x"' }), 403, "sensitive");
  });
});

describe("a search of everything", () => {
  it("by POST finds users and groups", async () => {
    const answer = await search("", { filter: "id pr" });
    expectOk(answer, 200, { schemas: [listSchema], totalResults: 3 });
    expect(new Set(pluck(resourcesOf(answer), "id"))).toEqual(new Set([ada, grace, engineers]));
    expect(pluck(resourcesOf(answer), "meta", "resourceType").toSorted()).toEqual(["Group", "User", "User"]);
  });

  it("by GET does so as well", async () => {
    for (const path of ["?filter=id%20pr", "/?filter=id%20pr"]) {
      expectOk(await own.scim.get(path), 200, { totalResults: 3 });
    }
  });

  it("filters by what both have", async () => {
    const answer = await search("", { filter: `id eq "${engineers}"` });
    expectOk(answer, 200, { totalResults: 1, Resources: [{ id: engineers, displayName: "Engineers" }] });
  });

  it("finds nothing of others", async () => {
    const empty = await directory();
    const body = { schemas: [searchRequest], filter: "id pr" };
    expectOk(await empty.scim.post("/.search", body), 200, { totalResults: 0, Resources: [] });
  });
});

describe("/Me", () => {
  it.each(["GET", "PUT", "PATCH", "DELETE", "POST"])("is not implemented for %s", async (method) => {
    const body = method === "GET" || method === "DELETE" ? {} : { body: {} };
    expectError(await own.scim.send(method, "/Me", body), 501, null);
  });
});
