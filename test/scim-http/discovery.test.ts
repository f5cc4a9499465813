/** What a client can learn before it says anything (RFC 7644 section 4, RFC 7643 sections 5 to 7, RFC 9865 section 3). */
import { beforeAll, describe, expect, it } from "vitest";
import type { ScimClient } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectOk, listSchema } from "./support/expect.ts";
import { at, listAt, pluck, resourcesOf, textAt } from "./support/json.ts";
import { enterpriseSchema, groupSchema, userSchema } from "./support/resources.ts";
import { discoveryPaths } from "./support/routes.ts";

const { directory } = scimServer();

let scim: ScimClient;

beforeAll(async () => {
  scim = (await directory()).scim;
});

describe("ServiceProviderConfig", () => {
  it("says what is supported and how much of it", async () => {
    expectOk(await scim.get("/ServiceProviderConfig"), 200, {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 1000 },
      changePassword: { supported: false },
      sort: { supported: true },
      etag: { supported: true },
      meta: { resourceType: "ServiceProviderConfig", location: `${scim.base}/ServiceProviderConfig` },
    });
  });

  it("says how to page by cursor and by index", async () => {
    expectOk(await scim.get("/ServiceProviderConfig"), 200, {
      pagination: {
        cursor: true,
        index: true,
        defaultPaginationMethod: "index",
        maxPageSize: 1000,
        cursorTimeout: 3600,
      },
    });
  });

  it("names bearer tokens as the way in", async () => {
    const { json } = await scim.get("/ServiceProviderConfig");
    expect(listAt(json, "authenticationSchemes")).toMatchObject([{ type: "oauthbearertoken" }]);
    const [scheme] = listAt(json, "authenticationSchemes");
    expect(textAt(scheme, "name")).not.toBe("");
    expect(textAt(scheme, "description")).not.toBe("");
  });

  it("ignores filter, sorting and paging, as RFC 7644 section 4 has it", async () => {
    const plain = await scim.get("/ServiceProviderConfig");
    const asked = await scim.get("/ServiceProviderConfig?filter=x&sortBy=id&startIndex=999&count=0");
    expectOk(asked, 200);
    expect(asked.text).toBe(plain.text);
  });
});

describe("ResourceTypes", () => {
  it("lists users and groups", async () => {
    const answer = await scim.get("/ResourceTypes");
    expectOk(answer, 200, { schemas: [listSchema], totalResults: 2 });
    expect(pluck(resourcesOf(answer), "name").toSorted()).toEqual(["Group", "User"]);
  });

  it.each([
    ["User", "/Users", userSchema, [enterpriseSchema]],
    ["Group", "/Groups", groupSchema, []],
  ])("describes %s by its name", async (name, endpoint, schema, extensions) => {
    const answer = await scim.get(`/ResourceTypes/${name}`);
    expectOk(answer, 200, {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
      id: name,
      name,
      endpoint,
      schema,
      meta: { resourceType: "ResourceType", location: `${scim.base}/ResourceTypes/${name}` },
    });
    const listed = listAt(answer.json, "schemaExtensions");
    expect(pluck(listed, "schema")).toEqual(extensions);
    for (const required of pluck(listed, "required")) expect(required).toBe(false);
  });

  it("name schemas that can be read", async () => {
    for (const type of resourcesOf(await scim.get("/ResourceTypes"))) {
      const urns = [at(type, "schema"), ...pluck(listAt(type, "schemaExtensions"), "schema")];
      for (const urn of urns) expectOk(await scim.get(`/Schemas/${urn}`), 200, { id: urn });
    }
  });

  it("does not know others", async () => {
    expectError(await scim.get("/ResourceTypes/Device"), 404);
  });

  it("cannot be filtered", async () => {
    expectError(await scim.filter("/ResourceTypes", 'name eq "User"'), 403);
  });
});

describe("Schemas", () => {
  const urns = [userSchema, groupSchema, enterpriseSchema];

  it("lists the three, and none of messages", async () => {
    const answer = await scim.get("/Schemas");
    expectOk(answer, 200, { schemas: [listSchema], totalResults: 3 });
    expect(pluck(resourcesOf(answer), "id").toSorted()).toEqual(urns.toSorted());
  });

  it.each(urns)("describes %s by its URN in any letter case", async (urn) => {
    const answer = await scim.get(`/Schemas/${urn}`);
    expectOk(answer, 200, {
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
      id: urn,
      meta: { resourceType: "Schema", location: `${scim.base}/Schemas/${urn}` },
    });
    expect((await scim.get(`/Schemas/${urn.toUpperCase()}`)).text).toBe(answer.text);
    expect((await scim.get(`/Schemas/${encodeURIComponent(urn)}`)).text).toBe(answer.text);
  });

  it("does not know others", async () => {
    expectError(await scim.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:Device"), 404);
    expectError(await scim.get("/Schemas/__proto__"), 404);
  });

  it("cannot be filtered", async () => {
    expectError(await scim.filter("/Schemas", 'id eq "x"'), 403);
  });

  it("gives every characteristic of every attribute", async () => {
    const attributes = resourcesOf(await scim.get("/Schemas")).flatMap((schema) =>
      listAt(schema, "attributes"),
    );
    expect(attributes.length).toBeGreaterThan(20);
    const all = attributes.flatMap((each) => [each, ...listAt(each, "subAttributes")]);
    for (const attribute of all) expect(attribute).toMatchObject(characteristics);
    for (const attribute of all) {
      if (at(attribute, "type") === "complex") expect(listAt(attribute, "subAttributes")).not.toEqual([]);
      if (at(attribute, "type") === "reference") expect(listAt(attribute, "referenceTypes")).not.toEqual([]);
    }
  });

  it("says of userName what holds for it", async () => {
    const { json } = await scim.get(`/Schemas/${userSchema}`);
    const attributes = listAt(json, "attributes");
    const named = (name: string) => attributes.find((each) => at(each, "name") === name);
    expect(named("userName")).toMatchObject({
      required: true,
      caseExact: false,
      uniqueness: "server",
      mutability: "readWrite",
    });
    expect(named("active")).toMatchObject({ type: "boolean", mutability: "readWrite" });
    expect(named("password")).toMatchObject({ mutability: "writeOnly", returned: "never" });
    expect(named("groups")).toMatchObject({ mutability: "readOnly" });
  });

  it("gives the types that addresses and numbers have", async () => {
    const { json } = await scim.get(`/Schemas/${userSchema}`);
    const typesOf = (name: string): readonly unknown[] => {
      const attribute = listAt(json, "attributes").find((each) => at(each, "name") === name);
      const type = listAt(attribute, "subAttributes").find((each) => at(each, "name") === "type");
      return listAt(type, "canonicalValues");
    };
    for (const name of ["emails", "addresses"]) {
      expect(typesOf(name)).toEqual(expect.arrayContaining(["work", "home", "other"]));
    }
    expect(typesOf("phoneNumbers")).toEqual(
      expect.arrayContaining(["work", "home", "mobile", "fax", "other"]),
    );
  });
});

const characteristics = {
  name: expect.any(String),
  type: expect.stringMatching(/^(string|boolean|decimal|integer|dateTime|reference|binary|complex)$/),
  multiValued: expect.any(Boolean),
  description: expect.any(String),
  required: expect.any(Boolean),
  caseExact: expect.any(Boolean),
  mutability: expect.stringMatching(/^(readOnly|readWrite|immutable|writeOnly)$/),
  returned: expect.stringMatching(/^(always|never|default|request)$/),
  uniqueness: expect.stringMatching(/^(none|server|global)$/),
};

describe.each(discoveryPaths)("%s", (path) => {
  it("has no null in it", async () => {
    expect((await scim.get(path)).text).not.toMatch(/:\s*null/);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("does not allow %s", async (method) => {
    const answer = await scim.send(method, path, method === "DELETE" ? {} : { body: {} });
    expectError(answer, 405, null);
    expect(answer.headers.get("allow")).toMatch(/\bGET\b/);
  });
});
