/** Requests at the same time: none is lost, none is half done, and one of those that exclude each other wins. */
import { describe, expect, it } from "vitest";
import { createMany } from "./support/bulk.ts";
import type { ScimAnswer } from "./support/client.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk, versionOf } from "./support/expect.ts";
import { at, listAt, numberAt, pluck } from "./support/json.ts";
import { groupsOf, membershipsOf, membersOf } from "./support/management.ts";
import { createGroup, createUser, createUsers, fullUser, group, minimalUser } from "./support/resources.ts";

const engines = { SQLite: scimServer("SQLite"), PostgreSQL: scimServer("PostgreSQL") };

function together<T>(count: number, call: (index: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(index)));
}

/** How many answers have each status. */
function tally(answers: readonly ScimAnswer[]): Readonly<Record<number, number>> {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  return Object.fromEntries(counts);
}

const nameOf = (index: number): string => `user-${String(index).padStart(3, "0")}`;
const addMember = (value: string) => [{ op: "add", path: "members", value: [{ value }] }];
const removeMember = (value: string) => [{ op: "remove", path: `members[value eq "${value}"]` }];

describe.each(["SQLite", "PostgreSQL"] as const)("on %s", (engine) => {
  const { directory } = engines[engine];

  describe("writes that know the same version", () => {
    it("are won by one of a hundred PUTs", async () => {
      const { scim } = await directory();
      const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
      const match = { "If-Match": await versionOf(scim, path) };
      const answers = await together(100, (index) =>
        scim.put(path, fullUser("ada", { title: `t${index}` }), match),
      );
      expect(tally(answers)).toEqual({ 200: 1, 412: 99 });
      const winner = answers.find(({ status }) => status === 200);
      expect((await scim.get(path)).text).toBe(winner?.text);
    });

    it("are won by one of fifty PATCHes of a group", async () => {
      const { scim } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 50 }, (_, index) => nameOf(index)),
      );
      const path = `/Groups/${await createGroup(scim, group("Engineers"))}`;
      const match = { "If-Match": await versionOf(scim, path) };
      const answers = await together(50, (index) => scim.patch(path, addMember(ids[index] ?? ""), match));
      expect(tally(answers)).toEqual({ 204: 1, 412: 49 });
      expect(listAt((await scim.get(path)).json, "members")).toHaveLength(1);
    });

    it("are won by one of a DELETE and many PUTs", async () => {
      const { scim } = await directory();
      const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
      const match = { "If-Match": await versionOf(scim, path) };
      const answers = await together(20, (index) =>
        index === 10 ? scim.del(path, match) : scim.put(path, fullUser("ada", { title: `t${index}` }), match),
      );
      const won = answers.filter(({ status }) => status < 300);
      expect(won).toHaveLength(1);
      for (const { status } of answers.filter((answer) => !won.includes(answer))) {
        expect([404, 412]).toContain(status);
      }
    });
  });

  describe("writes that know no version", () => {
    it("all land: two hundred PATCHes that add one member each", async () => {
      const { scim, management, organizationId } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 200 }, (_, index) => nameOf(index)),
      );
      const groupId = await createGroup(scim, group("Engineers"));
      const answers = await together(200, (index) =>
        scim.patch(`/Groups/${groupId}`, addMember(ids[index] ?? "")),
      );
      expect(tally(answers)).toEqual({ 204: 200 });
      const { json } = await scim.get(`/Groups/${groupId}`);
      expect(pluck(listAt(json, "members"), "value").toSorted()).toEqual(ids.toSorted());
      expect(await membershipsOf(management, groupId)).toEqual(ids.toSorted());
      expect(await groupsOf(management, organizationId)).toMatchObject([{ memberCount: 200 }]);
    }, 60_000);

    it("all land: PATCHes of different attributes of one user", async () => {
      const { scim } = await directory();
      const path = `/Users/${await createUser(scim, minimalUser("ada@example.com"))}`;
      const names = [
        "title",
        "nickName",
        "locale",
        "timezone",
        "userType",
        "preferredLanguage",
        "displayName",
      ];
      const answers = await Promise.all(
        names.map((name) => scim.patch(path, [{ op: "replace", path: name, value: `a ${name}` }])),
      );
      expect(tally(answers)).toEqual({ 200: names.length });
      expectOk(await scim.get(path), 200, Object.fromEntries(names.map((name) => [name, `a ${name}`])));
    });

    it("all land: elements added to one list", async () => {
      const { scim } = await directory();
      const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
      const answers = await together(30, (index) =>
        scim.patch(path, [
          { op: "add", path: "phoneNumbers", value: [{ value: `+${index}`, type: "other" }] },
        ]),
      );
      expect(tally(answers)).toEqual({ 200: 30 });
      expect(listAt((await scim.get(path)).json, "phoneNumbers")).toHaveLength(30);
    });
  });

  describe("creates of the same", () => {
    it("are won by one of fifty, whose userNames differ in letter case", async () => {
      const { scim, management, organizationId } = await directory();
      const letters = [..."ada.lovelace"];
      const answers = await together(50, (index) => {
        const cased = letters.map((letter, place) =>
          (index >> (place % 6)) % 2 === 0 ? letter : letter.toUpperCase(),
        );
        return scim.post("/Users", minimalUser(`${cased.join("")}@example.com`));
      });
      expect(tally(answers)).toEqual({ 201: 1, 409: 49 });
      for (const answer of answers.filter(({ status }) => status === 409))
        expectError(answer, 409, "uniqueness");
      expectOk(await scim.get("/Users"), 200, { totalResults: 1 });
      expect(await membersOf(management, organizationId)).toHaveLength(1);
    });

    it("are won by one of thirty groups of a name", async () => {
      const { scim } = await directory();
      const answers = await together(30, (index) =>
        scim.post("/Groups", group(index % 2 === 0 ? "Same" : "SAME")),
      );
      expect(tally(answers)).toEqual({ 201: 1, 409: 29 });
      expectOk(await scim.get("/Groups"), 200, { totalResults: 1 });
    });

    it("are won by one of those who rename themselves to it", async () => {
      const { scim } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 20 }, (_, index) => nameOf(index)),
      );
      const answers = await together(20, (index) =>
        scim.patch(`/Users/${ids[index]}`, [
          { op: "replace", path: "userName", value: "the-one@example.com" },
        ]),
      );
      expect(tally(answers)).toEqual({ 200: 1, 409: 19 });
      expectOk(await scim.filter("/Users", 'userName eq "the-one@example.com"'), 200, { totalResults: 1 });
    });

    it("with the same externalId are won by one", async () => {
      const { scim } = await directory();
      const answers = await together(20, (index) =>
        scim.post("/Users", minimalUser(`${nameOf(index)}@example.com`, { externalId: "same" })),
      );
      expect(tally(answers)).toEqual({ 201: 1, 409: 19 });
    });
  });

  describe("adds against removes", () => {
    it("of different members end as if they had come one after the other", async () => {
      const { scim, management } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 100 }, (_, index) => nameOf(index)),
      );
      const [leaving, coming] = [ids.slice(0, 50), ids.slice(50)];
      const groupId = await createGroup(scim, group("Engineers", leaving));
      const answers = await together(100, (index) => {
        const id = ids[index] ?? "";
        return scim.patch(`/Groups/${groupId}`, index < 50 ? removeMember(id) : addMember(id));
      });
      expect(tally(answers)).toEqual({ 204: 100 });
      const { json } = await scim.get(`/Groups/${groupId}`);
      expect(pluck(listAt(json, "members"), "value").toSorted()).toEqual(coming.toSorted());
      expect(await membershipsOf(management, groupId)).toEqual(coming.toSorted());
    }, 60_000);

    it("of the same member end with the member in or out, and everything agreeing", async () => {
      const { scim, management, organizationId } = await directory();
      const [ada = "", other = ""] = await createUsers(scim, ["ada", "other"]);
      const groupId = await createGroup(scim, group("Engineers", [other]));
      const answers = await together(60, (index) =>
        scim.patch(`/Groups/${groupId}`, index % 2 === 0 ? addMember(ada) : removeMember(ada)),
      );
      expect(tally(answers)).toEqual({ 204: 60 });
      const { json } = await scim.get(`/Groups/${groupId}`);
      const members = pluck(listAt(json, "members"), "value").toSorted();
      expect([[other], [ada, other].toSorted()]).toContainEqual(members);
      const groups = listAt((await scim.get(`/Users/${ada}`)).json, "groups");
      expect(groups).toHaveLength(members.length - 1);
      expect(await groupsOf(management, organizationId)).toMatchObject([
        { memberCount: members.length, members },
      ]);
    });

    it("of whole replacements end with one of them", async () => {
      const { scim } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 20 }, (_, index) => nameOf(index)),
      );
      const groupId = await createGroup(scim, group("Engineers"));
      const wanted = (index: number): readonly string[] => ids.slice(index, index + 5);
      const answers = await together(15, (index) =>
        scim.patch(`/Groups/${groupId}`, [
          { op: "replace", path: "members", value: wanted(index).map((value) => ({ value })) },
        ]),
      );
      expect(tally(answers)).toEqual({ 204: 15 });
      const { json } = await scim.get(`/Groups/${groupId}`);
      const members = pluck(listAt(json, "members"), "value").toSorted();
      expect(Array.from({ length: 15 }, (_, index) => wanted(index).toSorted())).toContainEqual(members);
    });
  });

  describe("deletes", () => {
    it("of the same user succeed once", async () => {
      const { scim } = await directory();
      const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
      expect(tally(await together(20, () => scim.del(path)))).toEqual({ 204: 1, 404: 19 });
    });

    it("of a user who is being added to groups leave no membership behind", async () => {
      const { scim, management } = await directory();
      const groups: string[] = [];
      for (let index = 0; index < 10; index += 1)
        groups.push(await createGroup(scim, group(`group ${index}`)));
      const ada = await createUser(scim, fullUser("ada"));
      const answers = await together(11, (index) =>
        index === 5 ? scim.del(`/Users/${ada}`) : scim.patch(`/Groups/${groups[index % 10]}`, addMember(ada)),
      );
      expect(answers[5]?.status).toBe(204);
      for (const [index, { status }] of answers.entries())
        if (index !== 5) expect([204, 400]).toContain(status);
      for (const groupId of groups) {
        expect(listAt((await scim.get(`/Groups/${groupId}`)).json, "members")).toEqual([]);
        expect(await membershipsOf(management, groupId)).toEqual([]);
      }
    });

    it("and creates of the same userName leave one or none, never two", async () => {
      const { scim, management, organizationId } = await directory();
      const id = await createUser(scim, fullUser("ada"));
      const answers = await together(20, (index) =>
        index === 0 ? scim.del(`/Users/${id}`) : scim.post("/Users", fullUser("ada")),
      );
      expect(answers[0]?.status).toBe(204);
      const created = answers.slice(1).filter(({ status }) => status === 201);
      for (const { status } of answers.slice(1)) expect([201, 409]).toContain(status);
      expect(created.length).toBeLessThanOrEqual(1);
      expectIds(
        await scim.get("/Users"),
        created.map(({ json }) => String(at(json, "id"))),
      );
      expect(await membersOf(management, organizationId)).toHaveLength(1);
    });
  });

  describe("reads amid writes", () => {
    it("see a group whole: its count of members and its version belong together", async () => {
      const { scim } = await directory();
      const ids = await createUsers(
        scim,
        Array.from({ length: 10 }, (_, index) => nameOf(index)),
      );
      const groupId = await createGroup(scim, group("Engineers"));
      const path = `/Groups/${groupId}`;
      const all = [{ op: "replace", path: "members", value: ids.map((value) => ({ value })) }];
      const none = [{ op: "remove", path: "members" }];
      const answers = await together(80, (index) =>
        index % 4 === 0 ? scim.patch(path, index % 8 === 0 ? all : none) : scim.get(path),
      );
      const reads = answers.filter((_, index) => index % 4 !== 0);
      const byVersion = new Map<unknown, number>();
      for (const { json } of reads) {
        const count = listAt(json, "members").length;
        expect([0, 10]).toContain(count);
        const version = at(json, "meta", "version");
        expect(byVersion.get(version) ?? count).toBe(count);
        byVersion.set(version, count);
      }
    });

    it("see a group of thousands whole, however often it changes meanwhile", async () => {
      const { scim } = await directory();
      const ids = await createMany(scim, 3_001);
      const late = ids[3_000] ?? "";
      const path = `/Groups/${await createGroup(scim, group("Engineers", ids.slice(0, 3_000)))}`;
      let reading = true;
      const writer = (async () => {
        while (reading) {
          await scim.patch(path, addMember(late));
          await scim.patch(path, removeMember(late));
        }
      })();
      const counts: number[] = [];
      try {
        for (let read = 0; read < 30; read += 1) {
          counts.push(listAt((await scim.get(path)).json, "members").length);
        }
      } finally {
        reading = false;
        await writer;
      }
      expect(counts.filter((count) => count !== 3_000 && count !== 3_001)).toEqual([]);
    }, 60_000);

    it("see a list that agrees with its count", async () => {
      const { scim } = await directory();
      const answers = await together(60, (index) =>
        index % 2 === 0
          ? scim.post("/Users", minimalUser(`${nameOf(index)}@example.com`))
          : scim.get("/Users"),
      );
      for (const { json, status } of answers.filter((_, index) => index % 2 === 1)) {
        expect(status).toBe(200);
        expect(listAt(json, "Resources")).toHaveLength(numberAt(json, "totalResults"));
      }
    });
  });
});
