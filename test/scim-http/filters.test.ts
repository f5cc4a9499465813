/** Filters over HTTP (RFC 7644 section 3.4.2.2), with what providers add to the grammar. */
import { beforeAll, describe, expect, it } from "vitest";
import rows from "./fixtures/filters.json" with { type: "json" };
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk } from "./support/expect.ts";
import { pluck, resourcesOf, textAt } from "./support/json.ts";
import { createGroup, createUser, enterpriseSchema, group, minimalUser } from "./support/resources.ts";

const { running, directory } = scimServer();

/** Users by the name that the rows below have for them; each is made a second after the one before. */
const people = {
  ada: minimalUser("Ada@Example.com", {
    externalId: "Ext-1",
    name: { givenName: "Ada", familyName: "Byron" },
    displayName: "Ada Byron",
    title: "Countess",
    emails: [
      { value: "Ada@Work.example", type: "work", primary: true },
      { value: "ada@home.example", type: "home" },
    ],
    [enterpriseSchema]: { department: "Engines", employeeNumber: "10" },
  }),
  grace: minimalUser("grace@example.com", {
    externalId: "ext-2",
    name: { givenName: "Grace", familyName: "Hopper" },
    displayName: 'Grace "Amazing" Hopper',
    title: "Admiral",
    userType: "Employee",
    emails: [{ value: "grace@work.example", type: "work" }],
    phoneNumbers: [{ value: "+1 555", type: "mobile" }],
    [enterpriseSchema]: { department: "Compilers", employeeNumber: "9" },
  }),
  emile: minimalUser("émile@example.com", {
    displayName: "100% _émile_ \\ back",
    active: false,
    userType: "Intern",
    emails: [{ value: "emile@home.example", type: "home", primary: true }],
  }),
  nobody: minimalUser("nobody"),
} as const;

let own: Directory;
/** What stands in braces in the rows: who is found, the groups, and when grace was made. */
const names = new Map<string, string>();

beforeAll(async () => {
  own = await directory();
  for (const [name, body] of Object.entries(people)) {
    running().clock.advance(1000);
    names.set(name, await createUser(own.scim, body));
  }
  const [ada, grace] = [named("ada"), named("grace")];
  const engineers = group("Engineers", [ada, grace], { externalId: "G-1" });
  names.set("engineers", await createGroup(own.scim, engineers));
  names.set("writers", await createGroup(own.scim, group("Writers", [grace])));
  const answer = await own.scim.patch(`/Users/${grace}`, [{ op: "add", path: "manager", value: ada }]);
  names.set("graceCreated", textAt(answer.json, "meta", "created"));
});

function named(name: string): string {
  const found = names.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => named(name));

it("there are rows", () => {
  expect(rows.users.length).toBeGreaterThan(90);
  expect(rows.groups.length).toBeGreaterThan(10);
  expect(rows.refused.length).toBeGreaterThan(25);
});

/** Of what a user has none of, `eq` is false and so `ne` and `not` are true; of several, `eq` means any. */
describe("a filter of users", () => {
  it.each(rows.users)("$what: $filter", async ({ filter, found }) => {
    expectIds(await own.scim.filter("/Users", fill(filter)), found.map(named));
  });
});

describe("a filter of groups", () => {
  it.each(rows.groups)("$filter", async ({ filter, found }) => {
    expectIds(await own.scim.filter("/Groups", fill(filter)), found.map(named));
  });
});

describe("a filter in the URL", () => {
  it.each([
    ["blanks as %20", "filter=userName%20eq%20%22nobody%22"],
    ["blanks as plus signs", "filter=userName+eq+%22nobody%22"],
    ["a stray ampersand", "filter=userName+eq+%22nobody%22&"],
    ["blanks and quotes that are encoded twice", "filter=userName%2520eq%2520%2522nobody%2522"],
  ])("is understood with %s", async (_name, query) => {
    expectIds(await own.scim.get(`/Users?${query}`), [named("nobody")]);
  });

  it("may have a plus sign as %2B", async () => {
    expectIds(await own.scim.get("/Users?filter=phoneNumbers.value+eq+%22%2B1+555%22"), [named("grace")]);
  });
});

describe("a filter that is none", () => {
  it.each(rows.refused)("is refused as invalidFilter: %j", async (text) => {
    expectError(await own.scim.filter("/Users", text), 400, "invalidFilter");
  });

  it("is refused on groups by names of users", async () => {
    expectError(await own.scim.filter("/Groups", 'userName eq "x"'), 400, "invalidFilter");
  });
});

describe("a filter by the password", () => {
  it.each(['password eq "x"', "password pr", 'userName eq "x" or password sw "a"', 'PASSWORD co "x"'])(
    "is refused as sensitive: %s",
    async (text) => {
      expectError(await own.scim.filter("/Users", text), 403, "sensitive");
    },
  );
});

describe("a filter that is too much", () => {
  const term = 'userName eq "x"';
  const terms = (count: number): string => Array.from({ length: count }, () => term).join(" or ");

  it("has 100 terms at most", async () => {
    expectOk(await own.scim.post("/Users/.search", searchOf(terms(100))), 200);
    expectError(await own.scim.post("/Users/.search", searchOf(terms(101))), 400);
  });

  it("is 20 deep at most", async () => {
    const nested = (depth: number): string => `${"(".repeat(depth)}${term}${")".repeat(depth)}`;
    expectOk(await own.scim.filter("/Users", nested(20)), 200);
    expectError(await own.scim.filter("/Users", nested(21)), 400, "invalidFilter");
    expectError(await own.scim.post("/Users/.search", searchOf(nested(1000))), 400, "invalidFilter");
    const negated = `${"not (".repeat(21)}${term}${")".repeat(21)}`;
    expectError(await own.scim.filter("/Users", negated), 400, "invalidFilter");
  });

  it("has 4,096 characters at most", async () => {
    const long = (length: number): string => `userName eq "${"x".repeat(length - 14)}"`;
    expect(long(4096)).toHaveLength(4096);
    expectOk(await own.scim.filter("/Users", long(4096)), 200, { totalResults: 0 });
    expectError(await own.scim.filter("/Users", long(4097)), 400, "invalidFilter");
  });

  it("is refused quickly, however much it is", async () => {
    const startMs = performance.now();
    for (const text of [terms(40_000), "(".repeat(500_000), `userName eq "${"a".repeat(900_000)}"`]) {
      const answer = await own.scim.post("/Users/.search", searchOf(text));
      expectError(answer, 400);
    }
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });
});

function searchOf(filter: string): object {
  return { schemas: ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], filter };
}

it("totalResults is of all that match, on whatever page", async () => {
  const answer = await own.scim.filter("/Users", "title pr", "&count=1");
  expectOk(answer, 200, { totalResults: 2, itemsPerPage: 1 });
  expect(pluck(resourcesOf(answer), "id")).toEqual([named("ada")]);
});
