/**
 * Groups with more members than are read at once: answered as of one moment while the client takes them, however long that is,
 * and whatever becomes of the client.
 */
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aliveMiB } from "../server/support/memory.ts";
import { fillGroup } from "../support/storage-large-group.ts";
import type { ScimClient } from "./support/client.ts";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectNoContent, expectOk, versionOf } from "./support/expect.ts";
import { at, listAt, pluck } from "./support/json.ts";
import { createGroup, createUsers, group } from "./support/resources.ts";
import { type Stall, stallHttp1, stallHttp2 } from "./support/stalled.ts";

const engines = { SQLite: scimServer("SQLite"), PostgreSQL: scimServer("PostgreSQL") };
/** More bytes than fit between the server and a client over HTTP/1.1 who does not read. */
const many = 100_000;
/** More than are answered whole, also in a list. */
const several = 6_000;
/** More than any engine has snapshots at the same time. */
const leavers = 6;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const rename = (value: string) => [{ op: "replace", path: "displayName", value }];

describe.each(["SQLite", "PostgreSQL"] as const)("on %s, a large group", (engine) => {
  const { running, execute, holdsTransaction } = engines[engine];

  interface Large extends Directory {
    readonly groupId: string;
    readonly path: string;
  }

  async function large(count = several): Promise<Large> {
    const directory = await engines[engine].directory();
    return { ...directory, ...(await addLarge(directory, "Everybody", count)) };
  }

  async function addLarge({ scim, organizationId, configurationId }: Directory, name: string, count: number) {
    const groupId = await createGroup(scim, group(name));
    await fillGroup(execute, { organizationId, configurationId, groupId }, count);
    return { groupId, path: `/Groups/${groupId}` };
  }

  let huge: Promise<Large> | undefined;

  /** One for all tests, which only read it. */
  function largest(): Promise<Large> {
    huge ??= large(many);
    return huge;
  }

  /** A client and the server learn of each other's doings one after the other. */
  async function expectHeld(held: boolean): Promise<void> {
    await vi.waitFor(async () => expect(await holdsTransaction()).toBe(held), {
      timeout: 5_000,
      interval: 5,
    });
  }

  it("is answered as of one moment, and its version is that moment's, whatever is changed meanwhile", async () => {
    const { scim, path } = await large();
    const before = await versionOf(scim, path);
    const { status, headers, body } = await stallHttp2(scim, path);
    expectNoContent(await scim.patch(path, rename("Renamed")));
    expectNoContent(await scim.patch(path, [{ op: "remove", path: "members" }]));
    const json: unknown = JSON.parse(await text(body));
    expect({ status, etag: headers.etag }).toEqual({ status: 200, etag: before });
    expect(json).toMatchObject({ displayName: "Everybody", meta: { version: before } });
    const names = pluck(listAt(json, "members"), "display");
    expect(names).toEqual(Array.from({ length: several }, (_, index) => `Member ${index + 1}`));
    expectOk(await scim.get(path), 200, { displayName: "Renamed", members: [] });
  });

  const ways: readonly (readonly [string, Stall, () => Promise<Large>])[] = [
    ["over HTTP/1.1", stallHttp1, largest],
    ["over HTTP/2", stallHttp2, large],
  ];

  it.each(ways)(
    "is held for no client who leaves in the middle %s",
    async (_name, stall, find) => {
      const { scim, path } = await find();
      for (let time = 0; time < leavers; time += 1) {
        const { status, leave } = await stall(scim, path);
        expect(status).toBe(200);
        await expectHeld(true);
        leave();
        await expectHeld(false);
      }
      expect((await scim.send("HEAD", path)).status).toBe(200);
    },
    60_000,
  );

  it("is held for no client who takes no body, or who is refused", async () => {
    const { scim, path } = await large();
    const etag = await versionOf(scim, path);
    for (let time = 0; time < leavers; time += 1) {
      const head = await scim.send("HEAD", path);
      expect({ status: head.status, etag: head.headers.get("etag") }).toEqual({ status: 200, etag });
      expect((await scim.get(path, { "If-None-Match": etag })).status).toBe(304);
      expectError(await scim.get(`${path}?attributes=id&excludedAttributes=id`), 400);
      expect((await scim.send("HEAD", "/Groups")).status).toBe(200);
    }
    await expectHeld(false);
  });

  it("is refused with 503 while slow clients hold all there is to hold, and all else is answered", async () => {
    const { scim, path } = await large();
    const heldMax = engine === "SQLite" ? 4 : 2;
    const slow = await Promise.all(Array.from({ length: heldMax }, () => stallHttp2(scim, path)));
    const refused = scim.get(path);
    expectOk(await scim.get(`${path}?excludedAttributes=members`), 200);
    const [ada = ""] = await createUsers(scim, ["ada"]);
    const small = await createGroup(scim, group("Small", [ada]));
    expectOk(await scim.get(`/Groups/${small}`), 200, { members: [{ value: ada }] });
    const answer = await refused;
    expectError(answer, 503);
    expect(answer.headers.get("retry-after")).toBe("1");
    for (const { leave } of slow) leave();
    expect(listAt((await scim.get(path)).json, "members")).toHaveLength(several);
  });

  it("is cut off for a client who takes longer than a minute", async () => {
    const { scim, path } = await large();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { body } = await stallHttp2(scim, path);
    await vi.advanceTimersByTimeAsync(60_000);
    vi.useRealTimers();
    await expectHeld(false);
    await expect(text(body)).rejects.toThrow();
    expect(listAt((await scim.get(path)).json, "members")).toHaveLength(several);
  });

  it("is never in memory as a whole", async () => {
    const { scim, path } = await largest();
    const before = aliveMiB();
    const { body } = await stallHttp1(scim, path);
    let bytes = 0;
    let looks = 0;
    let mostMiB = 0;
    for await (const chunk of body) {
      bytes += chunk.length;
      if (bytes < looks * 2_000_000) continue;
      looks += 1;
      mostMiB = Math.max(mostMiB, aliveMiB() - before);
    }
    expect(bytes).toBeGreaterThan(15_000_000);
    expect(looks).toBeGreaterThan(7);
    expect(mostMiB).toBeLessThan(12);
  }, 60_000);

  describe("in a list", () => {
    it("is answered with all its members, among small groups and empty ones, each once", async () => {
      const { scim, groupId, ...directory } = await large();
      const [ada = ""] = await createUsers(scim, ["ada"]);
      const small = await createGroup(scim, group("Small", [ada]));
      const empty = await createGroup(scim, group("Empty"));
      const other = await addLarge({ scim, ...directory }, "Other", 1_001);
      const ids = [groupId, small, empty, other.groupId];
      const answer = await scim.get("/Groups");
      expectIds(answer, ids);
      expect(answer.json).toMatchObject({ startIndex: 1, itemsPerPage: 4 });
      expect(listAt(answer.json, "Resources")).toEqual(await each(scim, ids));
      const first = await scim.get("/Groups?cursor&count=3");
      expect(first.json).toMatchObject({ totalResults: 4, itemsPerPage: 3, nextCursor: expect.any(String) });
      const last = await scim.get(`/Groups?cursor=${at(first.json, "nextCursor")}`);
      expect(listAt(last.json, "Resources")).toEqual(await each(scim, ids.slice(3)));
      await expectHeld(false);
    });

    it("is answered whole, with a length, while the members are few in all", async () => {
      const { scim, groupId } = await large(4_999);
      const answer = await scim.get("/Groups");
      expectIds(answer, [groupId]);
      expect(Number(answer.headers.get("content-length"))).toBeGreaterThan(500_000);
      expect(listAt(answer.json, "Resources")).toEqual(await each(scim, [groupId]));
    });

    it("is held for no client who leaves in the middle", async () => {
      const { scim } = await large();
      for (let time = 0; time < leavers; time += 1) {
        const { leave } = await stallHttp2(scim, "/Groups");
        await expectHeld(true);
        leave();
        await expectHeld(false);
      }
    });

    it("shows each group as it is when it comes to it, and leaves out those that are gone", async () => {
      const { scim, groupId, ...directory } = await large();
      const [ada = ""] = await createUsers(scim, ["ada"]);
      const gone = await createGroup(scim, group("Gone", [ada]));
      const renamed = await createGroup(scim, group("Old", [ada]));
      const goneToo = await addLarge({ scim, ...directory }, "Gone too", 1_001);
      const { body } = await stallHttp2(scim, "/Groups");
      expectNoContent(await scim.del(`/Groups/${gone}`));
      expectNoContent(await scim.del(goneToo.path));
      expectNoContent(await scim.patch(`/Groups/${renamed}`, rename("New")));
      const json: unknown = JSON.parse(await text(body));
      expect(json).toMatchObject({ totalResults: 2, itemsPerPage: 2, startIndex: 1 });
      expect(listAt(json, "Resources")).toEqual(await each(scim, [groupId, renamed]));
    });

    it("that is answered whole is left out when it was deleted after the list was read", async () => {
      const { scim } = await engines[engine].directory();
      const [ada = ""] = await createUsers(scim, ["ada"]);
      const gone = await createGroup(scim, group("Gone", [ada]));
      const stays = await createGroup(scim, group("Stays", [ada]));
      const { directoryGroups } = running().app.context.storage;
      const getWithMembers = directoryGroups.getWithMembers.bind(directoryGroups);
      vi.spyOn(directoryGroups, "getWithMembers").mockImplementationOnce(async (...args) => {
        expectNoContent(await scim.del(`/Groups/${gone}`));
        return await getWithMembers(...args);
      });
      const answer = await scim.get("/Groups");
      expectIds(answer, [stays]);
      expect(answer.json).toMatchObject({ itemsPerPage: 1 });
    });
  });
});

async function each(scim: ScimClient, ids: readonly string[]): Promise<readonly unknown[]> {
  return await Promise.all(ids.map(async (id) => (await scim.get(`/Groups/${id}`)).json));
}
