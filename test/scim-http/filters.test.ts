/** Filters over HTTP (RFC 7644 section 3.4.2.2), with what providers add to the grammar. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk } from "./support/expect.ts";
import { at, pluck, resourcesOf } from "./support/json.ts";
import {
  createGroup,
  createUser,
  enterpriseSchema,
  group,
  minimalUser,
  userSchema,
} from "./support/resources.ts";

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
type Person = keyof typeof people;

let own: Directory;
const ids = new Map<string, string>();
let engineers = "";
let writers = "";
/** When grace was made. */
let graceCreated = "";

beforeAll(async () => {
  own = await directory();
  for (const [name, body] of Object.entries(people)) {
    running().clock.advance(1000);
    ids.set(name, await createUser(own.scim, body));
  }
  engineers = await createGroup(
    own.scim,
    group("Engineers", [id("ada"), id("grace")], { externalId: "G-1" }),
  );
  writers = await createGroup(own.scim, group("Writers", [id("grace")]));
  const manager = [{ op: "add", path: "manager", value: id("ada") }];
  await own.scim.patch(`/Users/${id("grace")}`, manager);
  graceCreated = String(at((await own.scim.get(`/Users/${id("grace")}`)).json, "meta", "created"));
});

function id(name: string): string {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

/** Ids stand in braces, because there are none yet when the rows are written. */
const fill = (text: string): string =>
  text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    if (name === "engineers") return engineers;
    if (name === "writers") return writers;
    return name === "graceCreated" ? graceCreated : id(name);
  });

type Row = readonly [filter: string, found: readonly Person[]];

const comparisons: readonly Row[] = [
  ['userName eq "ada@example.com"', ["ada"]],
  ['USERNAME EQ "ADA@EXAMPLE.COM"', ["ada"]],
  ['userName eq "ÉMILE@EXAMPLE.COM"', ["emile"]],
  ['userName eq "none@example.com"', []],
  ['userName ne "ada@example.com"', ["grace", "emile", "nobody"]],
  ['userName co "EXAMPLE"', ["ada", "grace", "emile"]],
  ['userName sw "gr"', ["grace"]],
  ['userName ew ".COM"', ["ada", "grace", "emile"]],
  ['userName gt "grace@example.com"', ["emile", "nobody"]],
  ['userName ge "grace@example.com"', ["grace", "emile", "nobody"]],
  ['userName lt "grace@example.com"', ["ada"]],
  ['userName le "grace@example.com"', ["ada", "grace"]],
  ["title pr", ["ada", "grace"]],
  ["externalId pr", ["ada", "grace"]],
  ["name pr", ["ada", "grace"]],
  ["phoneNumbers pr", ["grace"]],
  ["emails pr", ["ada", "grace", "emile"]],
  ['externalId eq "Ext-1"', ["ada"]],
  ['externalId eq "ext-1"', []],
  ["externalId eq Ext-1", ["ada"]],
  ['id eq "{grace}"', ["grace"]],
  ['id eq "1"', []],
  ["id pr", ["ada", "grace", "emile", "nobody"]],
  ['name.familyName eq "BYRON"', ["ada"]],
  ['name.familyName co "y"', ["ada"]],
  [`${userSchema}:userName eq "nobody"`, ["nobody"]],
  [`${userSchema}:name.givenName eq "ada"`, ["ada"]],
  ["active eq true", ["ada", "grace", "nobody"]],
  ["active eq false", ["emile"]],
  ["active ne true", ["emile"]],
  ['active eq "False"', ["emile"]],
  ["active pr", ["ada", "grace", "emile", "nobody"]],
  ["title eq null", ["emile", "nobody"]],
  ["title ne null", ["ada", "grace"]],
];

const lists: readonly Row[] = [
  ['emails.value eq "ADA@home.example"', ["ada"]],
  ['emails eq "ada@home.example"', ["ada"]],
  ['emails co "home"', ["ada", "emile"]],
  ['emails.value co "@work"', ["ada", "grace"]],
  ['emails[type eq "work"].value eq "ada@work.example"', ["ada"]],
  ['emails[type eq "work"].value eq "ada@home.example"', []],
  ['emails[type eq "work" and value co "@work"]', ["ada", "grace"]],
  ['emails[type eq "home" and value co "@work"]', []],
  ['emails[type eq "home"]', ["ada", "emile"]],
  ["emails[primary eq true]", ["ada", "emile"]],
  ['emails[primary eq "True" and type eq "home"]', ["emile"]],
  ['emails[not (type eq "work")]', ["ada", "emile"]],
  ['emails.type eq "home"', ["ada", "emile"]],
  ['phoneNumbers[type eq "mobile"] and userType eq "employee"', ["grace"]],
];

/** Of what a user has none of, `eq` is false and so `ne` and `not` are true; of several, `eq` means any. */
const negations: readonly Row[] = [
  ['title ne "Countess"', ["grace", "emile", "nobody"]],
  ['not (title eq "Countess")', ["grace", "emile", "nobody"]],
  ["not (title pr)", ["emile", "nobody"]],
  ['emails.value ne "ada@home.example"', ["grace", "emile", "nobody"]],
  ['not (emails.value eq "ada@home.example")', ["grace", "emile", "nobody"]],
  ['emails.type ne "work"', ["emile", "nobody"]],
  ['emails[type ne "work"]', ["ada", "emile"]],
  ["not (emails pr)", ["nobody"]],
];

const logic: readonly Row[] = [
  ['title pr and userName sw "g"', ["grace"]],
  ['title eq "Countess" or userName eq "nobody"', ["ada", "nobody"]],
  ['userName eq "nobody" or title pr and userName sw "g"', ["grace", "nobody"]],
  ['(userName eq "nobody" or title pr) and userName sw "g"', ["grace"]],
  ['not (title pr) and not (userName eq "nobody")', ["emile"]],
  ["NOT (title pr) AND active EQ FALSE", ["emile"]],
  ['((userName eq "nobody"))', ["nobody"]],
  ['title pr and title co "min" and userName pr or active eq false', ["grace", "emile"]],
];

const extension: readonly Row[] = [
  [`${enterpriseSchema}:department eq "engines"`, ["ada"]],
  [`${enterpriseSchema.toUpperCase()}:DEPARTMENT eq "engines"`, ["ada"]],
  ['department eq "compilers"', ["grace"]],
  [`${enterpriseSchema}:employeeNumber gt "1"`, ["ada", "grace"]],
  [`${enterpriseSchema}:manager.value eq "{ada}"`, ["grace"]],
  ['manager eq "{ada}"', ["grace"]],
  ['manager.value eq "{ada}"', ["grace"]],
  ['id eq "{grace}" and manager eq "{ada}"', ["grace"]],
  ['manager eq "{ada}" and id eq "{grace}"', ["grace"]],
  ['id eq "{ada}" and manager eq "{ada}"', []],
  [`${enterpriseSchema}:department pr`, ["ada", "grace"]],
];

const escapes: readonly Row[] = [
  ['displayName eq "Grace \\"Amazing\\" Hopper"', ["grace"]],
  ['displayName eq "\\u0041da Byron"', ["ada"]],
  ['displayName co "\\\\ back"', ["emile"]],
  ['displayName co "100%"', ["emile"]],
  ['displayName co "1_0"', []],
  ['displayName co "%"', ["emile"]],
  ['displayName co "_"', ["emile"]],
  ['displayName sw "1%"', []],
  ['userName eq "\\u00c9mile@example.com"', ["emile"]],
  ['userName eq "e\u0301mile@example.com"', ["emile"]],
];

const times: readonly Row[] = [
  ['meta.created ge "{graceCreated}"', ["grace", "emile", "nobody"]],
  ['meta.created gt "{graceCreated}"', ["emile", "nobody"]],
  ['meta.created lt "{graceCreated}"', ["ada"]],
  ['meta.created eq "{graceCreated}"', ["grace"]],
  ['meta.lastModified ge "2020-01-01T00:00:00Z"', ["ada", "grace", "emile", "nobody"]],
  ['meta.lastModified lt "2020-01-01T00:00:00+02:00"', []],
  ['meta.resourceType eq "User"', ["ada", "grace", "emile", "nobody"]],
];

const memberships: readonly Row[] = [
  ['groups eq "{engineers}"', ["ada", "grace"]],
  ['groups.value eq "{writers}"', ["grace"]],
  ['groups[value eq "{engineers}"]', ["ada", "grace"]],
  ['groups.display eq "writers"', ["grace"]],
];

describe.each([
  ["compares", comparisons],
  ["looks into lists", lists],
  ["negates", negations],
  ["connects", logic],
  ["knows the extension", extension],
  ["takes texts as JSON has them, and wildcards of SQL as themselves", escapes],
  ["compares times", times],
  ["follows memberships", memberships],
])("a filter of users %s", (_name, rows) => {
  it.each(rows)("%s", async (text, found) => {
    const answer = await own.scim.filter("/Users", fill(text));
    expectIds(answer, found.map(id));
  });
});

describe("a filter of groups", () => {
  it.each([
    ['displayName eq "ENGINEERS"', ["engineers"]],
    ['displayName eq "Engineer"', []],
    ['displayName sw "engineer"', ["engineers"]],
    ['externalId eq "G-1"', ["engineers"]],
    ['externalId eq "g-1"', []],
    ['members eq "{ada}"', ["engineers"]],
    ['members.value eq "{grace}"', ["engineers", "writers"]],
    ['members[value eq "{ada}"]', ["engineers"]],
    ['id eq "{engineers}" and members eq "{ada}"', ["engineers"]],
    ['members eq "{ada}" and id eq "{writers}"', []],
    ["members pr", ["engineers", "writers"]],
    ['not (members eq "{ada}")', ["writers"]],
  ])("%s", async (text, found) => {
    expectIds(
      await own.scim.filter("/Groups", fill(text)),
      found.map((name) => fill(`{${name}}`)),
    );
  });
});

describe("a filter in the URL", () => {
  it.each([
    ["blanks as %20", "filter=userName%20eq%20%22nobody%22"],
    ["blanks as plus signs", "filter=userName+eq+%22nobody%22"],
    ["a stray ampersand", "filter=userName+eq+%22nobody%22&"],
    ["blanks and quotes that are encoded twice", "filter=userName%2520eq%2520%2522nobody%2522"],
  ])("is understood with %s", async (_name, query) => {
    expectIds(await own.scim.get(`/Users?${query}`), [id("nobody")]);
  });

  it("may have a plus sign as %2B", async () => {
    expectIds(await own.scim.get("/Users?filter=phoneNumbers.value+eq+%22%2B1+555%22"), [id("grace")]);
  });
});

describe("a filter that is none", () => {
  it.each([
    "",
    " ",
    "userName",
    "userName eq",
    'eq "x"',
    'userName is "x"',
    'userName eq "x',
    'userName eq "x" and',
    '(userName eq "x"',
    'userName eq "x")',
    'emails[type eq "work"',
    "emails[]",
    'emails[type eq "work"].',
    'userName eq "x" xor title pr',
    'favouriteColour eq "blue"',
    'name.nick eq "x"',
    'emails[colour eq "blue"]',
    'urn:example:2.0:User:a eq "x"',
    "active gt true",
    "active co true",
    "active eq 7",
    'x509Certificates.value gt "AA"',
    'meta.created gt "yesterday"',
    'title eq "\\x"',
    "not title pr",
    'name eq "x"',
    '"userName" eq "x"',
    '__proto__ eq "x"',
    'constructor.name eq "x"',
    'emails[value eq "x" and emails[type eq "work"]]',
  ])("is refused as invalidFilter: %j", async (text) => {
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
  expect(pluck(resourcesOf(answer), "id")).toEqual([id("ada")]);
});
