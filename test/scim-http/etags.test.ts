/** Versions (RFC 7644 section 3.14, RFC 9110 section 13): strong, of every resource, honoured wherever they are sent. */
import { describe, expect, it } from "vitest";
import { startTestServer } from "../support/server.ts";
import type { ScimAnswer, ScimClient, ScimHeaders } from "./support/client.ts";
import { createDirectory, scimServer } from "./support/directory.ts";
import { expectError, expectNoContent, expectOk, expectUnchanged, versionOf } from "./support/expect.ts";
import { at, pluck, resourcesOf } from "./support/json.ts";
import { createGroup, createUser, fullUser, group, nobodys } from "./support/resources.ts";

const { running, directory } = scimServer();

interface Kind {
  readonly kind: string;
  create(scim: ScimClient): Promise<string>;
  readonly body: object;
}

const kinds: readonly Kind[] = [
  {
    kind: "user",
    create: async (scim) => `/Users/${await createUser(scim, fullUser("ada"))}`,
    body: fullUser("ada", { displayName: "Changed" }),
  },
  {
    kind: "group",
    create: async (scim) => `/Groups/${await createGroup(scim, group("Engineers"))}`,
    body: group("Changed"),
  },
];

type Write = (scim: ScimClient, path: string, body: object, headers: ScimHeaders) => Promise<ScimAnswer>;

const writes: readonly (readonly [string, Write])[] = [
  ["PUT", (scim, path, body, headers) => scim.put(path, body, headers)],
  [
    "PATCH",
    (scim, path, _body, headers) =>
      scim.patch(path, [{ op: "replace", path: "displayName", value: "Changed" }], headers),
  ],
  ["DELETE", (scim, path, _body, headers) => scim.del(path, headers)],
];

/** Of a version that the resource had before. */
async function stale(scim: ScimClient, path: string): Promise<string> {
  const version = await versionOf(scim, path);
  await scim.patch(path, [{ op: "replace", path: "externalId", value: "changed" }]);
  return version;
}

describe.each(kinds)("the version of a $kind", ({ create, body }) => {
  it("is a strong ETag, the same in the header, in meta and in a list", async () => {
    const { scim } = await directory();
    const path = await create(scim);
    const version = await versionOf(scim, path);
    expect(version).toMatch(/^"[^"]+"$/);
    const list = await scim.get(path.replace(/\/[^/]*$/, ""));
    expect(pluck(resourcesOf(list), "meta", "version")).toEqual([version]);
  });

  it("changes with the resource, and never comes again", async () => {
    const { scim } = await directory();
    const path = await create(scim);
    const versions = [await versionOf(scim, path)];
    for (const value of ["a", "b", "a"]) {
      await scim.patch(path, [{ op: "replace", path: "externalId", value }]);
      versions.push(await versionOf(scim, path));
    }
    expect(new Set(versions).size).toBe(4);
  });

  it("spares a read that knows it", async () => {
    const { scim } = await directory();
    const path = await create(scim);
    const version = await versionOf(scim, path);
    for (const known of [version, `W/${version}`, `"other", ${version}`, "*"]) {
      const answer = await scim.get(path, { "If-None-Match": known });
      expect([answer.status, answer.text]).toEqual([304, ""]);
      expect(answer.headers.get("etag")).toBe(version);
    }
    expectOk(await scim.get(path, { "If-None-Match": '"other"' }), 200);
    expectOk(await scim.get(path, { "If-None-Match": await stale(scim, path) }), 200);
  });

  describe.each(writes)("for %s", (method, write) => {
    it("lets the one through who knows it", async () => {
      const { scim } = await directory();
      const path = await create(scim);
      const answer = await write(scim, path, body, { "If-Match": await versionOf(scim, path) });
      expect(answer.status, answer.text).toBeLessThan(300);
    });

    it.each(["*", "list"])("lets %s through", async (form) => {
      const { scim } = await directory();
      const path = await create(scim);
      const match = form === "*" ? "*" : `"other", ${await versionOf(scim, path)}`;
      expect((await write(scim, path, body, { "If-Match": match })).status).toBeLessThan(300);
    });

    it("refuses whoever knows an older one, and nothing changes", async () => {
      const { scim } = await directory();
      const path = await create(scim);
      const old = await stale(scim, path);
      await expectUnchanged(scim, path, async () => {
        for (const match of [old, '"other"', `W/${old}`, '""']) {
          expectError(await write(scim, path, body, { "If-Match": match }), 412, null);
        }
      });
    });

    it("is not asked of a resource that is not there", async () => {
      const { scim } = await directory();
      const missing = (await create(scim)).replace(/[^/]*$/, nobodys);
      expectError(await write(scim, missing, body, { "If-Match": '"1"' }), 404);
    });

    it("is not required", async () => {
      const { scim } = await directory();
      const path = await create(scim);
      expect((await write(scim, path, body, {})).status).toBeLessThan(300);
    });

    it("comes with the answer", async () => {
      const { scim } = await directory();
      const path = await create(scim);
      const answer = await write(scim, path, body, {});
      if (method === "DELETE") return expectNoContent(answer);
      expect(answer.headers.get("etag")).toBe(await versionOf(scim, path));
    });
  });
});

describe("a version that comes back marked as weak", () => {
  it("is a match all the same: clients mark ours so that were written for others", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    const weak = `W/${await versionOf(scim, path)}`;
    expectOk(await scim.put(path, fullUser("ada", { title: "x" }), { "If-Match": weak }), 200);
    expectError(await scim.put(path, fullUser("ada"), { "If-Match": weak }), 412);
  });
});

describe("the setting SCIM_REQUIRE_IF_MATCH", () => {
  it("makes whoever writes say to which version, by 428", async () => {
    await using server = await startTestServer({ SCIM_REQUIRE_IF_MATCH: "on" });
    const { scim } = await createDirectory(server);
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    await expectUnchanged(scim, path, async () => {
      for (const [, write] of writes) expectError(await write(scim, path, fullUser("ada"), {}), 428, null);
    });
    const headers = { "If-Match": await versionOf(scim, path) };
    expectOk(await scim.put(path, fullUser("ada", { title: "x" }), headers), 200);
  });
});

describe("lastModified", () => {
  it("changes with the version, and created never does", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    const before = await scim.get(path);
    expect(at(before.json, "meta", "created")).toBe(at(before.json, "meta", "lastModified"));
    running().clock.advance(1500);
    await scim.patch(path, [{ op: "replace", path: "title", value: "x" }]);
    const after = await scim.get(path);
    expect(at(after.json, "meta", "created")).toBe(at(before.json, "meta", "created"));
    const passedMs =
      Date.parse(String(at(after.json, "meta", "lastModified"))) -
      Date.parse(String(at(before.json, "meta", "lastModified")));
    expect(passedMs).toBe(1500);
  });

  it("is a time in UTC with milliseconds", async () => {
    const { scim } = await directory();
    const path = `/Users/${await createUser(scim, fullUser("ada"))}`;
    const { json } = await scim.get(path);
    expect(at(json, "meta", "lastModified")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});
