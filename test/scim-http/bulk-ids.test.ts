/** References between the operations of one bulk request (RFC 7644 section 3.7.2). */
import { describe, expect, it } from "vitest";
import { bulk, idAt, statusesOf } from "./support/bulk.ts";
import { scimServer } from "./support/directory.ts";
import { expectIds, expectOk } from "./support/expect.ts";
import { at, listAt, textAt } from "./support/json.ts";
import { createGroup, createUsers, enterpriseSchema, fullUser, group } from "./support/resources.ts";

const { directory } = scimServer();
const patchOf = (...Operations: readonly unknown[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations,
});

describe("a bulkId", () => {
  it("stands for the resource that its operation makes, later", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada") },
      { method: "POST", path: "/Groups", bulkId: "engineers", data: group("Engineers", ["bulkId:ada"]) },
    ]);
    expect(statusesOf(answer)).toEqual(["201", "201"]);
    const [ada, engineers] = [idAt(answer, 0), idAt(answer, 1)];
    expectOk(await scim.get(`/Groups/${engineers}`), 200, { members: [{ value: ada }] });
  });

  it("and earlier", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      { method: "POST", path: "/Groups", bulkId: "engineers", data: group("Engineers", ["bulkId:ada"]) },
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada") },
    ]);
    expectOk(answer, 200);
    const groups = await scim.get("/Groups");
    expectOk(groups, 200, { totalResults: 1 });
    const id = textAt(groups.json, "Resources", 0, "id");
    const users = await scim.get("/Users");
    const ada = textAt(users.json, "Resources", 0, "id");
    expectOk(await scim.get(`/Groups/${id}`), 200, { members: [{ value: ada }] });
  });

  it("in a circle, of managers of each other", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      {
        method: "POST",
        path: "/Users",
        bulkId: "one",
        data: fullUser("one", { [enterpriseSchema]: { manager: { value: "bulkId:two" } } }),
      },
      {
        method: "POST",
        path: "/Users",
        bulkId: "two",
        data: fullUser("two", { [enterpriseSchema]: { manager: { value: "bulkId:one" } } }),
      },
    ]);
    expectOk(answer, 200);
    expect(statusesOf(answer)).toEqual(["201", "201"]);
    const ids = new Map(
      listAt(answer.json, "Operations").map((operation) => [
        at(operation, "bulkId"),
        String(at(operation, "location")).replace(/.*\//, ""),
      ]),
    );
    for (const [name, other] of [
      ["one", "two"],
      ["two", "one"],
    ]) {
      expectOk(await scim.get(`/Users/${ids.get(name)}`), 200, {
        [enterpriseSchema]: { manager: { value: ids.get(other) } },
      });
    }
  });

  it("stands in a PATCH of an existing group", async () => {
    const { scim } = await directory();
    const id = await createGroup(scim, group("Engineers"));
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada") },
      {
        method: "PATCH",
        path: `/Groups/${id}`,
        data: patchOf({ op: "add", path: "members", value: [{ value: "bulkId:ada" }] }),
      },
    ]);
    expect(listAt(answer.json, "Operations").map((each) => String(at(each, "status")))).toEqual([
      "201",
      expect.stringMatching(/^20[04]$/),
    ]);
    expectOk(await scim.get(`/Groups/${id}`), 200, { members: [{ value: idAt(answer, 0) }] });
  });

  it("that nobody has fails its operation alone", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      { method: "POST", path: "/Groups", bulkId: "g", data: group("Engineers", ["bulkId:nobody"]) },
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada") },
    ]);
    expect(statusesOf(answer)).toEqual(["409", "201"]);
    expectIds(await scim.get("/Groups"), []);
  });

  it("of an operation that failed fails what names it", async () => {
    const { scim } = await directory();
    await createUsers(scim, ["ada"]);
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada") },
      { method: "POST", path: "/Groups", bulkId: "g", data: group("Engineers", ["bulkId:ada"]) },
    ]);
    expect(statusesOf(answer)).toEqual(["409", "409"]);
    expectIds(await scim.get("/Groups"), []);
  });

  it("cannot be had twice", async () => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "same", data: fullUser("ada") },
      { method: "POST", path: "/Users", bulkId: "same", data: fullUser("grace") },
    ]);
    expect(statusesOf(answer)).toEqual(["201", "400"]);
  });

  it("as a part of a text is a text", async () => {
    const { scim } = await directory();
    const title = "the bulkId:ada is no reference here";
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId: "ada", data: fullUser("ada", { title }) },
    ]);
    expectOk(await scim.get(`/Users/${idAt(answer, 0)}`), 200, { title });
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("can be called %s", async (bulkId) => {
    const { scim } = await directory();
    const answer = await bulk(scim, [
      { method: "POST", path: "/Users", bulkId, data: fullUser("ada") },
      { method: "POST", path: "/Groups", bulkId: "g", data: group("Engineers", [`bulkId:${bulkId}`]) },
      { method: "POST", path: "/Groups", bulkId: "h", data: group("Others", ["bulkId:valueOf"]) },
    ]);
    expect(statusesOf(answer)).toEqual(["201", "201", "409"]);
  });
});
