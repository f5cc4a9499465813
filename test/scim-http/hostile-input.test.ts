/** What means harm, or looks like it: refused or taken as plain data, with nothing given away. */
import { afterEach, describe, expect, it } from "vitest";
import { awkwardNames } from "../rpc/support/awkward.ts";
import type { ScimAnswer } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectNoContent, expectOk } from "./support/expect.ts";
import { at, listAt, textAt } from "./support/json.ts";
import { groupsOf, membersOf } from "./support/management.ts";
import {
  createGroup,
  createUser,
  fullUser,
  group,
  groupSchema,
  minimalUser,
  userSchema,
} from "./support/resources.ts";

const { running, directory } = scimServer();

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(running().logs.filter((line) => /"level":"(?:error|fatal)"/.test(line))).toEqual([]);
});

const traps = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"];

describe("a name of JavaScript's own", () => {
  it.each(traps)("%s is an unknown attribute of a body: ignored, and never stored", async (name) => {
    const { scim } = await directory();
    const body = `{"schemas":["${userSchema}"],"userName":"a@a.example","${name}":{"polluted":true,"active":false}}`;
    const answer = await scim.post("/Users", body);
    expectOk(answer, 201, { active: true });
    expect(answer.text).not.toContain("polluted");
  });

  it.each(traps)("%s within a complex value is ignored", async (name) => {
    const { scim } = await directory();
    const body = `{"schemas":["${userSchema}"],"userName":"a@a.example","name":{"givenName":"A","${name}":{"polluted":1}}}`;
    const answer = await scim.post("/Users", body);
    expectOk(answer, 201);
    expect(answer.text).not.toContain("polluted");
  });

  it.each(
    traps.flatMap((name) => [name, `${name}.polluted`, `name.${name}`, `emails[${name} eq "x"].value`]),
  )("%s is no path of a PATCH", async (path) => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const answer = await scim.patch(`/Users/${id}`, [{ op: "replace", path, value: true }]);
    expectError(answer, 400);
    expect(["invalidPath", "invalidFilter"]).toContain(at(answer.json, "scimType"));
  });

  it.each(traps)("%s is no attribute of a value without a path", async (name) => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const body = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"${name}":{"polluted":true}}}]}`;
    const answer = await scim.send("PATCH", `/Users/${id}`, { body });
    expectOk(answer, 200);
    expect((await scim.get(`/Users/${id}`)).text).not.toContain("polluted");
  });

  it.each(traps)("%s is no attribute to filter, sort or select by", async (name) => {
    const { scim } = await directory();
    expectError(await scim.filter("/Users", `${name} eq "x"`), 400, "invalidFilter");
    expectError(await scim.get(`/Users?sortBy=${name}`), 400);
    expectOk(await scim.get(`/Users?attributes=${name}`), 200);
    expectError(await scim.get(`/${name}`), 404);
    expectError(await scim.get(`/Users/${name}`), 404);
    expectError(await scim.get(`/Schemas/${name}`), 404);
    expectError(await scim.get(`/ResourceTypes/${name}`), 404);
  });
});

describe("awkward values", () => {
  it.each(awkwardNames)("are kept as they are: %j", async (name) => {
    const { scim, management, organizationId } = await directory();
    const body = fullUser("a", { displayName: name, title: name, externalId: name, nickName: name });
    const answer = await scim.post("/Users", body);
    expectOk(answer, 201, { displayName: name, title: name, externalId: name, nickName: name });
    const id = textAt(answer.json, "id");
    expectOk(await scim.get(`/Users/${id}`), 200, { displayName: name });
    expectIds(await scim.filter("/Users", `externalId eq ${JSON.stringify(name)}`), [id]);
    expectIds(await scim.filter("/Users", `title eq ${JSON.stringify(name)}`), [id]);
    expect(await membersOf(management, organizationId)).toMatchObject([{ fullName: name }]);
  });

  it.each(awkwardNames)("may be a group's name: %j", async (name) => {
    const { scim, management, organizationId } = await directory();
    const id = await createGroup(scim, group(name));
    expectOk(await scim.get(`/Groups/${id}`), 200, { displayName: name });
    expectIds(await scim.filter("/Groups", `displayName eq ${JSON.stringify(name)}`), [id]);
    expect(await groupsOf(management, organizationId)).toMatchObject([{ id, name }]);
  });

  it.each(["NUL \u0000", "half a pair \ud800"])(
    "that no database can keep are refused: %j",
    async (title) => {
      const { scim } = await directory();
      const escaped = JSON.stringify(fullUser("a", { title }));
      const answer = await scim.post("/Users", escaped);
      expectError(answer, 400);
      expectIds(await scim.get("/Users"), []);
      expectError(await scim.filter("/Users", `title eq ${JSON.stringify(title)}`), 400);
    },
  );
});

describe("bytes that are no UTF-8", () => {
  it.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80]])(
    "are refused",
    async (...bytes) => {
      const { scim } = await directory();
      const [before, after] = [`{"schemas":["${userSchema}"],"userName":"`, '"}'];
      const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      expectError(await scim.post("/Users", body), 400, "invalidSyntax");
    },
  );

  it("at the front, as a byte order mark, are refused (RFC 8259 section 8.1)", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", `\ufeff${JSON.stringify(fullUser("ada"))}`);
    expectError(answer, 400, "invalidSyntax");
  });
});

describe("SQL", () => {
  it.each([
    `' OR '1'='1`,
    `x'; DROP TABLE members; --`,
    `x") OR 1=1 --`,
    `%' UNION SELECT * FROM members --`,
    "\\'; --",
  ])("in a filter is a text: %s", async (text) => {
    const { scim } = await directory();
    await createUser(scim, fullUser("ada"));
    for (const operator of ["eq", "co", "sw", "ew"]) {
      expectIds(await scim.filter("/Users", `userName ${operator} ${JSON.stringify(text)}`), []);
    }
    expectError(await scim.get(`/Users?sortBy=${encodeURIComponent(text)}`), 400);
    expectError(await scim.get(`/Users/${encodeURIComponent(text)}`), 404);
    expectOk(await scim.get("/Users"), 200, { totalResults: 1 });
  });
});

describe("numbers", () => {
  it.each(["1e400", "-1e400", "1e999999999", "0.1", "123456789012345678901234567890"])(
    "of any size are no text: %s",
    async (number) => {
      const { scim } = await directory();
      const answer = await scim.post(
        "/Users",
        `{"schemas":["${userSchema}"],"userName":"a","title":${number}}`,
      );
      expectError(answer, 400);
    },
  );

  it("of any size in an attribute that nobody knows are ignored", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", `{"schemas":["${userSchema}"],"userName":"a","unknown":1e400}`);
    expectOk(answer, 201);
  });
});

describe("a refusal", () => {
  const canary = "CANARY-5a17f09c3be2";

  function expectNothingInside(answer: ScimAnswer): void {
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).not.toContain(canary.repeat(4));
    expect(answer.text).not.toMatch(/\bat .*\.ts|node_modules|SQLITE|SELECT |INSERT |pg_|stack/i);
  }

  it("repeats no long value of the request, no SQL, no stack", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("ada"));
    const long = canary.repeat(4);
    for (const answer of [
      await scim.get(`/Users/${long}`),
      await scim.get(`/${long}`),
      await scim.filter("/Users", `userName is "${long}"`),
      await scim.filter("/Users", `${long} eq "x"`),
      await scim.get(`/Users?sortBy=${long}`),
      await scim.get(`/Users?count=${long}`),
      await scim.get(`/Users?cursor=${long}`),
      await scim.post("/Users", `{"${long}"`),
      await scim.post("/Users", { schemas: [userSchema], title: long }),
      await scim.post("/Users", minimalUser("a", { active: long })),
      await scim.post("/Users", fullUser("ada", { title: long })),
      await scim.post("/Groups", group("Engineers", [long])),
      await scim.patch(`/Users/${id}`, [{ op: "replace", path: long, value: long }]),
      await scim.patch(`/Users/${id}`, [{ op: long, path: "title", value: "x" }]),
      await scim.patch(`/Users/${id}`, [{ op: "replace", path: "title", value: { [long]: long } }]),
      await scim.patch(`/Users/${id}`, [{ op: "remove", path: `emails[${long}]` }]),
      await scim.put(`/Users/${id}`, fullUser("ada"), { "If-Match": `"${long}"` }),
      await scim.post("/Bulk", { schemas: [long], Operations: [] }),
      await scim.as(long).get("/Users"),
    ]) {
      expectNothingInside(answer);
    }
  });

  it("tells nothing of the members, users or groups that are there", async () => {
    const { scim } = await directory();
    await createUser(scim, fullUser("ada"));
    const taken = await scim.post("/Users", fullUser("ada"));
    expectError(taken, 409, "uniqueness");
    for (const secret of ["ada@example.com", "ext-ada"]) expect(taken.text).not.toContain(secret);
  });
});

describe("depth", () => {
  it("of JSON and filters of ten thousands of levels is refused at once", async () => {
    const { scim } = await directory();
    const deep = 10_000;
    const objects = `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`;
    const lists = `${"[".repeat(deep)}${"]".repeat(deep)}`;
    const startMs = performance.now();
    for (const body of [objects, lists, `{"schemas":${lists}}`, `{"userName":"a","name":${objects}}`]) {
      expectError(await scim.post("/Users", body), 400);
    }
    const filter = `${"(".repeat(deep)}userName pr${")".repeat(deep)}`;
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"];
    expectError(await scim.post("/Users/.search", { schemas, filter }), 400, "invalidFilter");
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe("many attributes", () => {
  it("of no schema are read past quickly", async () => {
    const { scim } = await directory();
    const unknown = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`unknown${index}`, index]),
    );
    const startMs = performance.now();
    const answer = await scim.post("/Users", { ...unknown, ...minimalUser("a@example.com") });
    expectOk(answer, 201);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it("of the same name are refused quickly", async () => {
    const { scim } = await directory();
    const same = Array.from({ length: 20_000 }, (_, index) => `"${index % 2 === 0 ? "title" : "TITLE"}":"x"`);
    const body = `{"schemas":["${userSchema}"],"userName":"a",${same.join(",")}}`;
    expectError(await scim.post("/Users", body), 400, "invalidSyntax");
  });

  it("in lists are a thousand at most, of which a filter selects quickly", async () => {
    const { scim } = await directory();
    const emails = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ value: `a${index}@example.com`, type: "other" }));
    expectError(await scim.post("/Users", minimalUser("a", { emails: emails(1001) })), 400, "invalidValue");
    const id = await createUser(scim, minimalUser("a", { emails: emails(1000) }));
    const startMs = performance.now();
    const remove = [{ op: "remove", path: 'emails[value co "9@" or value co "8@"]' }];
    const answer = await scim.patch(`/Users/${id}`, remove);
    expect(listAt(answer.json, "emails")).toHaveLength(800);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

describe("a schema of another type", () => {
  it("makes no user of a group", async () => {
    const { scim } = await directory();
    const answer = await scim.post("/Users", { schemas: [groupSchema], displayName: "Engineers" });
    expectError(answer, 400);
    expectIds(await scim.get("/Groups"), []);
  });
});

describe("a stranger's token in the wrong place", () => {
  it("in a body, a path or a query is in no answer and no log", async () => {
    const { scim, token } = await directory();
    const answers = [
      await scim.get(`/Users/${token}`),
      await scim.get(`/Users?filter=${token}`),
      await scim.post("/Users", { schemas: [userSchema], [token]: token }),
      await scim.patch(`/Users/${token}`, [{ op: token, path: token, value: token }]),
    ];
    for (const answer of answers) expect(answer.text).not.toContain(token);
    expect(running().logs.filter((line) => line.includes(token))).toEqual([]);
  });
});

it("deleting what was awkward works as well", async () => {
  const { scim } = await directory();
  for (const name of awkwardNames) {
    const id = await createUser(scim, minimalUser(`${name}@example.com`));
    expectNoContent(await scim.del(`/Users/${id}`));
  }
  expectIds(await scim.get("/Users"), []);
});
