/** Users who are created, and who cannot be. */
import { describe, expect, it } from "vitest";
import { scimServer } from "./support/directory.ts";
import { expectBadValue, expectError, expectIds, expectOk, expectUnchanged } from "./support/expect.ts";
import { at, listAt, namesIn, textAt } from "./support/json.ts";
import { membersOf } from "./support/management.ts";
import {
  createUser,
  createUsers,
  enterpriseSchema,
  fullUser,
  minimalUser,
  nobodys,
  userSchema,
} from "./support/resources.ts";

const { running, directory } = scimServer();
const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe("a user who is created", () => {
  it("is answered with 201, a location and a version that agree in headers and body", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", fullUser("ada"));
    expectOk(answer, 201);
    const id = textAt(answer.json, "id");
    const location = `${scim.base}/Users/${id}`;
    expect(at(answer.json, "meta", "location")).toBe(location);
    expect(answer.headers.get("location")).toBe(location);
    expect(answer.headers.get("etag")).toBe(textAt(answer.json, "meta", "version"));
    expect(answer.headers.get("etag")).toMatch(/^"[^"]+"$/);
  });

  it("has an id that the server made, whatever the body says of id, meta and groups", async () => {
    const { scim } = await directory();
    const meta = {
      resourceType: "Robot",
      created: "1999-01-01T00:00:00Z",
      version: '"mine"',
      location: "x:y",
    };
    const answer = await scim.post(
      "/Users",
      fullUser("ada", { id: nobodys, meta, groups: [{ value: nobodys, display: "Admins" }] }),
    );
    expectOk(answer, 201);
    expect(textAt(answer.json, "id")).toMatch(uuidV7);
    expect(textAt(answer.json, "id")).not.toBe(nobodys);
    expect(at(answer.json, "meta", "resourceType")).toBe("User");
    expect(textAt(answer.json, "meta", "created")).not.toMatch(/^1999/);
    expect(at(answer.json, "meta", "version")).not.toBe('"mine"');
    expect(listAt(answer.json, "groups")).toEqual([]);
  });

  it("comes back as it was sent", async () => {
    const { scim } = await directory();
    const sent = fullUser("ada", {
      nickName: "Countess",
      title: "Analyst",
      locale: "en-GB",
      timezone: "Europe/London",
      preferredLanguage: "en-GB, fr;q=0.5",
      userType: "Employee",
      profileUrl: "https://example.com/ada",
      addresses: [{ type: "work", streetAddress: "1 Engine Way", locality: "London", country: "GB" }],
      phoneNumbers: [{ value: "tel:+44-20-7946-0018", type: "mobile", primary: true }],
      ims: [{ value: "ada", type: "xmpp" }],
      photos: [{ value: "https://example.com/ada.png", type: "photo" }],
      roles: [{ value: "analyst", display: "Analyst", type: "job", primary: false }],
      entitlements: [{ value: "engine" }],
      x509Certificates: [{ value: "AAECAwQ=" }],
      schemas: [userSchema, enterpriseSchema],
      [enterpriseSchema]: {
        employeeNumber: "1815",
        costCenter: "C",
        organization: "Engines",
        division: "D",
        department: "Mathematics",
      },
    });
    const { json } = await scim.post("/Users", sent);
    expect(json).toMatchObject(sent);
    expect((await scim.get(`/Users/${textAt(json, "id")}`)).json).toEqual(json);
  });

  it("keeps its values as they are: letter case, blanks, what is beyond ASCII and beyond 16 bits", async () => {
    const { scim } = await directory();
    const displayName = '  Ærøskøbing 👩‍👩‍👧‍👦 cafe\u0301 \u{10ffff} "quoted\\" ';
    const userName = "Straße.İstanbul@Example.COM";
    const id = await createUser(scim, minimalUser(userName, { displayName }));
    expect((await scim.get(`/Users/${id}`)).json).toMatchObject({ userName, displayName });
  });

  it("is active unless it is said not to be", async () => {
    const { scim, management, organizationId } = await directory();
    expectOk(await scim.post("/Users", minimalUser("a@a.example")), 201, { active: true });
    expectOk(await scim.post("/Users", minimalUser("b@a.example", { active: false })), 201, {
      active: false,
    });
    expect(await membersOf(management, organizationId)).toMatchObject([
      { email: "a@a.example", status: "active" },
      { email: "b@a.example", status: "suspended" },
    ]);
  });

  it.each([
    ["true", true],
    ["False", false],
    ["TRUE", true],
  ])("takes the text %j for active", async (active, expected) => {
    const { scim } = await directory();
    expectOk(await scim.post("/Users", minimalUser("a@a.example", { active })), 201, { active: expected });
  });

  it("is a member of the organization with the same id, as MEMBER, with the name and the primary address", async () => {
    const { scim, management, organizationId } = await directory();
    const emails = [
      { value: "home@ada.example", type: "home" },
      { value: "work@ada.example", type: "work", primary: true },
    ];
    const id = await createUser(scim, fullUser("ada", { emails, displayName: "Ada L." }));
    expect(await membersOf(management, organizationId)).toEqual([
      { id, email: "work@ada.example", fullName: "Ada L.", status: "active", role: "member" },
    ]);
  });

  it("has no password anywhere, though one is sent", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", fullUser("ada", { password: "t1meMa$heen" }));
    expectOk(answer, 201);
    const { text } = await scim.get(`/Users/${textAt(answer.json, "id")}`);
    for (const each of [answer.text, text, (await scim.get("/Users")).text]) {
      expect(each).not.toMatch(/password|t1meMa/i);
    }
    expect(running().logs.join("\n")).not.toContain("t1meMa$heen");
  });

  it("gets no role from the roles that are sent", async () => {
    const { scim, management, organizationId } = await directory();
    await createUser(scim, fullUser("ada", { roles: [{ value: "admin", primary: true }] }));
    expect(await membersOf(management, organizationId)).toMatchObject([{ role: "member" }]);
  });

  it("is without what no schema defines, and without what is null or empty", async () => {
    const { scim } = await directory();
    const odd = { favouriteColour: "blue", "urn:example:2.0:Custom": { a: 1 }, addresses: null, title: null };
    const answer = await scim.post("/Users", fullUser("ada", { ...odd, roles: [], nickName: "" }));
    expectOk(answer, 201);
    const names = namesIn(answer.json);
    for (const name of [...Object.keys(odd), "roles"]) expect(names).not.toContain(name);
    expect(listAt(answer.json, "schemas")).toEqual([userSchema]);
  });

  it("is taken with names of attributes in any letter case", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", {
      SCHEMAS: [userSchema.toUpperCase()],
      USERNAME: "ada@example.com",
      Name: { GIVENNAME: "Ada" },
      EMAILS: [{ VALUE: "ada@example.com", Primary: "TRUE" }],
    });
    expectOk(answer, 201, {
      schemas: [userSchema],
      userName: "ada@example.com",
      name: { givenName: "Ada" },
      emails: [{ value: "ada@example.com", primary: true }],
    });
  });

  it.each(["application/scim+json", "application/json", "application/scim+json; charset=utf-8"])(
    "is taken as %s",
    async (type) => {
      const { scim } = await directory();
      const headers = { "Content-Type": type, Accept: type };
      expectOk(await scim.post("/Users", fullUser("ada"), headers), 201);
    },
  );
});

describe("a user who cannot be created", () => {
  it.each([
    ["without a userName", { schemas: [userSchema] }],
    ["with an empty userName", minimalUser("")],
    ["with a userName that is null", { schemas: [userSchema], userName: null }],
    ["with a userName that is no text", { schemas: [userSchema], userName: 7 }],
    ["with a userName that is a list", { schemas: [userSchema], userName: ["a", "b"] }],
    ["with an active that is neither true nor false", minimalUser("a", { active: "perhaps" })],
    ["with a name that is no object", minimalUser("a", { name: "Ada" })],
    ["with emails that are numbers", minimalUser("a", { emails: [1] })],
    ["with a title that is an object", minimalUser("a", { title: { de: "Gräfin" } })],
  ])("%s is refused, and nothing is stored", async (_name, body) => {
    const { scim, management, organizationId } = await directory();
    expectBadValue(await scim.post("/Users", body));
    expectIds(await scim.get("/Users"), []);
    expect(await membersOf(management, organizationId)).toEqual([]);
  });

  it.each(["{", "", "null", "[]", '"text"', "17", '{"userName":"a"', "{'userName':'a'}", "\u0000"])(
    "as %j is refused as invalidSyntax",
    async (body) => {
      const { scim } = await directory();
      expectError(await scim.post("/Users", body), 400, "invalidSyntax");
    },
  );

  it("is refused with an attribute twice in different letter case", async () => {
    const { scim } = await directory();
    const twice = `{"schemas":["${userSchema}"],"userName":"a@a.example","title":"x","TITLE":"y"}`;
    expectError(await scim.post("/Users", twice), 400, "invalidSyntax");
  });

  it("is refused with two primary addresses", async () => {
    const { scim } = await directory();
    const emails = [
      { value: "a@a.example", primary: true },
      { value: "b@a.example", primary: true },
    ];
    expectError(await scim.post("/Users", fullUser("ada", { emails })), 400, "invalidValue");
  });

  it.each(["text/plain", "application/xml", "multipart/form-data; boundary=x"])(
    "is refused as %s",
    async (type) => {
      const { scim } = await directory();
      expectError(await scim.post("/Users", fullUser("ada"), { "Content-Type": type }), 415);
    },
  );

  it("is refused when the body is compressed", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", fullUser("ada"), { "Content-Encoding": "gzip" });
    expectError(answer, 415);
  });
});

describe("a userName", () => {
  it("is taken in any letter case once somebody has it", async () => {
    const { scim } = await directory();
    await createUser(scim, minimalUser("Ada@Example.com"));
    for (const userName of ["Ada@Example.com", "ADA@EXAMPLE.COM", "ada@example.com"]) {
      expectError(await scim.post("/Users", minimalUser(userName)), 409, "uniqueness");
    }
  });

  it("is taken in any letter case beyond ASCII as well", async () => {
    const { scim } = await directory();
    await createUser(scim, minimalUser("ÉMILE"));
    expectError(await scim.post("/Users", minimalUser("émile")), 409, "uniqueness");
    expectError(await scim.post("/Users", minimalUser("e\u0301mile")), 409, "uniqueness");
  });

  it("that another has cannot be had by PUT or PATCH, which change nothing then", async () => {
    const { scim } = await directory();
    const [, second = ""] = await createUsers(scim, ["ada", "grace"]);
    const path = `/Users/${second}`;
    await expectUnchanged(scim, path, async () => {
      const taken = { userName: "ADA@example.com" };
      expectError(await scim.put(path, fullUser("grace", taken)), 409, "uniqueness");
      expectError(
        await scim.patch(path, [{ op: "replace", path: "userName", value: taken.userName }]),
        409,
        "uniqueness",
      );
      expectError(await scim.patch(path, [{ op: "replace", value: taken }]), 409, "uniqueness");
    });
  });

  it("can be written in another letter case by the one who has it", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const userName = "ADA@example.com";
    expectOk(await scim.put(`/Users/${id}`, fullUser("ada", { userName })), 200, { userName });
  });
});

describe("an externalId", () => {
  it("is taken exactly as it is, and free in another letter case", async () => {
    const { scim } = await directory();
    await createUser(scim, minimalUser("a@a.example", { externalId: "Abc" }));
    expectError(
      await scim.post("/Users", minimalUser("b@a.example", { externalId: "Abc" })),
      409,
      "uniqueness",
    );
    expectOk(await scim.post("/Users", minimalUser("c@a.example", { externalId: "abc" })), 201);
  });

  it("of many users may be missing", async () => {
    const { scim } = await directory();
    await createUser(scim, minimalUser("a@a.example"));
    await createUser(scim, minimalUser("b@a.example", { externalId: "" }));
    await createUser(scim, minimalUser("c@a.example", { externalId: null }));
  });
});
