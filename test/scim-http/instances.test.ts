/** Three instances on one PostgreSQL are one directory: what one has committed, all know. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adminToken, type Instance, startInstance } from "../postgres/support/instances.ts";
import { ManualClock } from "../support/clock.ts";
import { postgresServer } from "../support/storage-postgres.ts";
import { createScimClient, type ScimAnswer, type ScimClient } from "./support/client.ts";
import { createDirectory, type Directory, scimPath } from "./support/directory.ts";
import { expectError, expectOk, versionOf } from "./support/expect.ts";
import { listAt, pluck, resourcesOf, textAt } from "./support/json.ts";
import {
  createGroup,
  createUser,
  createUsers,
  fullUser,
  group,
  membersIn,
  minimalUser,
} from "./support/resources.ts";

const postgres = postgresServer();
const instances: Instance[] = [];

beforeAll(async () => {
  const { url } = await postgres.database();
  const clock = new ManualClock();
  for (let count = 0; count < 3; count += 1) instances.push(await startInstance(url, clock));
}, 60_000);

afterAll(async () => {
  for (const instance of instances) await instance[Symbol.asyncDispose]();
});

const urlOf = (index: number): string => `http://127.0.0.1:${instances[index % 3]?.app.port}`;

function directory(): Promise<Directory> {
  return createDirectory({ url: urlOf(0), operatorToken: adminToken });
}

/** The same directory by way of another instance. */
const by = (index: number, { token }: { readonly token: string }): ScimClient =>
  createScimClient(urlOf(index) + scimPath, token);

function together(
  count: number,
  own: Directory,
  call: (scim: ScimClient, index: number) => Promise<ScimAnswer>,
): Promise<readonly ScimAnswer[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => call(by(index, own), index)));
}

const count = (answers: readonly ScimAnswer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length;

describe("three instances", () => {
  it("show each other's writes at once", async () => {
    const own = await directory();
    const path = `/Users/${await createUser(by(0, own), fullUser("ada"))}`;
    expectOk(await by(1, own).patch(path, [{ op: "replace", path: "title", value: "x" }]), 200);
    expectOk(await by(2, own).get(path), 200, { title: "x" });
    expect(await versionOf(by(0, own), path)).toBe(await versionOf(by(1, own), path));
    await by(2, own).del(path);
    expectError(await by(0, own).get(path), 404);
  });

  it("know no token any more that one of them has replaced", async () => {
    const own = await directory();
    const scimConfigurationId = own.configurationId;
    const { token } = await own.management.organizations.regenerateSCIMToken({ scimConfigurationId });
    for (const index of [0, 1, 2]) {
      expectError(await by(index, own).get("/Users"), 401);
      expectOk(await by(index, { token }).get("/Users"), 200);
    }
    await own.management.organizations.updateSCIMConfiguration({ scimConfigurationId, enabled: false });
    for (const index of [0, 1, 2]) expectError(await by(index, { token }).get("/Users"), 403);
    await own.management.organizations.deleteSCIMConfiguration({ scimConfigurationId });
    for (const index of [0, 1, 2]) expectError(await by(index, { token }).get("/Users"), 401);
  });

  it("go on with each other's cursors", async () => {
    const own = await directory();
    const ids = await createUsers(own.scim, ["a", "b", "c", "d", "e"]);
    const seen: unknown[] = [];
    let cursor = "";
    for (let index = 0; index < 3; index += 1) {
      const page = await by(index, own).get(`/Users?cursor=${cursor}&count=2`);
      expectOk(page, 200);
      seen.push(...pluck(resourcesOf(page), "id"));
      if (index < 2) cursor = textAt(page.json, "nextCursor");
    }
    expect(seen).toEqual(ids);
  });

  it("let one of a hundred PUTs win that know the same version", async () => {
    const own = await directory();
    const path = `/Users/${await createUser(own.scim, fullUser("ada"))}`;
    const match = { "If-Match": await versionOf(own.scim, path) };
    const answers = await together(100, own, (scim, index) =>
      scim.put(path, fullUser("ada", { title: `t${index}` }), match),
    );
    expect([count(answers, 200), count(answers, 412)]).toEqual([1, 99]);
  });

  it("let one of fifty creates of a userName win", async () => {
    const own = await directory();
    const answers = await together(50, own, (scim, index) =>
      scim.post("/Users", minimalUser(index % 2 === 0 ? "ada@example.com" : "ADA@example.com")),
    );
    expect([count(answers, 201), count(answers, 409)]).toEqual([1, 49]);
  });

  it("lose none of a hundred members who are added one by one, nor of fifty who are removed meanwhile", async () => {
    const own = await directory();
    const ids = await createUsers(
      own.scim,
      Array.from({ length: 150 }, (_, index) => `u-${index}`),
    );
    const path = `/Groups/${await createGroup(own.scim, group("Engineers", ids.slice(100)))}`;
    const answers = await together(150, own, (scim, index) => {
      const value = ids[index] ?? "";
      const add = [{ op: "add", path: "members", value: [{ value }] }];
      const remove = [{ op: "remove", path: `members[value eq "${value}"]` }];
      return scim.patch(path, index < 100 ? add : remove);
    });
    expect(count(answers, 204)).toBe(150);
    expect(await membersIn(by(1, own), path.replace("/Groups/", ""))).toEqual(ids.slice(0, 100).toSorted());
  }, 60_000);

  it("agree on who is in a group amid writes", async () => {
    const own = await directory();
    const ids = await createUsers(own.scim, ["a", "b", "c"]);
    const path = `/Groups/${await createGroup(own.scim, group("Engineers"))}`;
    const value = ids.map((id) => ({ value: id }));
    const answers = await together(60, own, (scim, index) =>
      index % 3 === 0
        ? scim.patch(path, [
            index % 6 === 0 ? { op: "replace", path: "members", value } : { op: "remove", path: "members" },
          ])
        : scim.get(path),
    );
    for (const [index, { status, json }] of answers.entries()) {
      expect(status).toBe(index % 3 === 0 ? 204 : 200);
      if (index % 3 !== 0) expect([0, 3]).toContain(listAt(json, "members").length);
    }
  });
});
