/**
 * A token opens one configuration. What another has, in the same organization or in another, is answered like what
 * never existed, to the byte, by every route.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { attempts, make } from "./support/attempts.ts";
import type { ScimAnswer } from "./support/client.ts";
import { type Directory, scimServer } from "./support/directory.ts";
import { expectError, expectIds, expectOk, versionOf, visible } from "./support/expect.ts";
import { groupsOf, membersOf } from "./support/management.ts";
import {
  createGroup,
  createUser,
  enterpriseSchema,
  fullUser,
  group,
  minimalUser,
  nobodys,
} from "./support/resources.ts";

const { directory } = scimServer();

/** One of each, and what could give them away. */
interface Filled extends Directory {
  readonly userId: string;
  readonly groupId: string;
  readonly userVersion: string;
  readonly groupVersion: string;
}

let own: Filled;
let sibling: Filled;
let foreign: Filled;

async function fill(empty: Directory, name: string): Promise<Filled> {
  const userId = await createUser(empty.scim, fullUser(name));
  const groupId = await createGroup(empty.scim, group(`${name}s`, [userId]));
  const userVersion = await versionOf(empty.scim, `/Users/${userId}`);
  return {
    ...empty,
    userId,
    groupId,
    userVersion,
    groupVersion: await versionOf(empty.scim, `/Groups/${groupId}`),
  };
}

beforeAll(async () => {
  own = await fill(await directory(), "own");
  sibling = await fill(await own.sibling(), "sibling");
  foreign = await fill(await directory(), "foreign");
});

/** As the caller sees it, who knows the id already. */
function seen(answer: ScimAnswer, id: string): unknown {
  return JSON.parse(JSON.stringify(visible(answer)).replaceAll(id, "<id>"));
}

function marks({ userId, groupId, organizationId, configurationId, token }: Filled): string[] {
  return [userId, groupId, organizationId, configurationId, token];
}

async function contents({ scim, management, organizationId, userId, groupId }: Filled): Promise<unknown> {
  return [
    (await scim.get(`/Users/${userId}`)).text,
    (await scim.get(`/Groups/${groupId}`)).text,
    await membersOf(management, organizationId),
    await groupsOf(management, organizationId),
  ];
}

describe.each(["sibling", "foreign"] as const)("what a %s configuration has", (whose) => {
  it.each(attempts)("is as if it had never been: $name", async (attempt) => {
    const victim = whose === "sibling" ? sibling : foreign;
    const id = attempt.of === "user" ? victim.userId : victim.groupId;
    const version = attempt.of === "user" ? victim.userVersion : victim.groupVersion;
    const before = await contents(victim);
    const stranger = await make(own.scim, attempt, { id, version, ownGroup: own.groupId });
    const never = await make(own.scim, attempt, { id: nobodys, version, ownGroup: own.groupId });
    expect(seen(stranger, id)).toEqual(seen(never, nobodys));
    const told = [stranger.text, ...stranger.headers.values()].join("\n").replaceAll(id, "");
    for (const mark of marks(victim)) expect(told).not.toContain(mark);
    expect(await contents(victim)).toEqual(before);
  });

  it("is in no list and no count", async () => {
    expectIds(await own.scim.get("/Users"), [own.userId]);
    expectIds(await own.scim.get("/Groups"), [own.groupId]);
  });
});

describe("a resource of one's own", () => {
  it("is found by the same routes", async () => {
    expectOk(await own.scim.get(`/Users/${own.userId}`), 200, { id: own.userId });
    expectOk(await own.scim.get(`/Groups/${own.groupId}`), 200, { id: own.groupId });
    expectIds(await own.scim.filter("/Groups", `members eq "${own.userId}"`), [own.groupId]);
    expectIds(await own.scim.filter("/Users", `groups eq "${own.groupId}"`), [own.userId]);
  });

  it("is not found under the other type's path", async () => {
    expectError(await own.scim.get(`/Groups/${own.userId}`), 404);
    expectError(await own.scim.get(`/Users/${own.groupId}`), 404);
    expectError(await own.scim.del(`/Groups/${own.userId}`), 404);
  });
});

describe("a name that another configuration has", () => {
  it.each(["sibling", "foreign"] as const)("is free in this one: the %s's userName", async (whose) => {
    const theirs = await (whose === "sibling" ? (await directory()).sibling() : directory());
    const mine = await directory();
    await createUser(
      theirs.scim,
      minimalUser("same", { externalId: "1", emails: [{ value: "a@a.example" }] }),
    );
    const answer = await mine.scim.post(
      "/Users",
      minimalUser("SAME", { externalId: "1", emails: [{ value: "b@b.example" }] }),
    );
    expectOk(answer, 201, { userName: "SAME", externalId: "1" });
  });

  it("is free in the same organization as well, for a user of another address", async () => {
    const first = await directory();
    const second = await first.sibling();
    await createUser(first.scim, minimalUser("same", { emails: [{ value: "a@a.example" }] }));
    await createUser(second.scim, minimalUser("same", { emails: [{ value: "b@b.example" }] }));
    await createGroup(first.scim, group("Same"));
    await createGroup(second.scim, group("Same"));
  });
});

describe("an externalId", () => {
  it.each(["1", "0", "-1", "me", "01890a5d-ac96-774b-bcce-b302099a8058"])(
    "is never an id: %s",
    async (externalId) => {
      const { scim } = await directory();
      await createUser(scim, fullUser("external", { externalId }));
      await createGroup(scim, group("External", [], { externalId }));
      expectError(await scim.get(`/Users/${externalId}`), 404);
      expectError(await scim.del(`/Users/${externalId}`), 404);
      expectError(await scim.get(`/Groups/${externalId}`), 404);
      expectError(await scim.post("/Groups", group("Other", [externalId])), 400, "invalidValue");
    },
  );

  it("that is a stranger's id names one's own user", async () => {
    const { scim } = await directory();
    const id = await createUser(scim, fullUser("external", { externalId: foreign.userId }));
    expectError(await scim.get(`/Users/${foreign.userId}`), 404);
    expectIds(await scim.filter("/Users", `externalId eq "${foreign.userId}"`), [id]);
  });

  it("that is a stranger's id as a manager is kept as it is", async () => {
    const { scim } = await directory();
    const answer = await scim.post(
      "/Users",
      fullUser("managed", { [enterpriseSchema]: { manager: { value: foreign.userId } } }),
    );
    // Managers may be provisioned after those they manage: whose id it is, is not looked up.
    expectOk(answer, 201);
    expect(answer.text).not.toContain("foreign Example");
  });
});

it("the matrix has every route that takes an id, each once", () => {
  const names = attempts.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const root of ["/Users", "/Groups"]) {
    for (const method of ["GET", "PUT", "PATCH", "DELETE"]) expect(names).toContain(`${method} ${root}/{id}`);
  }
});
