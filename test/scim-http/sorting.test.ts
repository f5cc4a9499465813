/** The order of lists (RFC 7644 section 3.4.2.3): total, stable, without regard to letter case. */
import { beforeAll, describe, expect, it } from "vitest";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk } from "./support/expect.ts";
import { pluck, resourcesOf } from "./support/json.ts";
import { createGroup, createUser, group, minimalUser } from "./support/resources.ts";

const { running, directory } = scimServer();

let own: Directory;
const ids: string[] = [];

/** Made in this order, a second apart; the rows below give their numbers. */
const users = [
  minimalUser("charlie", {
    displayName: "Zed",
    name: { familyName: "B" },
    emails: [{ value: "m@x.example" }, { value: "a@x.example", primary: true }],
  }),
  minimalUser("Alpha", {
    displayName: "same",
    name: { familyName: "a" },
    emails: [{ value: "z@x.example" }],
  }),
  minimalUser("bravo", { displayName: "Same", emails: [{ value: "k@x.example" }, { value: "b@x.example" }] }),
  minimalUser("Émile", { displayName: "same", name: { familyName: "C" } }),
  minimalUser("delta"),
];

beforeAll(async () => {
  own = await directory();
  for (const body of users) {
    running().clock.advance(1000);
    ids.push(await createUser(own.scim, body));
  }
});

async function orderOf(query: string): Promise<readonly number[]> {
  const answer = await own.scim.get(`/Users?${query}`);
  expectOk(answer, 200, { totalResults: users.length });
  return pluck(resourcesOf(answer), "id").map((id) => ids.indexOf(String(id)));
}

describe("users", () => {
  it.each([
    ["", [0, 1, 2, 3, 4]],
    ["sortBy=userName", [1, 2, 0, 4, 3]],
    ["sortBy=USERNAME&sortOrder=ASCENDING", [1, 2, 0, 4, 3]],
    ["sortBy=userName&sortOrder=descending", [3, 4, 0, 2, 1]],
    ["sortBy=userName&sortOrder=Descending", [3, 4, 0, 2, 1]],
    ["sortBy=id", [0, 1, 2, 3, 4]],
    ["sortBy=id&sortOrder=descending", [4, 3, 2, 1, 0]],
    ["sortBy=meta.created&sortOrder=descending", [4, 3, 2, 1, 0]],
    ["sortBy=meta.lastModified", [0, 1, 2, 3, 4]],
    ["sortBy=urn:ietf:params:scim:schemas:core:2.0:User:userName", [1, 2, 0, 4, 3]],
  ])("are sorted by %j", async (query, expected) => {
    expect(await orderOf(query)).toEqual(expected);
  });

  it("with the same value are in order of their ids, whichever way", async () => {
    expect(await orderOf("sortBy=displayName")).toEqual([1, 2, 3, 0, 4]);
    expect(await orderOf("sortBy=displayName&sortOrder=descending")).toEqual([4, 0, 3, 2, 1]);
  });

  it("without the value come last, and in descending order first", async () => {
    expect(await orderOf("sortBy=name.familyName")).toEqual([1, 0, 3, 2, 4]);
    expect(await orderOf("sortBy=name.familyName&sortOrder=descending")).toEqual([4, 2, 3, 0, 1]);
  });

  it("are sorted by the primary value of a list, or else the first", async () => {
    expect(await orderOf("sortBy=emails.value")).toEqual([0, 2, 1, 3, 4]);
    expect(await orderOf("sortBy=emails")).toEqual([0, 2, 1, 3, 4]);
  });

  it("are in the same order on every page", async () => {
    const pages: number[] = [];
    for (let start = 1; start <= users.length; start += 2) {
      pages.push(...(await orderOf(`sortBy=displayName&startIndex=${start}&count=2`)));
    }
    expect(pages).toEqual([1, 2, 3, 0, 4]);
  });

  it("are sorted by extension attributes too", async () => {
    expectOk(await own.scim.get("/Users?sortBy=department"), 200, { totalResults: users.length });
  });

  it.each(["sortBy=favouriteColour", "sortBy=name.nick", "sortBy=__proto__", "sortBy=userName&sortOrder=up"])(
    "cannot be sorted by %s",
    async (query) => {
      expectError(await own.scim.get(`/Users?${query}`), 400);
    },
  );

  it("cannot be sorted by the password", async () => {
    expectError(await own.scim.get("/Users?sortBy=password"), 403, "sensitive");
  });
});

describe("groups", () => {
  it("are sorted by name without regard to letter case", async () => {
    const { scim } = await directory();
    const [b, a, c] = [
      await createGroup(scim, group("bees")),
      await createGroup(scim, group("Ants")),
      await createGroup(scim, group("Cicadas")),
    ];
    expectIds(await scim.get("/Groups"), [b, a, c]);
    expectIds(await scim.get("/Groups?sortBy=displayName"), [a, b, c]);
    expectIds(await scim.get("/Groups?sortBy=displayName&sortOrder=descending"), [c, b, a]);
  });
});
