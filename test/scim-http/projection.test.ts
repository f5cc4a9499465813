/** Which attributes come back (RFC 7644 sections 3.4.2.5 and 3.9). */
import { beforeAll, describe, expect, it } from "vitest";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectOk } from "./support/expect.ts";
import { at, namesIn, resourcesOf } from "./support/json.ts";
import {
  createGroup,
  createUser,
  createUsers,
  enterpriseSchema,
  fullUser,
  group,
  userSchema,
} from "./support/resources.ts";

const { directory } = scimServer();

let own: Directory;
let ada: string;
let engineers: string;

const sent = fullUser("ada", {
  title: "Countess",
  emails: [{ value: "a@a.example", type: "work", primary: true, display: "A" }],
  [enterpriseSchema]: { department: "D", employeeNumber: "1", manager: { value: "m" } },
});

beforeAll(async () => {
  own = await directory();
  ada = await createUser(own.scim, sent);
  engineers = await createGroup(own.scim, group("Engineers", [ada], { externalId: "g" }));
});

async function read(query: string): Promise<unknown> {
  const answer = await own.scim.get(`/Users/${ada}?${query}`);
  expectOk(answer, 200, { id: ada });
  return answer.json;
}

const always = ["id", "schemas"];

describe("attributes", () => {
  it.each([
    ["userName", ["userName"]],
    ["USERNAME", ["userName"]],
    ["userName,title", ["title", "userName"]],
    ["userName, title", ["title", "userName"]],
    ["id", []],
    ["meta", ["meta"]],
    ["groups", ["groups"]],
    ["favouriteColour", []],
    ["userName,favouriteColour,__proto__", ["userName"]],
    [`${userSchema}:userName`, ["userName"]],
    ["manager", [enterpriseSchema]],
    [enterpriseSchema, [enterpriseSchema]],
  ])("%s brings those, and what is always there", async (attributes, names) => {
    const json = await read(`attributes=${encodeURIComponent(attributes)}`);
    expect(namesIn(json).toSorted()).toEqual([...always, ...names].toSorted());
  });

  it("bring a sub-attribute alone", async () => {
    expect(at(await read("attributes=name.givenName"), "name")).toEqual({ givenName: "ada" });
    expect(at(await read("attributes=emails.value"), "emails")).toEqual([{ value: "a@a.example" }]);
    expect(namesIn(at(await read("attributes=meta.version"), "meta"))).toEqual(["version"]);
  });

  it.each([enterpriseSchema, enterpriseSchema.toUpperCase()])(
    "bring one of the extension by its full name: %s",
    async (urn) => {
      const json = await read(`attributes=${urn}:department`);
      expect(at(json, enterpriseSchema)).toEqual({ department: "D" });
    },
  );

  it("never bring the password", async () => {
    expect(await read("attributes=password,userName")).not.toHaveProperty("password");
  });

  it("of a group bring its members only when they are asked for", async () => {
    const some = await own.scim.get(`/Groups/${engineers}?attributes=displayName`);
    expect(namesIn(some.json).toSorted()).toEqual(["displayName", ...always].toSorted());
    const members = await own.scim.get(`/Groups/${engineers}?attributes=members`);
    expectOk(members, 200, { members: [{ value: ada }] });
    expect(members.json).not.toHaveProperty("displayName");
    const values = await own.scim.get(`/Groups/${engineers}?attributes=members.value`);
    expect(at(values.json, "members")).toEqual([{ value: ada }]);
  });
});

describe("excludedAttributes", () => {
  it("leave those out, but never what is always there", async () => {
    const json = await read("excludedAttributes=emails,id,schemas,TITLE");
    expect(namesIn(json)).toEqual(expect.arrayContaining([...always, "userName", "displayName", "meta"]));
    for (const name of ["emails", "title"]) expect(json).not.toHaveProperty(name);
  });

  it("leave out a sub-attribute, and an extension or one of its attributes", async () => {
    const json = await read(`excludedAttributes=name.givenName,${enterpriseSchema}:department`);
    expect(at(json, "name")).toEqual({ familyName: "Example", formatted: "ada Example" });
    expect(at(json, enterpriseSchema)).not.toHaveProperty("department");
    expect(at(json, enterpriseSchema)).toHaveProperty("employeeNumber");
    expect(await read(`excludedAttributes=${enterpriseSchema}`)).not.toHaveProperty([enterpriseSchema]);
  });

  it("ignore what no schema has", async () => {
    expect(await read("excludedAttributes=favouriteColour,__proto__")).toEqual(await read(""));
  });
});

describe("both together", () => {
  it("are refused", async () => {
    const answer = await own.scim.get(`/Users/${ada}?attributes=userName&excludedAttributes=userName`);
    expectError(answer, 400, "invalidValue");
  });

  it("are refused before anything is made or changed", async () => {
    const { scim } = await directory();
    const both = "attributes=userName&excludedAttributes=emails";
    const id = await createUser(scim, fullUser("grace"));
    const team = await createGroup(scim, group("Team"));
    const patch = [{ op: "replace", path: "displayName", value: "Changed" }];
    const before = (await scim.get("/")).json;
    for (const answer of [
      await scim.post(`/Users?${both}`, fullUser("alan")),
      await scim.put(`/Users/${id}?${both}`, fullUser("grace", { displayName: "Changed" })),
      await scim.patch(`/Users/${id}?${both}`, patch),
      await scim.post(`/Groups?${both}`, group("Another")),
      await scim.put(`/Groups/${team}?${both}`, group("Changed")),
      await scim.patch(`/Groups/${team}?${both}`, patch),
    ]) {
      expectError(answer, 400, "invalidValue");
    }
    expect((await scim.get("/")).json).toEqual(before);
  });
});

describe("what comes back", () => {
  it("from a list has the same attributes", async () => {
    const [listed] = resourcesOf(await own.scim.get("/Users?attributes=userName"));
    expect(namesIn(listed).toSorted()).toEqual([...always, "userName"].toSorted());
    const [other] = resourcesOf(await own.scim.get("/Groups?excludedAttributes=members,meta"));
    expect(namesIn(other).toSorted()).toEqual([...always, "displayName", "externalId"].toSorted());
  });

  it("from POST, PUT and PATCH has them as well, and they change nothing of what is stored", async () => {
    const { scim } = await directory();
    const names = [...always, "userName"].toSorted();
    const created = await scim.post("/Users?attributes=userName", sent);
    expectOk(created, 201);
    expect(namesIn(created.json).toSorted()).toEqual(names);
    const path = `/Users/${at(created.json, "id")}`;
    const put = await scim.put(`${path}?attributes=userName`, { ...sent, title: "Put" });
    expectOk(put, 200);
    expect(namesIn(put.json).toSorted()).toEqual(names);
    const patched = await scim.patch(`${path}?excludedAttributes=emails`, [
      { op: "replace", path: "nickName", value: "N" },
    ]);
    expectOk(patched, 200, { nickName: "N" });
    expect(patched.json).not.toHaveProperty("emails");
    expectOk(await scim.get(path), 200, { title: "Put", nickName: "N", emails: [{ value: "a@a.example" }] });
  });

  it("from a group's POST and PUT has no members when they are left out", async () => {
    const { scim } = await directory();
    const [id = ""] = await createUsers(scim, ["ada"]);
    const created = await scim.post("/Groups?excludedAttributes=members", group("Engineers", [id]));
    expectOk(created, 201, { displayName: "Engineers" });
    expect(created.json).not.toHaveProperty("members");
    const path = `/Groups/${at(created.json, "id")}`;
    const put = await scim.put(`${path}?excludedAttributes=members`, group("Renamed", [id]));
    expectOk(put, 200, { displayName: "Renamed" });
    expect(put.json).not.toHaveProperty("members");
    expectOk(await scim.get(path), 200, { members: [{ value: id }] });
  });

  it("from a search has them as lists", async () => {
    const answer = await own.scim.post("/Users/.search", {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
      attributes: ["userName", "name.givenName"],
    });
    expect(namesIn(resourcesOf(answer)[0]).toSorted()).toEqual([...always, "name", "userName"].toSorted());
  });

  it("has a version of the whole resource, whatever part of it comes", async () => {
    const whole = await own.scim.get(`/Users/${ada}`);
    const part = await own.scim.get(`/Users/${ada}?attributes=userName`);
    expect(part.headers.get("etag")).toBe(whole.headers.get("etag"));
  });
});
