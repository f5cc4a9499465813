/** Many operations in one request (RFC 7644 section 3.7). */
import { describe, expect, it } from "vitest";
import { bulk, bulkRequest, creations, idAt, statusesOf } from "./support/bulk.ts";
import { scimServer } from "./support/directory.ts";
import {
  errorSchema,
  expectError,
  expectIds,
  expectOk,
  expectUnchanged,
  versionOf,
} from "./support/expect.ts";
import { at, listAt } from "./support/json.ts";
import { membersOf } from "./support/management.ts";
import { createUser, createUsers, fullUser, group, minimalUser, nobodys } from "./support/resources.ts";

const { directory } = scimServer();
const bulkResponse = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const patchOf = (...Operations: readonly unknown[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

describe("a bulk request", () => {
  it("does every kind of operation and answers each with method, status, location and version", async () => {
    const { scim } = await directory();
    const [ada = "", grace = "", gone = ""] = await createUsers(scim, ["ada", "grace", "gone"]);
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "new", data: fullUser("mary") },
      { method: "PUT", path: `/Users/${ada}`, data: fullUser("ada", { title: "Countess" }) },
      {
        method: "PATCH",
        path: `/Users/${grace}`,
        data: patchOf({ op: "replace", path: "title", value: "Admiral" }),
      },
      { method: "DELETE", path: `/Users/${gone}` },
    ]);
    expectOk(answer, 200, { schemas: [bulkResponse] });
    const mary = idAt(answer, 0);
    expect(listAt(answer.json, "Operations")).toMatchObject([
      { method: "POST", bulkId: "new", status: "201", location: `${scim.base}/Users/${mary}` },
      { method: "PUT", status: "200", location: `${scim.base}/Users/${ada}` },
      { method: "PATCH", status: "200", location: `${scim.base}/Users/${grace}` },
      { method: "DELETE", status: "204" },
    ]);
    for (const [index, id] of [mary, ada, grace].entries()) {
      expect(at(answer.json, "Operations", index, "version")).toBe(await versionOf(scim, `/Users/${id}`));
    }
    expectIds(await scim.get("/Users"), [ada, grace, mary]);
    expectOk(await scim.get(`/Users/${ada}`), 200, { title: "Countess" });
  });

  it("takes methods in any letter case", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [{ method: "post", path: "/Users", bulkId: "a", data: fullUser("ada") }]);
    expect(statusesOf(answer)).toEqual(["201"]);
  });

  it("goes on after an operation that fails, each for itself", async () => {
    const { scim } = await directory();
    await createUsers(scim, ["ada"]);
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "twice", data: fullUser("ada") },
      { method: "DELETE", path: `/Users/${nobodys}` },
      { method: "POST", path: "/Users", bulkId: "fine", data: fullUser("grace") },
    ]);
    expectOk(answer, 200);
    expect(statusesOf(answer)).toEqual(["409", "404", "201"]);
    expect(listAt(answer.json, "Operations")).toMatchObject([
      {
        method: "POST",
        bulkId: "twice",
        response: { schemas: [errorSchema], status: "409", scimType: "uniqueness" },
      },
      { method: "DELETE", location: `${scim.base}/Users/${nobodys}`, response: { status: "404" } },
      { method: "POST", bulkId: "fine" },
    ]);
    expectOk(await scim.get("/Users"), 200, { totalResults: 2 });
  });

  it("does each operation whole or not at all", async () => {
    const { scim, management, organizationId } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const answer = await bulk(scim, [
      { method: "POST", path: "/Groups", bulkId: "g", data: group("Engineers", [ada, nobodys]) },
      {
        method: "PATCH",
        path: `/Users/${ada}`,
        data: patchOf(
          { op: "replace", path: "active", value: false },
          { op: "replace", path: "no", value: 1 },
        ),
      },
    ]);
    expect(statusesOf(answer)).toEqual(["400", "400"]);
    expectIds(await scim.get("/Groups"), []);
    expect(await membersOf(management, organizationId)).toMatchObject([{ status: "active" }]);
  });

  it.each([
    [1, ["409"]],
    [2, ["409", "201", "404"]],
    [3, ["409", "201", "404", "201"]],
  ])("stops after as many failures as failOnErrors says: %i", async (failOnErrors, statuses) => {
    const { scim } = await directory();
    await createUsers(scim, ["ada"]);
    const operations = [
      { method: "POST", path: "/Users", bulkId: "a", data: fullUser("ada") },
      { method: "POST", path: "/Users", bulkId: "b", data: fullUser("b") },
      { method: "DELETE", path: `/Users/${nobodys}` },
      { method: "POST", path: "/Users", bulkId: "c", data: fullUser("c") },
    ];
    const answer = await bulk(scim, operations, { failOnErrors });
    expectOk(answer, 200);
    expect(statusesOf(answer)).toEqual(statuses);
  });

  it("honours the version of an operation", async () => {
    const { scim } = await directory();
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const path = `/Users/${ada}`;
    const version = await versionOf(scim, path);
    const put = (title: string) => ({ method: "PUT", path, version, data: fullUser("ada", { title }) });
    expect(statusesOf(await bulk(scim, [put("First"), put("Second")]))).toEqual(["200", "412"]);
    expectOk(await scim.get(path), 200, { title: "First" });
    expect(statusesOf(await bulk(scim, [{ method: "DELETE", path, version }]))).toEqual(["412"]);
  });
});

describe("an operation that is none", () => {
  it.each([
    ["without a method", { path: "/Users", bulkId: "a", data: fullUser("ada") }],
    ["with a method that is none", { method: "GET", path: "/Users", bulkId: "a" }],
    ["without a path", { method: "POST", bulkId: "a", data: fullUser("ada") }],
    ["without data", { method: "POST", path: "/Users", bulkId: "a" }],
    ["that creates, without a bulkId", { method: "POST", path: "/Users", data: fullUser("ada") }],
    ["on a path that is none", { method: "POST", path: "/Robots", bulkId: "a", data: {} }],
    ["that puts to all", { method: "PUT", path: "/Users", data: fullUser("ada") }],
    ["that posts to one", { method: "POST", path: `/Users/${nobodys}`, bulkId: "a", data: fullUser("ada") }],
    ["within another", { method: "POST", path: "/Bulk", bulkId: "a", data: {} }],
    ["that searches", { method: "POST", path: "/Users/.search", bulkId: "a", data: {} }],
  ])("fails alone: %s", async (_name, operation) => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      operation,
      { method: "POST", path: "/Users", bulkId: "x", data: fullUser("x") },
    ]);
    expectOk(answer, 200);
    expect(statusesOf(answer)).toEqual(["400", "201"]);
    expect(at(answer.json, "Operations", 0, "response")).toMatchObject({ schemas: [errorSchema] });
  });
});

describe("a bulk request that is none", () => {
  it.each([
    ["without its schema", { Operations: [] }],
    ["without operations", { schemas: [bulkRequest] }],
    ["with operations that are no list", { schemas: [bulkRequest], Operations: {} }],
    ["with a failOnErrors that is no number", { schemas: [bulkRequest], Operations: [], failOnErrors: "x" }],
    ["with a failOnErrors of less than 1", { schemas: [bulkRequest], Operations: [], failOnErrors: -1 }],
  ])("is refused: %s", async (_name, body) => {
    const { scim } = await directory();
    expectError(await scim.post("/Bulk", body), 400);
  });
});

describe("the bounds of a bulk request", () => {
  it("are 1,000 operations", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, creations(1000));
    expectOk(answer, 200);
    expect(new Set(statusesOf(answer))).toEqual(new Set(["201"]));
    expectOk(await scim.get("/Users?count=0"), 200, { totalResults: 1000 });
  });

  it("and not one more, of which nothing is done", async () => {
    const { scim } = await directory();
    expectError(await bulk(scim, creations(1001)), 413);
    expectIds(await scim.get("/Users"), []);
  });

  it("and 1 MiB", async () => {
    const { scim } = await directory();
    const data = minimalUser("a@example.com", { title: "x".repeat(1_048_576) });
    expectError(await bulk(scim, [{ method: "POST", path: "/Users", bulkId: "a", data }]), 413);
    expectIds(await scim.get("/Users"), []);
  });
});

describe("a bulk request on a stranger's resources", () => {
  it("finds none", async () => {
    const { scim } = await directory();
    const other = await directory();
    const id = await createUser(other.scim, fullUser("other"));
    await expectUnchanged(other.scim, `/Users/${id}`, async () => {
      const answer = await bulk(scim, [
        { method: "PUT", path: `/Users/${id}`, data: fullUser("mine") },
        {
          method: "PATCH",
          path: `/Users/${id}`,
          data: patchOf({ op: "replace", path: "title", value: "x" }),
        },
        { method: "DELETE", path: `/Users/${id}` },
      ]);
      expect(statusesOf(answer)).toEqual(["404", "404", "404"]);
    });
  });
});
