/** Every change that SCIM makes is in the organization's log: once, in order, and what changes nothing is not. */
import { describe, expect, it } from "vitest";
import { eventsOf } from "../rpc/support/raw.ts";
import { scimServer } from "./support/directory.ts";
import { expectError, expectNoContent, expectOk } from "./support/expect.ts";
import { createGroup, createUser, createUsers, fullUser, group, nobodys } from "./support/resources.ts";

const { running, directory } = scimServer();

type Own = Awaited<ReturnType<typeof directory>>;

/** How many events the call has brought. */
async function eventsFrom({ organizationId }: Own, call: () => Promise<unknown>): Promise<number> {
  const before = (await eventsOf(running(), organizationId)).length;
  await call();
  return (await eventsOf(running(), organizationId)).length - before;
}

describe("the log", () => {
  it("has a change of every kind", async () => {
    const own = await directory();
    const { scim } = own;
    let id = "";
    let groupId = "";
    const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
      ["create a user", async () => (id = await createUser(scim, fullUser("ada")))],
      ["change a user", () => scim.patch(`/Users/${id}`, [{ op: "add", path: "title", value: "x" }])],
      ["suspend a user", () => scim.patch(`/Users/${id}`, [{ op: "replace", path: "active", value: false }])],
      ["activate a user", () => scim.patch(`/Users/${id}`, [{ op: "replace", path: "active", value: true }])],
      ["create a group", async () => (groupId = await createGroup(scim, group("Engineers")))],
      ["rename a group", () => scim.put(`/Groups/${groupId}`, group("Writers"))],
      ["add a member", () => scim.put(`/Groups/${groupId}`, group("Writers", [id]))],
      ["remove a member", () => scim.put(`/Groups/${groupId}`, group("Writers"))],
      ["delete a group", () => scim.del(`/Groups/${groupId}`)],
      ["delete a user", () => scim.del(`/Users/${id}`)],
    ];
    for (const [name, step] of steps) expect(await eventsFrom(own, step), name).toBeGreaterThanOrEqual(1);
  });

  it("is without a gap and has each event once", async () => {
    const own = await directory();
    const ids = await createUsers(own.scim, ["ada", "grace", "mary"]);
    await createGroup(own.scim, group("Engineers", ids));
    await Promise.all(ids.map((id) => own.scim.del(`/Users/${id}`)));
    const events = await eventsOf(running(), own.organizationId);
    expect(events.map(({ position }) => position)).toEqual(events.map((_, index) => index + 1));
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  });

  it("says that the configuration did it", async () => {
    const own = await directory();
    const before = (await eventsOf(running(), own.organizationId)).length;
    await createUser(own.scim, fullUser("ada"));
    const events = (await eventsOf(running(), own.organizationId)).slice(before);
    expect(new Set(events.map(({ actorId }) => actorId))).toEqual(new Set([own.configurationId]));
  });

  it("has nothing of what changes nothing", async () => {
    const own = await directory();
    const { scim } = own;
    const id = await createUser(scim, fullUser("ada"));
    const groupId = await createGroup(scim, group("Engineers", [id]));
    const nothing: readonly (() => Promise<void>)[] = [
      async () => expectOk(await scim.get("/Users"), 200),
      async () => expectOk(await scim.put(`/Users/${id}`, fullUser("ada")), 200),
      async () =>
        expectOk(await scim.patch(`/Users/${id}`, [{ op: "replace", path: "active", value: true }]), 200),
      async () =>
        expectNoContent(
          await scim.patch(`/Groups/${groupId}`, [{ op: "add", path: "members", value: [{ value: id }] }]),
        ),
      async () => expectOk(await scim.put(`/Groups/${groupId}`, group("Engineers", [id])), 200),
    ];
    for (const call of nothing) expect(await eventsFrom(own, call)).toBe(0);
  });

  it("has nothing of what was refused", async () => {
    const own = await directory();
    const { scim } = own;
    const id = await createUser(scim, fullUser("ada"));
    const refused: readonly (() => Promise<void>)[] = [
      async () => expectError(await scim.post("/Users", fullUser("ada")), 409),
      async () => expectError(await scim.post("/Groups", group("Engineers", [id, nobodys])), 400),
      async () =>
        expectError(
          await scim.patch(`/Users/${id}`, [
            { op: "replace", path: "title", value: "x" },
            { op: "replace", path: "no", value: "x" },
          ]),
          400,
        ),
      async () => expectError(await scim.put(`/Users/${id}`, fullUser("b"), { "If-Match": '"no"' }), 412),
      async () => expectError(await scim.del(`/Users/${nobodys}`), 404),
    ];
    for (const call of refused) expect(await eventsFrom(own, call)).toBe(0);
  });
});
