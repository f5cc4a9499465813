/** Pages by index (RFC 7644 section 3.4.2.4) and by cursor (RFC 9865). */
import { beforeAll, describe, expect, it } from "vitest";
import { createMany } from "./support/bulk.ts";
import type { ScimAnswer, ScimClient } from "./support/client.ts";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk } from "./support/expect.ts";
import { at, pluck, resourcesOf, textAt } from "./support/json.ts";
import { createGroup, createUser, createUsers, group, minimalUser } from "./support/resources.ts";

const { running, directory } = scimServer();
const searchRequest = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const total = 25;

let own: Directory;
let ids: readonly string[];

beforeAll(async () => {
  own = await directory();
  ids = await createUsers(
    own.scim,
    Array.from({ length: total }, (_, index) => `user-${index}`),
  );
});

const idsIn = (answer: ScimAnswer): unknown[] => pluck(resourcesOf(answer), "id");

describe("a page by index", () => {
  it.each([
    ["", 1, total],
    ["startIndex=1&count=10", 1, 10],
    ["startIndex=11&count=10", 11, 10],
    ["startIndex=21&count=10", 21, 5],
    ["startIndex=26&count=10", 26, 0],
    ["startIndex=1000000000000", 1_000_000_000_000, 0],
    ["startIndex=0&count=10", 1, 10],
    ["startIndex=-5&count=10", 1, 10],
    ["count=0", 1, 0],
    ["count=-1", 1, 0],
    ["count=1000000", 1, total],
    ["startIndex=&count=", 1, total],
  ])("of %j starts at %i and has %i users of all that there are", async (query, startIndex, length) => {
    const answer = await own.scim.get(`/Users?${query}`);
    expectOk(answer, 200, { totalResults: total, startIndex, itemsPerPage: length });
    expect(idsIn(answer)).toEqual(ids.slice(startIndex - 1, startIndex - 1 + length));
    expect(answer.json).not.toHaveProperty("nextCursor");
  });

  it.each(["startIndex=a", "count=ten", "count=1.5", "startIndex=1e3", "count=NaN", "count=0x10"])(
    "cannot be %s",
    async (query) => {
      expectError(await own.scim.get(`/Users?${query}`), 400, "invalidValue");
    },
  );

  it("after page has every user once", async () => {
    const seen: unknown[] = [];
    for (let start = 1; start <= total; start += 4) {
      seen.push(...idsIn(await own.scim.get(`/Users?startIndex=${start}&count=4`)));
    }
    expect(seen).toEqual(ids);
  });

  it("is of what the filter selects", async () => {
    const answer = await own.scim.filter("/Users", 'userName sw "user-1"', "&startIndex=2&count=3");
    expectOk(answer, 200, { totalResults: 11, startIndex: 2, itemsPerPage: 3 });
  });

  it("has 100 users unless more are asked for, and 1,000 at most", async () => {
    const { scim } = await directory();
    await createMany(scim, 1_001);
    expectOk(await scim.get("/Users"), 200, { totalResults: 1001, itemsPerPage: 100 });
    const most = await scim.get("/Users?count=5000&attributes=id");
    expectOk(most, 200, { totalResults: 1001, itemsPerPage: 1000 });
    expect(new Set(idsIn(most)).size).toBe(1000);
    const rest = await scim.get("/Users?startIndex=1001&count=1000");
    expectOk(rest, 200, { totalResults: 1001, itemsPerPage: 1 });
  });
});

/** Every page from the first, until there is no next. */
async function follow(
  next: (cursor: string) => Promise<ScimAnswer>,
  between: (pages: number) => Promise<unknown> = async () => {},
): Promise<readonly ScimAnswer[]> {
  const pages: ScimAnswer[] = [];
  let cursor = "";
  do {
    const page = await next(cursor);
    expectOk(page, 200);
    pages.push(page);
    await between(pages.length);
    const found = at(page.json, "nextCursor");
    cursor = typeof found === "string" ? found : "";
  } while (cursor !== "" && pages.length < 100);
  return pages;
}

const byCursor =
  (scim: ScimClient, more = "&count=10") =>
  (cursor: string) =>
    scim.get(`/Users?cursor=${encodeURIComponent(cursor)}${more}`);

describe("pages by cursor", () => {
  it.each(["cursor&count=10", "cursor=&count=10", "count=10&cursor"])("begin with %s", async (query) => {
    const answer = await own.scim.get(`/Users?${query}`);
    expectOk(answer, 200, { totalResults: total, itemsPerPage: 10 });
    expect(idsIn(answer)).toEqual(ids.slice(0, 10));
    expect(textAt(answer.json, "nextCursor")).toMatch(/^[\w.~-]+$/);
    expect(answer.json).not.toHaveProperty("previousCursor");
    expect(answer.json).not.toHaveProperty("startIndex");
  });

  it("go on to the last, which has no next", async () => {
    const pages = await follow(byCursor(own.scim));
    expect(pages.map((page) => idsIn(page).length)).toEqual([10, 10, 5]);
    expect(pages.flatMap(idsIn)).toEqual(ids);
    for (const page of pages) expect(at(page.json, "totalResults")).toBe(total);
  });

  it("have no next when all are on the first", async () => {
    const answer = await own.scim.get(`/Users?cursor&count=${total}`);
    expectOk(answer, 200, { itemsPerPage: total });
    expect(answer.json).not.toHaveProperty("nextCursor");
  });

  it("are sorted and filtered", async () => {
    const more = `&count=4&sortBy=userName&sortOrder=descending&filter=${encodeURIComponent('userName sw "user-1"')}`;
    const pages = await follow(byCursor(own.scim, more));
    const names = pages.flatMap((page) => pluck(resourcesOf(page), "userName"));
    expect(names).toHaveLength(11);
    expect(names).toEqual(names.toSorted().toReversed());
  });

  it("have every user once who was there throughout, whoever comes and goes meanwhile", async () => {
    const { scim } = await directory();
    const before = await createUsers(
      scim,
      Array.from({ length: 20 }, (_, index) => `stays-${index}`),
    );
    const goes = before.filter((_, index) => index % 5 === 4);
    const pages = await follow(byCursor(scim, "&count=3&sortBy=userName"), async (count) => {
      await createUser(scim, minimalUser(`a-comes-${count}@example.com`));
      await createUser(scim, minimalUser(`z-comes-${count}@example.com`));
      const going = goes.pop();
      if (going !== undefined) await scim.del(`/Users/${going}`);
    });
    const seen = pages.flatMap(idsIn);
    expect(new Set(seen).size).toBe(seen.length);
    const stayed = before.filter((_, index) => index % 5 !== 4);
    expect(stayed.filter((id) => !seen.includes(id))).toEqual([]);
  });

  it("are had by POST as well", async () => {
    const pages = await follow((cursor) =>
      own.scim.post("/Users/.search", { schemas: [searchRequest], cursor, count: 10 }),
    );
    expect(pages.flatMap(idsIn)).toEqual(ids);
  });

  it("are had of everything", async () => {
    const { scim } = await directory();
    const users = await createUsers(scim, ["a", "b", "c"]);
    const groups = [await createGroup(scim, group("First")), await createGroup(scim, group("Second"))];
    const pages = await follow((cursor) =>
      scim.post("/.search", { schemas: [searchRequest], cursor, count: 2, filter: "id pr" }),
    );
    expect(pages.flatMap(idsIn).toSorted()).toEqual([...users, ...groups].toSorted());
  });

  it("are had of groups", async () => {
    const { scim } = await directory();
    const groups: string[] = [];
    for (let index = 0; index < 5; index += 1) groups.push(await createGroup(scim, group(`group ${index}`)));
    const pages = await follow((cursor) => scim.get(`/Groups?cursor=${cursor}&count=2`));
    expect(pages.flatMap(idsIn)).toEqual(groups);
  });

  it("with a count of 0 only tell how many there are", async () => {
    const answer = await own.scim.get("/Users?cursor&count=0");
    expectOk(answer, 200, { totalResults: total });
    expect(idsIn(answer)).toEqual([]);
  });

  it("are meant where a startIndex comes along", async () => {
    const answer = await own.scim.get("/Users?cursor&startIndex=20&count=10");
    expect(idsIn(answer)).toEqual(ids.slice(0, 10));
    expect(answer.json).toHaveProperty("nextCursor");
  });
});

describe("a cursor", () => {
  async function cursorOf(scim: ScimClient, query = "cursor&count=10"): Promise<string> {
    return textAt((await scim.get(`/Users?${query}`)).json, "nextCursor");
  }

  it("that is not as it was made is invalidCursor", async () => {
    const cursor = await cursorOf(own.scim);
    const middle = Math.floor(cursor.length / 2);
    const flipped = cursor.slice(0, middle) + (cursor[middle] === "A" ? "B" : "A") + cursor.slice(middle + 1);
    for (const bad of [
      flipped,
      cursor.slice(0, -2),
      `${cursor}AA`,
      "made-up",
      "1",
      "%00",
      "x".repeat(5_000),
    ]) {
      expectError(await own.scim.get(`/Users?cursor=${bad}&count=10`), 400, "invalidCursor");
    }
  });

  it("of another configuration is refused in the words of one that was made up", async () => {
    const never = await own.scim.get("/Users?cursor=made-up&count=10");
    for (const other of [await own.sibling(), await directory()]) {
      await createUsers(
        other.scim,
        Array.from({ length: 12 }, (_, index) => `elsewhere-${index}`),
      );
      const answer = await own.scim.get(`/Users?cursor=${await cursorOf(other.scim)}&count=10`);
      expectError(answer, 400, "invalidCursor");
      expect(answer.text).toBe(never.text);
    }
  });

  it("goes with its filter, its order and its kind of resource", async () => {
    const never = await own.scim.get("/Users?cursor=made-up&count=10");
    const cursor = await cursorOf(own.scim);
    for (const path of [
      `/Users?cursor=${cursor}&count=10&filter=${encodeURIComponent("userName pr")}`,
      `/Users?cursor=${cursor}&count=10&sortBy=userName`,
      `/Users?cursor=${cursor}&count=10&sortOrder=descending`,
      `/Groups?cursor=${cursor}&count=10`,
    ]) {
      const answer = await own.scim.get(path);
      expectError(answer, 400, "invalidCursor");
      expect(answer.text).toBe(never.text);
    }
  });

  it("goes with its count, which may not be more than a page can have", async () => {
    const cursor = await cursorOf(own.scim);
    expectError(await own.scim.get(`/Users?cursor=${cursor}&count=11`), 400, "invalidCount");
    expectError(await own.scim.get("/Users?cursor&count=1001"), 400, "invalidCount");
  });

  it("can be used again", async () => {
    const cursor = await cursorOf(own.scim);
    const first = await own.scim.get(`/Users?cursor=${cursor}&count=10`);
    const second = await own.scim.get(`/Users?cursor=${cursor}&count=10`);
    expectOk(first, 200);
    expect(idsIn(second)).toEqual(idsIn(first));
  });

  it("lives for as long as the configuration says, and is expiredCursor then", async () => {
    const config = await own.scim.get("/ServiceProviderConfig");
    const timeoutSeconds = Number(at(config.json, "pagination", "cursorTimeout"));
    const cursor = await cursorOf(own.scim);
    running().clock.advance(timeoutSeconds * 1000 - 1);
    expectOk(await own.scim.get(`/Users?cursor=${cursor}&count=10`), 200);
    running().clock.advance(2);
    expectError(await own.scim.get(`/Users?cursor=${cursor}&count=10`), 400, "expiredCursor");
  });
});

it("an empty directory has an empty page of either kind", async () => {
  const { scim } = await directory();
  expectIds(await scim.get("/Users"), []);
  expectIds(await scim.get("/Users?cursor"), []);
  expectIds(await scim.get("/Groups?cursor=&count=5"), []);
});
